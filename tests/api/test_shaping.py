"""Cutting results to their type and selection."""

from typing import Any

import pytest
from chalicelib.api.bridge import root
from chalicelib.api.shaping import Selection, shape
from chalicelib.wire import Json

PAGE: Json = {
    "items": [{"id": "a", "name": "A", "secret": "s", "error": {"type": "T", "message": "M"}}],
    "nextToken": None,
}
KIND = root("Query").fields["documents"].type


def select(*paths: str) -> Selection:
    return Selection(frozenset(paths))


def test_only_what_was_selected_is_kept_at_every_level() -> None:
    selection = select("items", "items/id", "items/error", "items/error/message")
    assert shape(PAGE, KIND, selection) == {"items": [{"id": "a", "error": {"message": "M"}}]}


def test_what_the_type_does_not_have_is_dropped_even_if_listed() -> None:
    assert shape(PAGE, KIND, select("items", "items/secret", "items/name")) == {"items": [{"name": "A"}]}


def test_a_null_object_stays_null() -> None:
    page: dict[str, Any] = {"items": [{"error": None}]}
    assert shape(page, KIND, select("items", "items/error", "items/error/type")) == page


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
