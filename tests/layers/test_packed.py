"""What is packed unpacks to the same bytes, and a file that broke off is noticed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import backports.zstd
import pytest

from appsync.layers.packing import BLOCK, STANDINS, compressed

CONTENT = b"".join(n.to_bytes(4) for n in range(BLOCK * 5 // 8))
PROGRAM = "import sys; sys.path.append(sys.argv[1]); import _packed, pathlib; "


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A folder with what unpacks, what it needs, and a library of two blocks and a half in packed form."""
    shutil.copy(STANDINS / "index/_packed.py", tmp_path)
    (tmp_path / "backports").symlink_to(Path(backports.zstd.__file__).parents[1])
    blocks = compressed(CONTENT)
    sizes = {"size": len(CONTENT), "block": BLOCK, "packed": [len(block) for block in blocks]}
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/x.so.zst").write_bytes(b"".join(blocks))
    (tmp_path / "lib/x.so.json").write_text(json.dumps(sizes))
    return tmp_path


def run(layer: Path, code: str) -> subprocess.CompletedProcess[bytes]:
    """In a process of its own, as in a function's: it sees the layer and Python's own modules."""
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", PROGRAM + code, str(layer)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


ONE = "library = pathlib.Path(sys.argv[1], 'lib/x.so'); "
WRITE = "sys.stdout.buffer.write(pathlib.Path(_packed.unpacked(library)).read_bytes())"


@pytest.mark.parametrize("before", ["", "_packed.begin(); "], ids=["when it is asked for", "beforehand"])
def test_a_library_of_several_blocks_is_whole_again(layer: Path, before: str) -> None:
    assert run(layer, before + ONE + WRITE).stdout == CONTENT


def test_a_library_is_unpacked_once_however_often_it_is_asked_for(layer: Path) -> None:
    done = run(layer, ONE + "_packed.begin(); print({_packed.unpacked(library) for _ in range(3)})")
    assert done.stdout.count(b"/proc/self/fd/") == 1


def test_whoever_unpacked_has_ended_when_the_library_is_whole(layer: Path) -> None:
    left = "import os\ntry: os.waitpid(-1, 0)\nexcept ChildProcessError: print('nobody')"
    assert run(layer, f"{ONE}_packed.unpacked(library)\n{left}").stdout == b"nobody\n"


def test_a_packed_library_is_an_ordinary_zst_file(layer: Path) -> None:
    assert backports.zstd.decompress((layer / "lib/x.so.zst").read_bytes()) == CONTENT


def test_a_library_that_breaks_off_is_an_error(layer: Path) -> None:
    packed = layer / "lib/x.so.zst"
    packed.write_bytes(packed.read_bytes()[:-9])
    done = run(layer, ONE + WRITE)
    assert done.returncode == 1
    assert b"EOFError: a packed library breaks off" in done.stderr
    assert b"x.so could not be unpacked" in done.stderr


def test_a_layer_that_packs_nothing_has_nothing_to_begin(layer: Path) -> None:
    shutil.rmtree(layer / "lib")
    assert run(layer, "_packed.begin(); print('begun')").stdout == b"begun\n"
