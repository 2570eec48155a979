"""Chalice's package and the template become one, the same bytes from the same project."""

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appsync.deploying import __main__ as command
from appsync.deploying import stages, zips
from appsync.deploying.assembling import Assembly, Parts, assemble
from appsync.deploying.errors import PackagingFailed, TooLarge
from appsync.deploying.exporting import export
from tests.deploying.conftest import APP, World

type Resources = Mapping[str, Any]  # JSON of CloudFormation's design


def assembled(world: World, **given: Any) -> Assembly:
    return assemble(Parts(world.stage, world.app, given.pop("layers", {}), **given), "bucket", world.out)


def resources(assembly: Assembly) -> Resources:
    found: Any = assembly.template["Resources"]
    return found  # type: ignore[no-any-return]


def test_project_is_packaged_to_the_same_bytes_wherever_it_lies_and_whatever_was_cached(world: World) -> None:
    (first,) = assembled(world).artifacts
    cache = world.app / "chalicelib" / "__pycache__"
    cache.mkdir()
    (cache / "old.cpython-39.pyc").write_bytes(b"stale")
    world.app = world.app.rename(world.app.parent / "elsewhere")
    world.name = "another"
    (second,) = assembled(world).artifacts
    assert first.key == second.key
    names = zipfile.ZipFile(second.path).namelist()
    assert "chalicelib/__pycache__/__init__.cpython-313.pyc" in names
    assert not [name for name in names if "old" in name or ".chalice" in name]


def test_bytecode_is_checked_by_the_hash_of_its_source(world: World) -> None:
    (artifact,) = assembled(world).artifacts
    archive = zipfile.ZipFile(artifact.path)
    compiled = [name for name in archive.namelist() if name.endswith(".pyc")]
    assert len(compiled) == len([name for name in archive.namelist() if name.endswith(".py")])
    assert {archive.read(name)[4:8] for name in compiled} == {b"\x03\x00\x00\x00"}  # PEP 552: hash, checked


def test_what_names_a_function_waits_for_it(world: World) -> None:
    found = resources(assembled(world))
    assert "Ingest" in found["IngestMapping"]["DependsOn"]
    assert "Answer" in found["AnswerMapping"]["DependsOn"]
    assert found["MaintainSchedule"]["DependsOn"] == ["Maintain"]
    assert found["CompareSchedule"]["DependsOn"] == ["Maintain"]
    assert found["Answer"]["DependsOn"] == ["AnswerLogs"]


def test_functions_that_send_to_their_own_queue_are_not_taken_for_a_mistake(world: World) -> None:
    """Which functions those are, their roles and mappings say."""
    found = resources(assembled(world))
    looping = {
        name
        for name in ("Resolve", "Search", "Ingest", "Answer", "Maintain")
        for mapping in [found.get(f"{name}Mapping")]
        if mapping and feeds(found[f"{name}Role"], mapping["Properties"]["EventSourceArn"])
    }
    allowed = {name for name, each in found.items() if each["Properties"].get("RecursiveLoop") == "Allow"}
    assert allowed == looping == {"Ingest", "Answer"}


def feeds(role: Any, queue: Any) -> bool:
    """Whether what has the role may send to the queue."""
    statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    return any("sqs:SendMessage" in each["Action"] and queue == each["Resource"] for each in statements)


def test_functions_with_snapshots_are_published_under_the_alias_that_everything_names(world: World) -> None:
    world.parameters["SnapStart"] = "on"
    assembly = assembled(world)
    function = resources(assembly)["Resolve"]["Properties"]
    assert (function["AutoPublishAlias"], function["SnapStart"]) == ("live", {"ApplyOn": "PublishedVersions"})
    assert assembly.parameters["Qualifier"] == ":live"
    assert resources(assembly)["AnswerMapping"]["DependsOn"][-2:] == ["Answer", "AnswerAliaslive"]


def test_functions_of_an_image_have_its_command_and_neither_zip_nor_layers(world: World) -> None:
    assembly = assembled(world, image="000000000000.dkr.ecr.us-east-1.amazonaws.com/riffle@sha256:0")
    function = resources(assembly)["Search"]["Properties"]
    assert (function["PackageType"], function["ImageConfig"]) == ("Image", {"Command": ["app.search"]})
    assert not {"Handler", "Runtime", "CodeUri", "Layers"} & set(function)
    assert assembly.artifacts == ()


def test_function_that_only_the_app_or_only_the_configuration_knows_is_named(world: World) -> None:
    whole = world.stage
    for names, sentence in (
        (whole.functions[1:], "Resolve is not under"),
        ((*whole.functions, "more"), "no function more"),
    ):
        with pytest.raises(PackagingFailed, match=sentence):
            assemble(Parts(replace(whole, functions=names), world.app, {}), "bucket", world.out)


def test_package_over_the_limit_names_its_largest_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "index.zip", "w") as archive:
        archive.writestr("python/small.py", "1")
        archive.writestr("python/lancedb.so", b"\0" * 2000)
    monkeypatch.setattr(zips, "UNZIPPED_BYTES", 2000)
    with pytest.raises(
        TooLarge, match=r"search is 2,001 bytes .* takes 2,000; .*python/lancedb\.so of index with 2,000"
    ):
        zips.check_size("search", {"index": tmp_path / "index.zip"})


def test_some_layers_without_the_others_are_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(PackagingFailed, match="The layers are index; runtime, reading, index are needed"):
        assembled(world, layers={"index": tmp_path / "index.zip"})


def test_exported_package_names_its_files_beside_it(world: World, tmp_path: Path) -> None:
    layers = {name: tmp_path / f"{name}-built.zip" for name in ("runtime", "reading", "index")}
    for path in layers.values():
        zipfile.ZipFile(path, "w").close()
    out = tmp_path / "exported"
    export(world.stage, world.app, layers, out)
    names = {path.name for path in out.iterdir()}
    assert names == {
        "template.json",
        "parameters.json",
        "functions.zip",
        "runtime.zip",
        "reading.zip",
        "index.zip",
    }
    text = (out / "template.json").read_text()
    assert all(f'"{name}"' in text for name in names if name.endswith(".zip"))


def test_command_for_pipelines_says_in_one_sentence_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["package", "--stage", "No", "--out", "/nowhere", "--app", str(APP)]) == 2
    assert capsys.readouterr().err == "'No' is no name of a stage; it has to match [a-z][a-z0-9]{0,11}.\n"


def test_stage_of_the_app_under_test_is_read() -> None:
    assert stages.read(APP, "dev").functions == ("resolve", "search", "ingest", "answer", "maintain")


def test_folder_that_cannot_be_written_is_told_and_one_that_is_written_too(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("appsync.deploying.__main__.LAYERS", ())
    (tmp_path / "file").touch()
    package = ["package", "--stage", "dev", "--app", str(world.app), "--out"]
    assert command.main([*package, str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'file'} cannot be written: File exists\n"
    assert command.main([*package, str(tmp_path / "out")]) == 0
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'out'} has template.json, parameters.json and")
