"""What the policies of IAM callers allow, and what this endpoint says to a client that signs too early."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.policies import read_policy
from localcloud.appsync.sigv4 import Credential
from tests.localcloud.appsync.apis import IAM, Decider, served, template
from tests.localcloud.appsync.clients import sign
from tests.localcloud.appsync.world import ACCESS, ARN, SECRET, Endpoint

API = "arn:aws:appsync:us-east-1:000000000000:apis/abc"
SDL = """
schema { query: Query mutation: Mutation subscription: Subscription }
type Query { note: Note  other: Note } type Mutation { tell: Note }
type Note { id: ID secret: String }
type Subscription { onTell: Note @aws_subscribe(mutations: ["tell"]) }
"""
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": f"{API}/types/Query/fields/*"},
        {"Effect": "Deny", "Action": ["appsync:*"], "Resource": [f"{API}/types/*/fields/other"]},
    ],
}


@pytest.fixture(scope="module")
def api() -> Iterator[Endpoint]:
    functions = Decider(
        answers={"note": {"id": "1", "secret": "s"}, "other": {"id": "2"}, "tell": {"id": "3"}}
    )
    credentials = {ACCESS: Credential(SECRET, ARN, read_policy(POLICY))}
    fields = "Query.note Query.other Mutation.tell"
    with served(template(SDL, IAM, fields=fields), functions, credentials) as endpoint:
        yield endpoint


def ask(endpoint: Endpoint, query: str) -> httpx.Response:
    body = json.dumps({"query": query})
    return httpx.post(endpoint.url, content=body, headers=sign(endpoint.host, "/graphql", body))


def test_what_is_below_an_allowed_root_field_comes_with_it(api: Endpoint) -> None:
    assert ask(api, "{ note { id secret } }").json() == {"data": {"note": {"id": "1", "secret": "s"}}}


def test_one_denied_root_field_is_null_beside_others(api: Endpoint) -> None:
    answer = ask(api, "{ note { id } other { id } }").json()
    assert answer["data"] == {"note": {"id": "1"}, "other": None}
    assert [error["message"] for error in answer["errors"]] == [
        "Not Authorized to access other on type Query"
    ]


@pytest.mark.parametrize(
    "query", ["mutation { tell { id } }", "{ other { id } }", "{ ...F } fragment F on Query { other { id } }"]
)
def test_an_operation_of_denied_fields_alone_is_refused(api: Endpoint, query: str) -> None:
    answer = ask(api, query)
    expected = {"errors": [{"errorType": "UnauthorizedException", "message": "Permission denied"}]}
    assert (answer.status_code, answer.json()) == (401, expected)


def test_introspection_needs_no_permission(api: Endpoint) -> None:
    assert ask(api, "{ __typename }").json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, True),
        ({"Effect": "Allow", "Action": "APPSYNC:graphql", "Resource": f"{API}/*"}, True),
        (
            {"Effect": "Allow", "Action": "appsync:Graph??", "Resource": f"{API}/types/Q?ery/fields/note"},
            True,
        ),
        ({"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": f"{API}"}, False),
        ({"Effect": "Allow", "Action": "appsync:Get*", "Resource": "*"}, False),
        (
            {"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": f"{API}/types/query/fields/note"},
            False,
        ),
        (
            {"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": f"{API}/types/Query/fields/[a-z]*"},
            False,
        ),
        ({"Effect": "Deny", "Action": "*", "Resource": "*"}, False),
    ],
)
def test_a_statement_covers_what_its_patterns_match(statement: Any, allowed: bool) -> None:
    policy = read_policy({"Statement": statement})
    assert policy.allows("appsync:GraphQL", f"{API}/types/Query/fields/note") is allowed


@pytest.mark.parametrize(
    "policy",
    [
        {},
        [],
        {"Statement": [{"Effect": "Allow"}]},
        {"Statement": [{"Effect": "Maybe", "Action": "*", "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "NotAction": "*", "Resource": "*"}]},
        {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {}}]},
        {"Statement": [{"Effect": "Allow", "Action": [7], "Resource": "*"}]},
    ],
)
def test_a_policy_that_cannot_be_heeded_whole_is_refused(policy: Any) -> None:
    with pytest.raises(DefinitionError, match="a policy"):
        read_policy(policy)


def named(body: dict[str, Any]) -> str:
    """As Apollo Client writes a body, its own name between the members that the link signed."""
    extensions = {"clientLibrary": {"name": "@apollo/client", "version": "4.1.8"}}
    members = {
        "operationName": None,
        "variables": body["variables"],
        "extensions": extensions,
        "query": body["query"],
    }
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False)


def test_a_client_that_signs_before_it_adds_its_name_is_refused_and_explained(
    api: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"operationName": None, "variables": {"é": 1}, "query": "{ note { id } }"}
    signed = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    headers = sign(api.host, "/graphql", signed)
    answer = httpx.post(api.url, content=named(body), headers=headers)
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "BadRequestException")
    assert "before `extensions.clientLibrary` was added" in caplog.text


def test_another_wrong_signature_is_not_put_down_to_that(
    api: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    headers = sign(api.host, "/graphql", '{"query":"{ other { id } }"}')
    answer = httpx.post(
        api.url, content=named({"variables": {}, "query": "{ note { id } }"}), headers=headers
    )
    assert answer.status_code == 400
    assert "clientLibrary" not in caplog.text
