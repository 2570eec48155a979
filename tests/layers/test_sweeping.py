"""Layers that were superseded go, but for the one before and those that somebody may be using."""

import os
from pathlib import Path

import pytest

from appsync.layers import build
from appsync.layers.sweeping import AT_WORK, sweep
from tests.layers.built import HERE

HOUR, NOW = AT_WORK, 1_000_000.0


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Four of one kind, older from a to d, and one of each other kind, all older than any in use."""
    for age, name in enumerate(("a", "b", "c", "d"), 2):
        write(tmp_path, f"index-3.13-x86_64-{name}", NOW - age * HOUR)
    write(tmp_path, "index-3.12-x86_64-z", NOW - 99 * HOUR)
    write(tmp_path, "reading-3.13-x86_64-z", NOW - 99 * HOUR)
    return tmp_path


def write(folder: Path, name: str, used: float) -> None:
    for suffix in ("zip", "json"):
        path = folder / f"{name}.{suffix}"
        path.touch()
        os.utime(path, (used, used))


def names(folder: Path) -> set[str]:
    return {path.stem.rpartition("-")[2] for path in folder.glob("index-3.13-x86_64-*")}


def test_two_stay_that_were_used_last_and_other_kinds_are_left_alone(out: Path) -> None:
    gone = sweep(out, "index-3.13-x86_64", NOW)
    assert [path.name for path in gone] == ["index-3.13-x86_64-c.zip", "index-3.13-x86_64-d.zip"]
    assert names(out) == {"a", "b"}
    assert len(list(out.glob("*-z.*"))) == 4


def test_what_was_asked_for_within_the_hour_stays(out: Path) -> None:
    for name in ("a", "b", "c"):
        write(out, f"index-3.13-x86_64-{name}", NOW - HOUR / 2)
    sweep(out, "index-3.13-x86_64", NOW)
    assert names(out) == {"a", "b", "c"}


def test_zip_whose_manifest_was_never_written_goes_too(out: Path) -> None:
    (out / "index-3.13-x86_64-d.json").unlink()
    sweep(out, "index-3.13-x86_64", NOW)
    assert names(out) == {"a", "b"}


def test_building_anew_sweeps_and_asking_again_counts_as_use(tmp_path: Path) -> None:
    said: list[str] = []
    for age in (2, 3, 4):
        write(tmp_path, f"runtime-{HERE}-{age}", NOW - age * HOUR)
    built = build("runtime", HERE, tmp_path, said.append)
    assert said[1:] == [
        f"Removed runtime-{HERE}-{age}.zip, which earlier versions were made of" for age in (3, 4)
    ]
    os.utime(built.path, (NOW, NOW))
    build("runtime", HERE, tmp_path, said.append)
    assert built.path.stat().st_mtime > NOW
    assert len(said) == 3
