"""Layers are built the same whenever they are built, once, and not at all when something is wrong."""

import hashlib
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from uv import find_uv_bin

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
from tests.conftest import ROOT
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


def command(out: Path, target: Target = HERE) -> list[str]:
    """Builds the smallest layer from a shell."""
    options = ["--python", target.python, "--architecture", target.architecture, "--out", str(out)]
    return ["-m", "appsync.layers", "build", "--layer", "runtime", *options]


def running(out: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A build with other variables than ours."""
    return subprocess.run(
        [sys.executable, *command(out)], cwd=ROOT, env={**os.environ, **variables}, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another Python than ours, with what building needs."""
    found = bytecode.compiler("3.12" if HERE.python == "3.13" else "3.13")
    if found is None:
        pytest.skip("there is one Python here")
    folder = tmp_path_factory.mktemp("other")
    needed = ["-c", "requirements/dev.txt", "uv", "pyelftools", "backports-zstd"]
    uv = [find_uv_bin(), "--quiet"]
    subprocess.run([*uv, "venv", "--allow-existing", "--python", found.path, folder], check=True)
    subprocess.run([*uv, "pip", "install", "--python", folder, *needed], cwd=ROOT, check=True)
    return folder / "bin/python"


def test_another_python_in_another_place_makes_the_same_bytes(other: Path, tmp_path: Path) -> None:
    variables = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7", "PYTHONOPTIMIZE": "2"}
    subprocess.run(
        [other, *command(tmp_path / "đây và đó")], cwd=ROOT, env={**os.environ, **variables}, umask=0o077,
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    ours = layer("runtime").path
    for suffix in (".zip", ".json"):
        theirs = tmp_path / "đây và đó" / f"{ours.stem}{suffix}"
        assert theirs.read_bytes() == ours.with_suffix(suffix).read_bytes()


def test_the_manifest_lists_what_was_done_in_an_order_that_no_file_system_decides() -> None:
    changes = layer("runtime").manifest.changes
    deleted = [each.path for each in changes if each.action == "deleted"]
    assert deleted
    assert deleted == sorted(deleted)


def test_settings_of_uv_that_somebody_has_change_nothing(tmp_path: Path) -> None:
    done = running(tmp_path, {"UV_COMPILE_BYTECODE": "1", "UV_LINK_MODE": "symlink"})
    assert done.returncode == 0, done.stderr
    assert checksum(tmp_path / layer("runtime").path.name) == checksum(layer("runtime").path)


def test_a_version_managers_placeholder_is_seen_through(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    placeholder = tmp_path / "python3.12"
    placeholder.write_text(f'#!/bin/sh\ntest -n "$CHOSEN" && exec {sys.executable} "$@"\n')
    placeholder.chmod(0o755)
    (tmp_path / "python3.11").touch()
    assert bytecode._asked(placeholder) is bytecode._asked(tmp_path / "python3.11") is None
    monkeypatch.setenv("CHOSEN", "yes")
    found = bytecode._asked(placeholder)
    assert found is not None
    assert found.path == Path(sys.executable)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder for a layer of one small package, which is built in no time."""
    entry = re.search(
        r"^six==.*?(?=^\S)", f"{wheels.lock('runtime').read_text()}end", re.MULTILINE | re.DOTALL
    )
    assert entry
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/runtime.txt").write_text(entry[0])
    monkeypatch.setattr(wheels, "LOCKS", tmp_path / "locks")
    return tmp_path / "out"


@pytest.mark.parametrize("suffix", [".zip", ".json"])
def test_what_is_damaged_is_built_again(small: Path, suffix: str) -> None:
    built = build("runtime", HERE, small, str)
    damaged, said = built.path.with_suffix(suffix), list[str]()
    damaged.write_bytes(damaged.read_bytes()[:-100])
    assert build("runtime", HERE, small, said.append) == built
    assert checksum(built.path) == built.manifest.sha256
    assert "again, as the one that is there is damaged" in said[0]


@pytest.mark.parametrize("suffix", [".zip", ".json"])
def test_half_of_what_was_built_counts_as_nothing(small: Path, suffix: str) -> None:
    built = build("runtime", HERE, small, str)
    built.path.with_suffix(suffix).unlink()
    assert build("runtime", HERE, small, str) == built
    assert {each.suffix for each in small.iterdir()} == {".zip", ".json"}


def test_a_build_that_was_killed_leaves_nothing_in_the_next_ones_way(small: Path) -> None:
    left = small.parent / "left"
    with subprocess.Popen([sys.executable, *command(left)], cwd=ROOT, stdout=subprocess.DEVNULL) as killed:
        while not list(left.glob(".building-*/python/botocore")):
            assert killed.poll() is None
        killed.send_signal(signal.SIGKILL)
    assert list(left.iterdir())
    built = build("runtime", HERE, left, str)
    assert {each for each in left.iterdir() if each.is_file()} == {
        built.path,
        built.path.with_suffix(".json"),
    }


def test_of_two_builds_at_once_one_builds_and_the_other_waits_for_it(small: Path) -> None:
    said: list[str] = []
    with ThreadPoolExecutor() as pool:
        first, second = (pool.submit(build, "runtime", HERE, small, said.append) for _ in range(2))
    assert first.result() == second.result()
    assert sorted(line.split()[0] for line in said) == ["Building", "Waiting"]


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


def test_without_a_network_one_sentence_names_what_could_not_be_had(tmp_path: Path) -> None:
    nowhere = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    cache = {"UV_CACHE_DIR": str(tmp_path / "cache"), "UV_HTTP_RETRIES": "0"}
    done = running(tmp_path / "out", {**nowhere, **cache})
    assert (done.returncode, done.stderr) == (2, "")
    [sentence] = done.stdout.splitlines()[1:]
    assert sentence.startswith(f"the wheels of layer runtime for {HERE} could not be installed: Failed to ")
    assert sentence.endswith("Connection refused (os error 111)")


def test_a_package_without_wheels_for_the_machine_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "runtime.txt").write_text(f"pywin32==312 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(wheels, "LOCKS", tmp_path)
    with pytest.raises(LayerFailed, match=r"for 3.13-arm64 could not be installed: .*pywin32==312 has no "):
        build("runtime", Target("3.13", "arm64"), tmp_path, str)


def test_a_folder_that_cannot_be_written_to_is_named_with_the_systems_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        LayerFailed, match=r"layer runtime could not be built in \S+/file/out: Not a directory"
    ):
        build("runtime", HERE, tmp_path / "file/out", str)


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
