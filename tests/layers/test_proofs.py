"""What the layers are for works with nothing else there, within what Lambda gives."""

import json
import subprocess
import sys
from ast import literal_eval
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.documents.hostile import an_epub, an_odt, an_xlsx, zipped
from tests.documents.test_extracting import VIETNAMESE, a_docx, a_pdf, a_pptx
from tests.layers.built import MEMORY, Opt, layer, unpack

pytestmark = pytest.mark.timeout(900)  # the first test to ask for layers builds them

MEGABYTE = 1024 * 1024
TMP = 512
"""Megabytes of `/tmp` that a function has unless it pays for more."""


def test_programs_see_the_standard_library_the_product_and_the_layers_and_nothing_else(layers: Opt) -> None:
    seen = json.loads(layers.run("alone"))
    own = [f"{ROOT / 'chalice_app'}", f"{layers.python}"]
    command = [sys.executable, "-I", "-S", "-c", "import sys; print(sys.path)"]
    assert seen["path"] == [*literal_eval(subprocess.check_output(command, text=True)), *own]
    assert not [each for each in (*seen["path"], *seen["mapped"]) if "-packages" in each]
    assert seen["origins"].keys() == {"lancedb", "numpy", "lxml", "botocore"}
    assert all(each.startswith(str(layers.python)) for each in seen["origins"].values())
    assert set(seen["variables"]) <= {"LC_CTYPE"}  # which Python itself sets where no locale is


def test_a_program_that_takes_more_memory_than_the_functions_have_fails(layers: Opt) -> None:
    with pytest.raises(AssertionError, match=r"alone\.py took \S+ bytes of memory"):
        layers.run("alone", memory=8 * MEGABYTE)


def test_lancedb_creates_merges_searches_optimises_and_reopens(layers: Opt, tmp_path: Path) -> None:
    seen = json.loads(layers.run("lance", str(tmp_path)))
    expected = {"rows": 600, "kinds": 600, "vector": ["500"], "text": ["42"], "hybrid": ["7"]}
    assert seen["before"] == expected
    assert seen["after"] == expected


def test_what_is_unpacked_and_what_lancedb_takes_leave_memory_and_disk_to_spare(
    layers: Opt, tmp_path: Path
) -> None:
    seen = json.loads(layers.run("lance", str(tmp_path)))
    assert 150 < seen["unpacked"] < 250
    assert seen["memory"] + seen["unpacked"] < 0.75 * MEMORY / MEGABYTE
    assert seen["disk"] < TMP / 10


def test_the_products_index_runs_on_the_layers_alone(layers: Opt, tmp_path: Path) -> None:
    found = json.loads(layers.run("index", str(tmp_path)))
    assert found == {"near": ["D1.1.1"], "matching": ["D1.1.0"], "others": [], "documents": [["D1", 2]]}


def test_every_reader_reads_on_the_layers_alone(layers: Opt, tmp_path: Path) -> None:
    page = f"<html lang='vi'><body><article><h1>Title</h1><p>{VIETNAMESE * 9}</p></article></body></html>"
    files = {
        "text": VIETNAMESE.encode("utf-16"), "markdown": f"# Title\n\n{VIETNAMESE}".encode(),
        "html": page.encode(), "pdf": a_pdf("A line of text"), "docx": a_docx(), "pptx": a_pptx(),
        "xlsx": an_xlsx(f"<row r='1'><c r='A1' t='inlineStr'><is><t>{VIETNAMESE}</t></is></c></row>"),
        "csv": f"a,{VIETNAMESE}".encode(), "json": json.dumps([VIETNAMESE]).encode(),
        "xml": f"<a>{VIETNAMESE}</a>".encode(), "epub": an_epub(VIETNAMESE), "code": VIETNAMESE.encode(),
        "odt": an_odt(f"<t:p>{VIETNAMESE}</t:p>"), "eml": f"Subject: a\n\n{VIETNAMESE}".encode(),
        "rtf": rb"{\rtf1\ansicpg1258 A line of text}", "zip": zipped({"a.txt": VIETNAMESE}),
    }  # fmt: skip
    for suffix, content in files.items():
        (tmp_path / f"file.{suffix}").write_bytes(content)
    texts = json.loads(layers.run("reading", *(str(each) for each in sorted(tmp_path.iterdir()))))
    assert texts.keys() == {f".{suffix}" for suffix in files}
    assert all("A line of text" in texts.pop(suffix) for suffix in (".pdf", ".rtf"))
    assert all(VIETNAMESE in text for text in texts.values())


def test_legacy_encodings_are_recognised_on_the_layers_alone(layers: Opt, tmp_path: Path) -> None:
    path = tmp_path / "file.text"
    path.write_bytes(("Über Bäume läßt sich vieles sagen. " * 20).encode("cp1252"))
    assert "läßt" in json.loads(layers.run("reading", str(path)))[".text"]


def test_what_resolves_fields_needs_the_runtime_layer_only(tmp_path: Path) -> None:
    alone = Opt(unpack([layer("runtime")], tmp_path))
    loaded = json.loads(alone.run("runtime"))
    assert {"botocore", "aws_lambda_powertools", "chalicelib.api.bridge"} <= set(loaded)
