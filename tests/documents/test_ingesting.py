"""Files on their way into an index, many at a time, with no registry and no bucket."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from chalicelib.documents.extracting import Bounds
from chalicelib.documents.formats import Format
from chalicelib.documents.ingesting import Vectors, Work, alive, embed, ingest, prove, read, write
from chalicelib.errors import Unavailable
from chalicelib.records import Document, DocumentStatus
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.wording import words

from tests.retrieval.conftest import DIMENSIONS, HashingEmbedder

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def index(tmp_path: Path) -> PassageIndex:
    return PassageIndex(str(tmp_path / "index"), DIMENSIONS)


def a_document(number: int, content_type: str = Format.TEXT) -> Document:
    return Document(
        f"d{number}", "ann", "notes", f"{number}.txt", DocumentStatus.EMBEDDING, 1, NOW, NOW, content_type
    )


def test_many_files_are_found_afterwards_and_broken_ones_fail_alone(index: PassageIndex) -> None:
    files = [(a_document(n), f"The harbour master wrote letter{n}.".encode()) for n in range(230)]
    files[7] = (a_document(7, Format.PDF), b"%PDF-1.7 nothing")
    works = list(ingest(iter(files), index, HashingEmbedder()))
    assert [each.document.id for each in works if each.failure] == ["d7"]
    assert index.count(Scope("ann")) == 229
    found = index.matching(Scope("ann"), words("letter211", "en"), 3)
    assert [each.document_id for each in found] == ["d211"]


def test_a_document_that_no_search_by_words_finds_is_not_ready(index: PassageIndex) -> None:
    works = [Work(a_document(n), f"The old harbour, number {n}.".encode()) for n in range(3)]
    vectors: Vectors = {}
    read(works, Bounds())
    assert len(list(embed(works, vectors, HashingEmbedder()))) == 3
    write(works, vectors, index)
    unworded = {"where": "document_id = 'd1'", "values_sql": {"stemmed": "NULL"}}
    index._table.trying(lambda table: table.update(**unworded))  # type: ignore[arg-type]  # its overloads
    prove(works, vectors, index)
    assert alive(works) == [works[0], works[2]]
    assert isinstance(works[1].failure, Unavailable)
    assert works[1].failure.message == "the passages of '1.txt' are not found yet"
