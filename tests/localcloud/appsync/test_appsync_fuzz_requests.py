"""Any request at the HTTP door: it answers in AppSync's shape and never fails by itself."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.app import create_app
from localcloud.appsync.documents import Bounds, Documents, GraphQLRequest, Operation
from localcloud.appsync.errors import AppSyncError
from localcloud.appsync.schema import load
from tests.localcloud.appsync.fuzzing import SCALARS, TEXTS, examples, jsons
from tests.localcloud.appsync.world import FIXTURES, KEY, LIMITS, Pool, build_api

type Door = Callable[..., httpx.Response]

DOCUMENTS = [
    '{ note(id: "1") { id who: author { ...A } ... on Note { tags } } } fragment A on Author { id }',
    "query Q($id: ID!, $ms: Int = 1) { note(id: $id) @include(if: true) { id colour data } slow(ms: $ms) }",
    'mutation M($input: NoteInput!) { send(input: $input) { id room length tags sentAt author { name } } }',
    "subscription S($room: String) { onSend(room: $room, colour: RED) { id body } }",
    '{ pet(kind: "Cat") { __typename id ... on Cat { lives } } __schema { queryType { name } } }',
]  # fmt: skip
PIECES = st.sampled_from(
    ["{", "}", "(", ")", "[", "]", "!", "$", "@", "...", ":", "=", "|", "&", '"', '"""', "\\", "#", "\n",
     "\x00", "\ud800", "fragment A on Note", "on", "null", "true", "1e9", "-", "query", "subscription",
     "id", "$id", "__typename", "__type(name: \"Note\")", "@skip(if: $ms)", "@defer", "@stream", "\ufeff"]
)  # fmt: skip
NAMES = st.sampled_from(
    ["query", "variables", "operationName", "id", "input", "ms", "extensions", "room", "colour"]
)
SECRETS = st.sampled_from(
    ["x-api-key", "authorization", "x-amz-date", "host", "content-type", "x-amz-security-token"]
)


@st.composite
def mutated(draw: Any) -> str:
    """A valid document with a few cuts, doublings and insertions."""
    text: str = draw(st.sampled_from(DOCUMENTS))
    for _ in range(draw(st.integers(0, 4))):
        at, to = sorted(draw(st.integers(0, len(text))) for _ in range(2))
        middle = draw(st.sampled_from(["", text[at:to], text[at:to] * 2]) | PIECES)
        text = text[:at] + middle + text[to:]
    return text


def tokens() -> st.SearchStrategy[str]:
    """Texts that look like a JWT, a signature or neither."""
    part = st.sampled_from(
        ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJSUzI1NiIsImtpZCI6ImZpcnN0In0", "e30", "W10", "bnVsbA", "!", ""]
    )
    jwt = st.lists(part, min_size=1, max_size=4).map(".".join)
    signature = st.lists(
        st.sampled_from(
            ["AWS4-HMAC-SHA256", " ", "Credential=AKIDNOTES/20261121/us-east-1/appsync/aws4_request", ",",
             "SignedHeaders=host;x-amz-date", "SignedHeaders=;;", "Signature=" + "0" * 64,
             "Signature=", "/", "="]
        ), max_size=8,
    ).map("".join)  # fmt: skip
    return jwt | jwt.map("Bearer {}".format) | signature | TEXTS | st.just(KEY)


@pytest.fixture(scope="module")
def knock(service: str, pool: Pool) -> Iterator[Door]:
    """Sends a request into the application itself, without a socket in between."""
    app = create_app(build_api(service), LIMITS)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")
    with asyncio.Runner() as runner:
        yield lambda *args, **more: runner.run(client.request(*args, **more))
        runner.run(client.aclose())


def check(answer: httpx.Response) -> Any:
    """AppSync's shape: data, or errors that each say what and why, and an id of the request."""
    assert answer.status_code in (200, 400, 401, 405, 413, 415), answer.text
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert answer.headers["x-amzn-RequestId"]
    body = answer.json()
    assert body.keys() <= {"data", "errors", "extensions"}
    assert all(isinstance(error["message"], str) for error in body.get("errors", []))
    assert body.get("errors", True), "errors are absent or some"
    assert "data" in body or "errors" in body
    return body


def post(knock: Door, content: bytes, **headers: str) -> Any:
    return check(knock("POST", "/graphql", content=content, headers={"x-api-key": KEY, **headers}))


@examples(150)
@given(
    st.binary(max_size=60) | jsons(NAMES, SCALARS | mutated()).map(lambda value: json.dumps(value).encode())
)
def test_any_body_is_answered(knock: Door, content: bytes) -> None:
    post(knock, content)


@examples(150)
@given(mutated(), jsons(NAMES), st.none() | TEXTS)
def test_any_document_with_any_variables_is_answered(
    knock: Door, query: str, variables: Any, name: Any
) -> None:
    body = {"query": query, "variables": variables, "operationName": name}
    post(knock, json.dumps(body).encode())


@examples(100)
@given(st.dictionaries(NAMES, TEXTS | mutated() | jsons(NAMES).map(json.dumps), max_size=3))
def test_any_query_string_is_answered(knock: Door, asked: dict[str, str]) -> None:
    asked = {name: value.encode("utf-8", "replace").decode() for name, value in asked.items()}
    check(knock("GET", "/graphql", params=asked, headers={"x-api-key": KEY}))


@examples(150)
@given(st.dictionaries(SECRETS, tokens(), max_size=4))
def test_any_credentials_are_accepted_or_refused(knock: Door, headers: dict[str, str]) -> None:
    given = {name: value.encode("utf-8", "replace") for name, value in headers.items()}
    given["host"] = b"localhost"
    check(knock("POST", "/graphql", content=b'{"query":"{__typename}"}', headers=list(given.items())))


@pytest.fixture(scope="module")
def documents() -> Documents:
    return Documents(load((FIXTURES / "schema.graphql").read_text()), Bounds())


@examples(400)
@given(
    mutated() | TEXTS | st.lists(PIECES, max_size=12).map(" ".join),
    st.none() | st.sampled_from(["Q", "M", "é"]),
)
def test_any_document_is_an_operation_or_refused(documents: Documents, query: str, name: str | None) -> None:
    try:
        found = documents.prepare(GraphQLRequest(query, {"id": "1", "input": {"id": "1"}}, name))
    except AppSyncError:
        return
    assert isinstance(found, Operation)
    assert name in (None, found.name)
