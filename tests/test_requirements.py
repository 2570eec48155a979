"""What is packed for Lambda is a part of what is tested here, pinned to the same versions."""

import re
from pathlib import Path

from tests.conftest import ROOT


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", path.read_text(), re.MULTILINE))


def test_the_functions_get_the_versions_that_are_tested() -> None:
    packed, tested = pins(ROOT / "chalice_app/requirements.txt"), pins(ROOT / "requirements/dev.txt")
    assert packed.items() <= tested.items()


def test_everything_that_the_functions_import_is_packed_and_lancedb_is_not() -> None:
    wanted = re.findall(r"^([a-z0-9-]+)", (ROOT / "requirements/runtime.in").read_text(), re.MULTILINE)
    packed = pins(ROOT / "chalice_app/requirements.txt")
    assert set(wanted) <= packed.keys()
    assert not packed.keys() & {"lancedb", "pyarrow", "numpy"}
