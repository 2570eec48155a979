"""Cutting results to what was selected."""

from typing import Any

import pytest
from chalicelib.api.shaping import Selection
from chalicelib.wire import Json

PAGE: Json = {
    "items": [{"id": "a", "fields": {"key": "k"}, "error": {"type": "T", "message": "M"}}],
    "nextToken": None,
}


def select(*paths: str) -> Selection:
    return Selection(frozenset(paths))


def test_only_what_was_selected_is_kept_at_every_level() -> None:
    selection = select("items", "items/id", "items/error", "items/error/message")
    assert selection.cut(PAGE) == {"items": [{"id": "a", "error": {"message": "M"}}]}


def test_json_is_kept_whole() -> None:
    assert select("items", "items/fields").cut(PAGE) == {"items": [{"fields": {"key": "k"}}]}


def test_a_null_object_stays_null() -> None:
    page: dict[str, Any] = {"items": [{"error": None}]}
    assert select("items", "items/error", "items/error/type").cut(page) == page


def test_what_is_not_there_is_not_made_up() -> None:
    assert select("nextToken", "total").cut(PAGE) == {"nextToken": None}


def test_without_a_selection_nothing_is_cut() -> None:
    assert Selection(None).cut(PAGE) == PAGE


@pytest.mark.parametrize(
    "info",
    [
        {},
        {"selectionSetList": [], "selectionSetGraphQL": "{ id }"},
        {"selectionSetList": ["id"]},
        {"selectionSetList": ["name"], "selectionSetGraphQL": "{ name: id }"},
    ],
    ids=["nothing known", "nothing listed", "no text", "an alias"],
)
def test_without_a_list_that_can_be_trusted_everything_is_selected(info: dict[str, Any]) -> None:
    assert Selection.of(info) == Selection(None)


def test_a_plain_selection_is_taken_as_listed() -> None:
    info = {"selectionSetList": ["id"], "selectionSetGraphQL": "{ ...Part }"}
    assert Selection.of(info) == select("id")
