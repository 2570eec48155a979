"""What is done to libraries leaves them loadable, and is read back from them."""

import ctypes
from importlib.util import find_spec
from pathlib import Path

import pytest

from appsync.layers import elf


@pytest.fixture(scope="module")
def library() -> bytes:
    """Machine code with symbols for debuggers, of some package that is here."""
    found = find_spec("pyarrow")
    assert found
    assert found.origin
    [path] = Path(found.origin).parent.glob("libarrow_acero.so.*")
    return path.read_bytes()


def test_stripping_takes_only_what_is_not_loaded(library: bytes) -> None:
    stripped = elf.stripped(library)
    assert len(stripped) < 0.9 * len(library)
    assert elf.needed(stripped) == elf.needed(library)
    assert sorted(elf.versions(stripped)) == sorted(elf.versions(library))
    assert "GLIBCXX_3.4.21" in elf.versions(stripped)
    assert elf.machine(stripped) == elf.machine(library)
    assert elf.stripped(stripped) == stripped


def test_a_stripped_library_loads(tmp_path: Path) -> None:
    found = find_spec("backports.zstd._zstd")
    assert found
    assert found.origin
    copy = tmp_path / "stripped.so"
    copy.write_bytes(elf.stripped(Path(found.origin).read_bytes()))
    assert ctypes.CDLL(str(copy)).PyInit__zstd


def test_unlinking_takes_names_out_and_nothing_else(library: bytes) -> None:
    unlinked = elf.unlinked(library, ["libdl.so.2", "libother.so"])
    assert len(unlinked) == len(library)
    assert elf.needed(unlinked) == [each for each in elf.needed(library) if each != "libdl.so.2"]
    assert elf.unlinked(library, []) == library
