"""Layers are built the same whenever they are built, once, and not at all when something is wrong."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from appsync.layers import (
    LAYERS,
    Layer,
    LayerFailed,
    PackageTooLarge,
    Target,
    build,
    bytecode,
    limits,
    wheels,
)
from appsync.layers.__main__ import main
from appsync.layers.building import digest
from appsync.layers.manifest import File
from tests.layers.built import HERE, layer

pytestmark = pytest.mark.timeout(900)  # the first test to ask for layers builds them


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", LAYERS)
def test_the_same_inputs_make_the_same_bytes(name: Layer, tmp_path: Path) -> None:
    again = build(name, HERE, tmp_path)
    assert again.path.name == layer(name).path.name
    assert checksum(again.path) == checksum(layer(name).path)
    assert again.manifest == layer(name).manifest


def test_a_layer_whose_inputs_did_not_change_is_not_built_again() -> None:
    said: list[str] = []
    built = layer("runtime")
    assert build("runtime", HERE, built.path.parent, said.append) == built
    assert said == []


def test_names_of_zips_tell_inputs_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    digests = {digest("index", Target("3.12")), digest("index", Target("3.13")), digest("reading", Target())}
    (tmp_path / "index.txt").write_text(wheels.lock("index").read_text() + "# another comment\n")
    monkeypatch.setattr(wheels, "LOCKS", tmp_path)
    assert len(digests | {digest("index", Target("3.13"))}) == 4


def test_zips_have_no_date_no_writable_files_and_one_folder() -> None:
    with zipfile.ZipFile(layer("runtime").path) as archive:
        entries = archive.infolist()
    paths = [PurePosixPath(each.filename) for each in entries]
    assert paths == sorted(paths)
    assert {each.date_time for each in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {each.external_attr >> 16 for each in entries} == {0o100644}
    assert {each.parts[0] for each in paths} == {"python"}


def test_without_a_compiler_a_layer_has_its_sources_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bytecode, "compiler", lambda _: None)
    said: list[str] = []
    built = build("runtime", Target("3.12"), tmp_path, said.append)
    assert "no Python 3.12 here" in said[-1]
    assert built.manifest.compiled == ""
    suffixes = {Path(each.path).suffix for each in built.manifest.files}
    assert ".py" in suffixes
    assert ".pyc" not in suffixes


def test_layers_that_are_too_large_name_the_package_that_grew_most() -> None:
    manifest = layer("runtime").manifest
    larger = replace(manifest, files=(*manifest.files, File("six_data", "six", 201_000_000)))
    with pytest.raises(PackageTooLarge) as raised:
        limits.check("Function resolve", [larger])
    message = str(raised.value)
    assert f"Function resolve takes {larger.unzipped:,} bytes unzipped; the limit is 200,000,000." in message
    assert "Package six of layer runtime grew most: by 201," in message


def test_a_wheel_of_another_hash_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "runtime.txt").write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(wheels, "LOCKS", tmp_path)
    with pytest.raises(LayerFailed, match=r"layer runtime for 3.13-arm64 .*[Hh]ash"):
        build("runtime", Target("3.13", "arm64"), tmp_path, str)
    assert list(tmp_path.iterdir()) == [tmp_path / "runtime.txt"]


def test_a_package_that_moved_what_was_left_out_of_it_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("appsync.layers.pruning.UNUSED", {"six": ("six/tests_of_it/*",)})
    with pytest.raises(LayerFailed, match="six has no six/tests_of_it"):
        build("runtime", HERE, tmp_path, str)


def test_the_command_builds_and_lists_layers(capsys: pytest.CaptureFixture[str]) -> None:
    built = layer("runtime")
    status = main(
        ["build", "--layer", "runtime", "--python", HERE.python, "--architecture", HERE.architecture]
    )
    assert status == 0
    assert capsys.readouterr().out == f"{built.path}: {built.unzipped:,} bytes, {built.zipped:,} zipped\n"


def test_the_command_says_in_a_sentence_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    layer("runtime")
    monkeypatch.setattr(limits, "UNZIPPED", 1_000_000)
    arguments = ["--layer", "runtime", "--python", HERE.python, "--architecture", HERE.architecture]
    assert main(["build", *arguments]) == 2
    assert capsys.readouterr().out.startswith("Layer runtime takes ")
