"""LanceDB without its REST client: everything the index does, in processes that have it and that lack it."""

import importlib
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from chalicelib.retrieval.importing import CLIENT, without_rest_client

from tests.conftest import ROOT

USE = """
import sys
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.wording import words
from tests.retrieval.conftest import DIMENSIONS, HashingEmbedder, a_document, put

index = PassageIndex(sys.argv[1], DIMENSIONS)
put(index, a_document(), "the moon is far", "bread is baked")
put(index, a_document(version=2), "the moon is near")
assert [each.text for each in index.matching(Scope("ann"), words("moon"), 5)] == ["the moon is near"]
assert len(index.nearest(Scope("ann"), HashingEmbedder().query("moon"), 5)) == 1
index.tidy()
index.maintain()
assert [each.passages for each in index.documents()] == [1]
index.delete("ann", "D1")
assert index.count(Scope("ann")) == 0
loaded = [module for name, module in sys.modules.items() if name.split(".")[0] == sys.argv[2]]
print(len(loaded), {type(module).__name__ for module in loaded}, "pydantic" in sys.modules)
"""


def used(folder: Path, libraries: Path) -> str:
    """What a process that knows only `libraries` says after it has used an index in every way."""
    path = os.pathsep.join(map(str, [ROOT / "chalice_app", ROOT, libraries]))
    done = subprocess.run(
        [sys.executable, "-S", "-c", USE, str(folder / "index"), CLIENT],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def libraries_without_the_client(folder: Path) -> Path:
    folder.mkdir()
    for library in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if not library.name.startswith(CLIENT):
            (folder / library.name).symlink_to(library)
    return folder


def test_an_index_loads_no_class_of_the_client(tmp_path: Path) -> None:
    count, kinds = used(tmp_path, Path(sysconfig.get_paths()["purelib"])).split(maxsplit=1)
    assert 0 < int(count) < 20
    assert kinds == "{'_StandIn'} True\n"


def test_an_index_needs_no_client_to_be_installed(tmp_path: Path) -> None:
    assert "{'_StandIn'}" in used(tmp_path, libraries_without_the_client(tmp_path / "libraries"))


def test_making_something_of_the_client_says_that_it_is_not_loaded() -> None:
    with without_rest_client():
        models = importlib.import_module(f"{CLIENT}.models.any_of_them")
    with pytest.raises(ImportError, match=f"ListTablesResponse is of {CLIENT}"):
        models.ListTablesResponse(tables=[])


def test_other_imports_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    before = list(sys.meta_path)
    with without_rest_client():
        import colorsys
    assert colorsys.__file__ is not None
    assert sys.meta_path == before
