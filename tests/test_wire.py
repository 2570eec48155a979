"""Records as JSON."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from chalicelib.records import Answer, AnswerStatus, Citation, Page, Passage, SearchMode
from chalicelib.wire import camel, instant, to_wire

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "told"), [("id", "id"), ("cost_usd", "costUsd"), ("first_token_ms", "firstTokenMs")]
)
def test_names_are_camel_case(name: str, told: str) -> None:
    assert camel(name) == told


def test_instants_are_in_utc_with_milliseconds() -> None:
    assert (
        instant(datetime(2026, 1, 2, 10, tzinfo=timezone(timedelta(hours=7)))) == "2026-01-02T03:00:00.000Z"
    )


def test_a_record_is_told_whole_with_what_it_holds() -> None:
    passage = Passage("p", "d", "a.txt", 1, "words", 0, 5)
    answer = Answer(
        "a", "o", "c", "Why?", AnswerStatus.STREAMING, MOMENT, MOMENT, citations=(Citation(1, passage),)
    )
    told: Any = to_wire(Page((answer,)))
    [item] = told["items"]
    assert (item["status"], item["conversationId"], item["lastSeq"]) == ("STREAMING", "c", 0)
    assert item["citations"][0]["passage"]["documentName"] == "a.txt"


def test_mappings_keep_their_keys() -> None:
    assert to_wire({"Content-Type": "text/plain", "a_b": SearchMode.TEXT}) == {
        "Content-Type": "text/plain",
        "a_b": "TEXT",
    }


def test_what_has_no_wire_form_is_a_defect() -> None:
    with pytest.raises(TypeError, match="object has no wire form"):
        to_wire(object())
