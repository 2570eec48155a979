"""What a document tells of itself fits AppSync's events and DynamoDB's rows, whatever its file is made of."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from chalicelib.answering.choosing import CANDIDATES
from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.passages import passages_of
from chalicelib.records import Answer, AnswerEvent, AnswerStatus, Citation, Document, DocumentStatus, Problem
from chalicelib.stores.answer_rows import progress
from chalicelib.wire import to_wire

WIDE = "\U0001f600"  # twelve bytes in JSON
IDEOGRAM = "漢"
EVENT_BYTES = 240_000
ROW_BYTES = 400_000
NOW = datetime(2030, 1, 1, tzinfo=UTC)
DOCUMENT = Document("D" * 26, "o" * 36, "c" * 64, WIDE * 200, DocumentStatus.READY, 1, NOW, NOW)


def test_a_document_of_thousands_of_attachments_fits_an_event() -> None:
    builder = Builder(WIDE * 1_000)
    for number in range(3_000):
        builder.attach(f"{number}{WIDE * 300}")
    read = builder.build()
    assert read.attachments
    told = replace(
        DOCUMENT, title=read.title, attachments=read.attachments, source=f"x:{WIDE * 998}",
        error=Problem("NoText", WIDE * 2_000, retryable=False),
    )  # fmt: skip
    assert len(json.dumps(to_wire(told))) < EVENT_BYTES / 2


def test_a_child_that_its_file_took_over_tells_no_more_than_others() -> None:
    forged = {
        "text": "a", "title": WIDE * 10**5, "language": "x" * 10**5, "pages": [], "headings": [],
        "tables": [], "attachments": [f"{n}{WIDE * 300}" for n in range(3_000)],
    }  # fmt: skip
    read = Extracted.from_json(json.dumps(forged).encode())
    assert (len(read.title or ""), read.language) == (300, None)
    assert sum(map(len, read.attachments)) <= 4_000


def test_an_answer_that_cites_all_there_is_under_long_headings_fits_an_event_and_a_row() -> None:
    builder = Builder()
    for level in range(1, 7):
        builder.heading(IDEOGRAM * 300, level)
    builder.paragraph(IDEOGRAM * 100)
    passage = replace(passages_of(DOCUMENT, builder.build())[-1], document_name=IDEOGRAM * 200)
    assert len(passage.headings) == 6
    citations = tuple(Citation(n, passage, passage.text) for n in range(CANDIDATES))
    event = AnswerEvent("a" * 36, "o" * 36, 1, 1, AnswerStatus.COMPLETE, 0, "", citations=citations)
    assert len(json.dumps(to_wire(event))) < EVENT_BYTES
    answer = Answer("a", "o", "c", "q", AnswerStatus.COMPLETE, NOW, NOW, citations=citations)
    assert len(json.dumps(progress(answer))) < ROW_BYTES
