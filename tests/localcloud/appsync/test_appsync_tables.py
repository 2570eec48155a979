"""DynamoDB as a data source, over a real table."""

import asyncio
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from localcloud.appsync.datasources import Table
from localcloud.appsync.errors import FieldError


@pytest.fixture(scope="module")
def table(aws: boto3.Session, ministack: str) -> Iterator[Table]:
    client = aws.client("dynamodb", endpoint_url=ministack)
    client.create_table(
        TableName="notes",
        AttributeDefinitions=[
            {"AttributeName": "room", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "room", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield Table("notes", client)
    client.delete_table(TableName="notes")


def run(table: Table, operation: str, **members: Any) -> Any:
    return asyncio.run(table.run({"operation": operation, **members}))


def key(number: int) -> Any:
    return {"room": {"S": "r"}, "n": {"N": str(number)}}


def test_what_is_put_is_got_as_plain_json_and_deleted(table: Table) -> None:
    values = {"half": {"N": "1.5"}, "tags": {"SS": ["a"]}, "deep": {"M": {"l": {"L": [{"NULL": True}]}}}}
    stored = {"room": "r", "n": 100, "half": 1.5, "tags": ["a"], "deep": {"l": [None]}}
    assert run(table, "PutItem", key=key(100), attributeValues=values) == stored
    assert run(table, "GetItem", key=key(100), consistentRead=True) == stored
    assert run(table, "DeleteItem", key=key(100)) == stored
    assert run(table, "GetItem", key=key(100)) is None


def test_a_query_filters_orders_and_pages(table: Table) -> None:
    for number in range(6):
        run(table, "PutItem", key=key(number), attributeValues={"odd": {"BOOL": number % 2 == 1}})
    query = {"expression": "room = :r", "expressionValues": {":r": {"S": "r"}}}
    wanted = {
        "expression": "#o = :t",
        "expressionNames": {"#o": "odd"},
        "expressionValues": {":t": {"BOOL": True}},
    }
    first = run(table, "Query", query=query, filter=wanted, limit=4, scanIndexForward=False)
    assert [row["n"] for row in first["items"]] == [5, 3]
    rest = run(
        table, "Query", query=query, filter=wanted, scanIndexForward=False, nextToken=first["nextToken"]
    )
    assert [row["n"] for row in rest["items"]] == [1]
    assert rest["nextToken"] is None


def test_a_condition_that_fails_is_named(table: Table) -> None:
    condition = {"expression": "attribute_exists(#r)", "expressionNames": {"#r": "room"}}
    with pytest.raises(FieldError) as caught:
        run(table, "PutItem", key=key(404), condition=condition)
    assert caught.value.type == "DynamoDB:ConditionalCheckFailedException"


def test_an_operation_that_is_not_served_is_refused(table: Table) -> None:
    operations: list[Any] = [{"operation": "Scan"}, None, []]
    for operation in operations:
        with pytest.raises(FieldError, match="Unsupported operation"):
            asyncio.run(table.run(operation))
