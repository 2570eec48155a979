"""A layer that Lambda could not load is not built; each check is seen to fail, and names the file."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from appsync.layers import LayerFailed, Target
from appsync.layers.manifest import listed
from appsync.layers.proving import prove
from appsync.layers.tree import Tree
from tests.layers.built import HERE

MODULE = "pyarrow/_acero.so"
OTHER = Target(HERE.python, "arm64" if HERE.architecture == "x86_64" else "x86_64")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """One module of a package, and all libraries that it needs, as wheels have them."""
    found = find_spec("pyarrow")
    assert found
    assert found.origin
    (tmp_path / "pyarrow").mkdir()
    for source in Path(found.origin).parent.glob("lib*.so.*"):
        (tmp_path / "pyarrow" / source.name).symlink_to(source)
    [module] = Path(found.origin).parent.glob("_acero.*.so")
    shutil.copy(module, tmp_path / MODULE)
    return Tree(tmp_path, dict.fromkeys(Tree(tmp_path, {}).paths(), "pyarrow"))


def replace(tree: Tree, old: bytes, new: bytes) -> None:
    """Changes names in the module, whose length stays."""
    content = tree.read(MODULE)
    assert old in content
    assert len(old) == len(new)
    (tree.root / MODULE).write_bytes(content.replace(old, new))


def test_what_lambda_can_load_is_told_by_its_newest_symbols(tree: Tree) -> None:
    symbols = prove(tree, HERE)
    assert symbols.keys() == {"CXXABI", "GCC", "GLIBC", "GLIBCXX"}
    assert symbols["GLIBC"].startswith("2.")


def test_a_library_that_is_gone_is_noticed(tree: Tree) -> None:
    for path in [each for each in tree.owners if each.startswith("pyarrow/libarrow_python.so")]:
        tree.delete(path)
    with pytest.raises(LayerFailed, match=r"pyarrow/\S+ needs libarrow_python\.so\S+, which neither the"):
        prove(tree, HERE)


def test_a_newer_c_library_than_lambdas_is_noticed(tree: Tree) -> None:
    replace(
        tree, b"\0GLIBC_2.14\0" if HERE.architecture == "x86_64" else b"\0GLIBC_2.17\0", b"\0GLIBC_2.38\0"
    )
    with pytest.raises(LayerFailed, match=f"{MODULE} asks for GLIBC_2.38, and Lambda has GLIBC_2.34"):
        prove(tree, HERE)


def test_a_newer_c_plus_plus_library_than_lambdas_is_noticed(tree: Tree) -> None:
    replace(tree, b"\0GLIBCXX_3.4.21\0", b"\0GLIBCXX_3.4.32\0")
    with pytest.raises(LayerFailed, match=r"asks for GLIBCXX_3.4.32, and Lambda has GLIBCXX_3.4.29"):
        prove(tree, HERE)


def test_a_promise_that_only_newer_libraries_know_is_noticed(tree: Tree) -> None:
    replace(tree, b"\0GLIBCXX_3.4.21\0", b"\0GLIBC_ABI_RELR\0")
    with pytest.raises(LayerFailed, match=r"asks for GLIBC_ABI_RELR, and Lambda has none of that name"):
        prove(tree, HERE)


def test_code_of_another_processor_is_noticed(tree: Tree) -> None:
    with pytest.raises(LayerFailed, match=f"is made for EM_.*, and not for {OTHER.architecture}"):
        prove(tree, OTHER)


def test_a_file_that_no_package_has_is_noticed(tree: Tree) -> None:
    assert {each.path for each in listed(tree)} == tree.owners.keys()
    (tree.root / "stray.py").touch()
    with pytest.raises(LayerFailed, match=r"stray\.py is of no package"):
        listed(tree)


def test_a_file_that_is_gone_is_noticed(tree: Tree) -> None:
    (tree.root / MODULE).unlink()
    with pytest.raises(LayerFailed, match=f"{MODULE} is gone"):
        listed(tree)
