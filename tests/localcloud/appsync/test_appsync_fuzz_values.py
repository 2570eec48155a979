"""Any value where one is read: subscription filters and scalars."""

import json
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync import filters
from localcloud.appsync.errors import FieldError
from localcloud.appsync.filters import OPERATORS
from localcloud.appsync.scalars import SCALARS, Scalar
from tests.localcloud.appsync.fuzzing import examples, jsons

NAMES = st.sampled_from(["a", "b", "a.b", "a.a.b", "", "a..b", "a.b.a.b.a.b"])
EVENTS = jsons(st.sampled_from(["a", "b"]))


def conditions() -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {
            "fieldName": NAMES | jsons(),
            "operator": st.sampled_from([*OPERATORS, "between", "like"]) | jsons(),
            "value": jsons(),
        }
    )


def enhanced() -> st.SearchStrategy[Any]:
    """Filters as `extensions.setSubscriptionFilter` takes them, and things that are nearly so."""
    nearly = jsons(st.sampled_from(["filterGroup", "filters", "fieldName", "operator", "value"]))
    group = st.fixed_dictionaries({"filters": st.lists(conditions(), max_size=7)})
    return st.fixed_dictionaries({"filterGroup": st.lists(group, max_size=11) | nearly}) | nearly


@examples(300)
@given(enhanced(), EVENTS)
def test_any_filter_is_refused_or_answers_yes_or_no(document: Any, event: Any) -> None:
    try:
        found = filters.read(document)
    except FieldError as error:
        assert "filter" in error.message  # noqa: PT017  (both outcomes are allowed)
        return
    assert found.matches(event) in (True, False)


@examples(150)
@given(st.dictionaries(st.sampled_from(["a", "b"]), jsons()), EVENTS)
def test_any_arguments_and_event_compare(arguments: Any, event: Any) -> None:
    assert filters.ArgumentFilter.of(arguments).matches(event) in (True, False)


@pytest.mark.parametrize("scalar", SCALARS, ids=lambda scalar: scalar.name)
def test_any_value_is_a_scalars_or_refused(scalar: Scalar) -> None:
    near = st.from_regex(r"\A[0-9:TZ+.@/\-]{1,24}\Z") | st.datetimes().map(lambda at: f"{at.isoformat()}Z")

    @examples(80)
    @given(near | st.dates().map(str) | st.times().map(str) | st.ip_addresses().map(str) | jsons())
    def check(value: Any) -> None:
        for read in (scalar.parse, scalar.serialize):
            try:
                read(value)
            except GraphQLError as error:
                error.message.encode("utf-8", "surrogatepass")

    check()


@examples(80)
@given(jsons())
def test_what_awsjson_writes_it_reads_again(value: Any) -> None:
    scalar = next(each for each in SCALARS if each.name == "AWSJSON")
    try:
        text = scalar.serialize(value)
    except GraphQLError:
        assert "Infinity" in json.dumps(value) or "NaN" in json.dumps(value)
        return
    assert text == value or scalar.parse(text) == value
