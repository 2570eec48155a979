"""What is packed unpacks to the same bytes, and a file that broke off is noticed."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from appsync.layers.packing import BLOCK, STANDINS, compressed


@pytest.fixture(scope="module")
def unpacking() -> Any:  # the module is of the layer, and found there only
    return runpy.run_path(str(STANDINS / "index/_packed.py"))["unpacking"]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """The path of a library of a block and a half that is there in packed form only."""
    blocks = compressed(CONTENT)
    (tmp_path / "x.so.zst").write_bytes(b"".join(blocks))
    sizes = {"size": len(CONTENT), "block": BLOCK, "packed": [len(block) for block in blocks]}
    (tmp_path / "x.so.json").write_text(json.dumps(sizes))
    return tmp_path / "x.so"


CONTENT = b"".join(n.to_bytes(4) for n in range(BLOCK * 3 // 8))


def test_a_library_of_several_blocks_is_whole_again(unpacking: Any, library: Path) -> None:
    assert Path(unpacking(library)()).read_bytes() == CONTENT


def test_a_packed_library_is_an_ordinary_zst_file(library: Path) -> None:
    zst = pytest.importorskip("backports.zstd")
    assert zst.decompress(library.with_name("x.so.zst").read_bytes()) == CONTENT


def test_a_library_that_breaks_off_is_an_error(unpacking: Any, library: Path) -> None:
    packed = library.with_name("x.so.zst")
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(EOFError):
        unpacking(library)()
