"""What is packed for Lambda is a part of what is tested here, pinned to the same versions."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

LAYERS = ("runtime", "reading", "index")
REQUIREMENTS = ROOT / "requirements"


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", path.read_text(), re.MULTILINE))


def locked(layer: str) -> dict[str, str]:
    return pins(REQUIREMENTS / f"layers/{layer}.txt")


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_gets_the_versions_that_are_tested(layer: str) -> None:
    assert locked(layer).items() <= pins(REQUIREMENTS / "dev.txt").items()


@pytest.mark.parametrize("layer", LAYERS)
def test_everything_that_a_layer_is_for_is_locked(layer: str) -> None:
    wanted = re.findall(r"^([a-z0-9-]+)", (REQUIREMENTS / f"{layer}.in").read_text(), re.MULTILINE)
    assert wanted
    assert set(wanted) <= locked(layer).keys()


def test_no_package_is_in_two_layers() -> None:
    packages = [name for layer in LAYERS for name in locked(layer)]
    assert len(packages) == len(set(packages))


@pytest.mark.parametrize("path", sorted(REQUIREMENTS.rglob("*.txt")), ids=lambda path: path.stem)
def test_locks_have_hashes_and_no_download_addresses(path: Path) -> None:
    text = path.read_text()
    assert text.count("--hash=sha256:") >= len(pins(path)) > 0
    assert "://" not in text


def test_the_functions_own_package_has_no_dependencies() -> None:
    assert pins(ROOT / "chalice_app/requirements.txt") == {}
