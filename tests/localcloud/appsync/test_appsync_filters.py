"""Enhanced filters: every operator, and what AppSync refuses."""

from typing import Any

import pytest

from localcloud.appsync.errors import FieldError
from localcloud.appsync.filters import ArgumentFilter, EnhancedFilter, read

EVENT = {
    "n": 3,
    "s": "severe",
    "b": True,
    "l": [1, "two"],
    "deep": {"a": {"b": {"c": {"d": "five"}}}},
    "none": None,
}


def matches(name: str, operator: str, value: Any, event: Any = EVENT) -> bool:
    return one(name, operator, value).matches(event)


def one(name: str, operator: str, value: Any) -> EnhancedFilter:
    return read({"filterGroup": [{"filters": [{"fieldName": name, "operator": operator, "value": value}]}]})


@pytest.mark.parametrize(
    ("name", "operator", "yes", "no"),
    [
        ("n", "eq", 3, "3"),
        ("n", "eq", 3.0, 4),
        ("b", "eq", True, 1),
        ("n", "ne", 4, 3),
        ("n", "lt", 4, 3),
        ("n", "le", 3, 2),
        ("n", "gt", 2, 3),
        ("n", "ge", 3, 4),
        ("s", "gt", "a", "z"),
        ("s", "gt", "a", 1),
        ("s", "contains", "ever", "Ever"),
        ("l", "contains", "two", "three"),
        ("s", "notContains", "mild", "severe"),
        ("l", "containsAny", ["two", 9], [9]),
        ("n", "in", [1, 3], [1, "3"]),
        ("n", "notIn", [1, 2], [3]),
        ("s", "beginsWith", "sev", "evere"),
        ("n", "between", [1, 3], [4, 9]),
        ("deep.a.b.c.d", "eq", "five", "six"),
        ("missing", "ne", 1, None),
        ("none", "eq", None, 1),
    ],
)
def test_an_operator_tells_what_matches(name: str, operator: str, yes: Any, no: Any) -> None:
    assert matches(name, operator, yes)
    assert not matches(name, operator, no)


def test_a_path_deeper_than_five_levels_never_matches() -> None:
    event = {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}
    assert not matches("a.b.c.d.e.f", "eq", 1, event)


def test_a_list_at_the_top_never_matches() -> None:
    assert not matches("n", "ne", 1, [{"n": 3}])


def test_groups_are_alternatives_and_filters_within_one_are_not() -> None:
    def entry(value: int) -> dict[str, Any]:
        return {"fieldName": "n", "operator": "eq", "value": value}

    assert read({"filterGroup": [{"filters": [entry(1)]}, {"filters": [entry(3)]}]}).matches(EVENT)
    assert not read({"filterGroup": [{"filters": [entry(1), entry(3)]}]}).matches(EVENT)


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"filterGroup": []},
        {"filterGroup": [{"filters": []}] * 11},
        {"filterGroup": [{}]},
        {"filterGroup": [{"filters": [{"fieldName": "a"}]}]},
        {"filterGroup": [{"filters": ["a"]}]},
    ],
)
def test_what_is_no_filter_is_refused(document: Any) -> None:
    with pytest.raises(FieldError, match="Invalid subscription filter"):
        read(document)


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("near", 1),
        ("eq", [1]),
        ("in", 1),
        ("in", [1, 2, 3, 4, 5, 6]),
        ("containsAny", list(range(21))),
        ("between", [1]),
        ("eq", "x" * 257),
    ],
)
def test_an_operator_with_a_value_it_does_not_take_is_refused(operator: str, value: Any) -> None:
    with pytest.raises(FieldError):
        one("a", operator, value)


def test_a_group_names_five_fields_at_most() -> None:
    filters = [{"fieldName": f"f{n}", "operator": "eq", "value": 1} for n in range(6)]
    with pytest.raises(FieldError, match="at most 5 fields"):
        read({"filterGroup": [{"filters": filters}]})


def test_lists_objects_and_a_sixth_argument_do_not_filter() -> None:
    arguments = {**{f"a{n}": 1 for n in range(6)}, "list": [1], "object": {}}
    assert len(ArgumentFilter.of(arguments).arguments) == 5
