"""Requests made up from the schema by schemathesis, against the running endpoint and its own checks."""

import json
from typing import Any

import pytest
import requests
import schemathesis
from graphql import print_schema
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_graphql import nodes
from schemathesis import Case, CheckContext, Response

from localcloud.appsync.schema import load
from tests.localcloud.appsync.fuzzing import examples
from tests.localcloud.appsync.world import FIXTURES, KEY, Endpoint

SCHEMA = load((FIXTURES / "schema.graphql").read_text())
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
LEGAL: dict[str, st.SearchStrategy[str]] = {
    "AWSJSON": st.recursive(TEXTS | st.integers() | st.none(), st.lists, max_leaves=3).map(json.dumps),
    "AWSDateTime": st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
    "AWSDate": st.dates().map(str),
    "AWSIPAddress": st.ip_addresses().map(str),
    "AWSEmail": st.emails(),
}
for name, values in LEGAL.items():
    schemathesis.graphql.scalar(name, (values | TEXTS).map(nodes.String))

OPERATIONS = schemathesis.graphql.from_file(print_schema(SCHEMA.graphql))
# The two others wait: for as long as they are told, or for each other.
FIELDS = [(root, field) for root in ("Query", "Mutation") for field in OPERATIONS[root]]
QUICK = [(root, field) for root, field in FIELDS if field not in ("slow", "tick")]
ALWAYS = {"access-control-allow-origin", "access-control-expose-headers", "x-amzn-requestid"}


def in_shape(_: CheckContext, response: Response, __: Case[Any]) -> None:
    """AppSync's: data or errors, each error with a message and a place, and AppSync's own headers."""
    assert response.status_code in (200, 400)
    assert response.headers.keys() >= ALWAYS
    assert response.headers["content-type"] == ["application/json;charset=UTF-8"]
    body = response.json()
    assert body.keys() <= {"data", "errors", "extensions"}
    assert "data" in body or body["errors"]
    for error in body.get("errors", []):
        assert {"path", "locations", "message"} <= error.keys() or response.status_code == 400
        assert error["message"] != "Internal failure while resolving the field."


@pytest.mark.parametrize(("root", "field"), QUICK)
def test_any_request_of_the_schema_is_answered_in_appsyncs_shape(
    endpoint: Endpoint, root: str, field: str
) -> None:
    @examples(12)
    @given(OPERATIONS[root][field].as_strategy())
    def check(case: Case[Any]) -> None:
        answer = case.call(base_url=endpoint.url, headers={"x-api-key": KEY}, session=session)
        case.validate_response(answer, checks=[in_shape])

    with requests.Session() as session:
        check()
