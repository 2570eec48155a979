"""Documents that are asked with again and again: examined once, and their variables every time."""

import pytest

from localcloud.appsync.documents import REMEMBERED_CHARS, Bounds, Documents, GraphQLRequest
from localcloud.appsync.errors import InvalidDocument
from localcloud.appsync.schema import load

SDL = "schema { query: Query } type Query { note(id: ID!): String }"
QUERY = "query A($id: ID!) { note(id: $id) } query B { note(id: 1) }"


@pytest.fixture
def documents() -> Documents:
    return Documents(load(SDL), Bounds())


def test_a_document_is_examined_once_for_each_of_its_operations(documents: Documents) -> None:
    first = documents.prepare(GraphQLRequest(QUERY, {"id": "1"}, "A"))
    again = documents.prepare(GraphQLRequest(QUERY, {"id": "2"}, "A"))
    other = documents.prepare(GraphQLRequest(QUERY, {}, "B"))
    assert again.document is first.document
    assert (again.variables, again.name, other.name) == ({"id": "2"}, "A", "B")


def test_variables_are_looked_at_each_time(documents: Documents) -> None:
    documents.prepare(GraphQLRequest(QUERY, {"id": "1"}, "A"))
    with pytest.raises(InvalidDocument, match="coerced Null value"):
        documents.prepare(GraphQLRequest(QUERY, {}, "A"))


def test_an_invalid_document_stays_invalid(documents: Documents) -> None:
    for _ in range(2):
        with pytest.raises(InvalidDocument, match="FieldUndefined"):
            documents.prepare(GraphQLRequest("{ other }"))


def test_a_long_document_is_not_kept(documents: Documents) -> None:
    query = "{ note(id: 1) }" + " " * REMEMBERED_CHARS
    one, other = (documents.prepare(GraphQLRequest(query)) for _ in range(2))
    assert one.document is not other.document
