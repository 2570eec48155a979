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
        ("s", "between", ["r", "severe"], ["t", "z"]),
        ("deep.a.b.c.d", "eq", "five", "six"),
        ("missing", "ne", 1, None),
        ("none", "eq", None, 1),
    ],
)
def test_an_operator_tells_what_matches(name: str, operator: str, yes: Any, no: Any) -> None:
    assert matches(name, operator, yes)
    assert not matches(name, operator, no)


@pytest.mark.parametrize(("value", "inside"), [(1, False), (2, True), (5, False)])
def test_between_leaves_its_bounds_out_when_set_so(value: int, inside: bool) -> None:
    entry = {"fieldName": "n", "operator": "between", "value": [1, 5]}
    document = {"filterGroup": [{"filters": [entry]}]}
    assert read(document, inclusive=False).matches({"n": value}) is inside
    assert read(document).matches({"n": value})


@pytest.mark.parametrize("name", [None, "", 1, "x" * 257])
def test_a_field_name_is_a_text_of_256_characters_at_most(name: Any) -> None:
    with pytest.raises(FieldError, match="fieldName"):
        one(name, "eq", 1)


def test_ten_groups_of_five_fields_with_the_longest_lists_are_accepted() -> None:
    conditions = [
        {"fieldName": "a", "operator": "in", "value": ["x" * 256] * 5},
        {"fieldName": "b", "operator": "containsAny", "value": list(range(20))},
        *({"fieldName": name, "operator": "between", "value": [1, 2]} for name in "cde"),
        {"fieldName": "e", "operator": "ne", "value": True},
    ]
    assert read({"filterGroup": [{"filters": conditions}] * 10})


def test_how_many_arguments_filter_can_be_set() -> None:
    arguments = {"a": 1, "b": 2, "c": 3}
    assert not ArgumentFilter.of(arguments, 3).matches({"a": 1, "b": 2, "c": 4})
    assert ArgumentFilter.of(arguments, 2).matches({"a": 1, "b": 2, "c": 4})


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
        ("between", [1, 2, 3]),
        ("between", 1),
        ("notIn", [1, 2, 3, 4, 5, 6]),
        ("eq", "x" * 257),
        ("in", ["x" * 257]),
        ("eq", {"a": 1}),
        ("in", [[1]]),
        (["eq"], 1),
        (None, 1),
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
