"""DynamoDB as a data source, over real tables, asked by what @aws-appsync/utils/dynamodb makes."""

import asyncio
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from localcloud.appsync.datasources import Table
from localcloud.appsync.errors import FieldError
from localcloud.appsync.js import Code, JavaScript

IMPORTS = "import { util } from '@aws-appsync/utils';\nimport * as ddb from '@aws-appsync/utils/dynamodb';\n"


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


@pytest.fixture(scope="module")
def engine() -> Iterator[JavaScript]:
    made = JavaScript(threads=1)
    yield made
    made.close()


def run(table: Table, operation: str, **members: Any) -> Any:
    return asyncio.run(table.run({"operation": operation, **members}))


def key(number: int, room: str = "r") -> Any:
    return {"room": {"S": room}, "n": {"N": str(number)}}


@pytest.fixture
def ask(table: Table, engine: JavaScript) -> Any:
    """The result of the request that an expression of JavaScript makes."""

    def asked(expression: str) -> Any:
        code = Code("ask", f"{IMPORTS}export function request(ctx) {{ return {expression}; }}")
        made = asyncio.run(engine.call(code, "request", {"arguments": {}}))
        return asyncio.run(table.run(made.value))

    return asked


def test_what_is_put_is_got_as_plain_json_and_deleted(table: Table) -> None:
    values = {"half": {"N": "1.5"}, "tags": {"SS": ["a"]}, "deep": {"M": {"l": {"L": [{"NULL": None}]}}}}
    stored = {"room": "r", "n": 100, "half": 1.5, "tags": ["a"], "deep": {"l": [None]}}
    assert run(table, "PutItem", key=key(100), attributeValues=values) == stored
    assert run(table, "GetItem", key=key(100), consistentRead=True) == stored
    assert run(table, "DeleteItem", key=key(100)) == stored
    assert run(table, "GetItem", key=key(100)) is None


def test_numbers_and_base64_may_be_written_as_handlers_have_them(table: Table) -> None:
    values = {"n": {"NS": [2, 1]}, "b": {"B": "AAE="}, "bs": {"BS": ["AAE="]}, "half": {"N": 0.5}}
    stored = {"n": [1, 2], "b": "AAE=", "bs": ["AAE="], "half": 0.5}
    run(table, "PutItem", key=key(101), attributeValues={"given": {"M": values}})
    assert run(table, "GetItem", key=key(101))["given"] == stored


def test_a_query_filters_orders_and_pages(table: Table) -> None:
    for number in range(6):
        run(table, "PutItem", key=key(number, "q"), attributeValues={"odd": {"BOOL": number % 2 == 1}})
    query = {"expression": "room = :r", "expressionValues": {":r": {"S": "q"}}}
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


def test_rows_are_put_updated_and_removed_by_the_module(ask: Any) -> None:
    ask(
        "ddb.put({ key: { room: 'm', n: 1 },item: { title: 'a', views: 1, tags: ['x'], at: { x: 1, y: 2 } }})"
    )
    changed = ask(
        """ddb.update({ key: { room: 'm', n: 1 }, condition: { title: { eq: 'a' } }, update: {
        title: 'b', views: ddb.operations.increment(4), tags: ddb.operations.append(['y']), at: { x: 9 },
        extra: ddb.operations.add(7) } })"""
    )
    assert changed == {
        "room": "m", "n": 1, "title": "b", "views": 5, "tags": ["x", "y"], "at": {"x": 9, "y": 2}, "extra": 7,
    }  # fmt: skip
    again = ask(
        """ddb.update({ key: { room: 'm', n: 1 }, update: { title: ddb.operations.remove(),
        tags: [ddb.operations.updateListItem('z', 0)], at: ddb.operations.replace({ up: 1 }),
        views: ddb.operations.decrement() } })"""
    )
    assert (again["tags"], again["at"], again["views"], "title" in again) == (["z", "y"], {"up": 1}, 4, False)
    assert ask("ddb.remove({ key: { room: 'm', n: 1 } })")["extra"] == 7


def test_rows_are_found_by_the_module(ask: Any) -> None:
    for number in range(1, 5):
        ask(
            f"ddb.put({{key: {{room: 'f', n: {number}}}, item: {{ title: 't{number}', odd: {number % 2} }}}})"
        )
    assert ask("ddb.get({ key: { room: 'f', n: 2 }, projection: ['title'] })") == {"title": "t2"}
    found = ask(
        "ddb.query({ query: { room: { eq: 'f' }, n: { between: [2, 4] } }, filter: { odd: { eq: 0 } } })"
    )
    assert [row["n"] for row in found["items"]] == [2, 4]
    either = "or: [{ title: { contains: '1' } }, { n: { in: [3, 9] } }]"
    both = f"{{ room: {{ eq: 'f' }}, {either}, not: {{ odd: {{ eq: 0 }} }} }}"
    assert sorted(row["n"] for row in ask(f"ddb.scan({{ filter: {both} }})")["items"]) == [1, 3]
    assert ask("ddb.scan({ filter: { odd: { attributeType: 'string' } } })")["items"] == []


def test_filters_made_by_util_transform_are_expressions(ask: Any) -> None:
    ask("ddb.put({ key: { room: 'u', n: 1 }, item: { title: 'Hello World' } })")
    made = "JSON.parse(util.transform.toDynamoDBFilterExpression({ title: { beginsWith: 'Hello' } }))"
    found = ask(f"{{ operation: 'Scan', filter: {made} }}")
    assert [row["title"] for row in found["items"]] == ["Hello World"]


def test_many_rows_are_put_got_and_deleted_at_once(ask: Any) -> None:
    put = ask("ddb.batchPut({ tables: { notes: [{ room: 'b', n: 1 }, { room: 'b', n: 2, title: 'two' }] } })")
    assert put == {"data": {"notes": [{"room": "b", "n": 1}, {"room": "b", "n": 2, "title": "two"}]},
                   "unprocessedItems": {"notes": []}}  # fmt: skip
    got = ask("ddb.batchGet({ tables: { notes: { keys: [{ room: 'b', n: 9 }, { room: 'b', n: 2 }] } } })")
    assert got == {
        "data": {"notes": [None, {"room": "b", "n": 2, "title": "two"}]},
        "unprocessedKeys": {"notes": []},
    }
    gone = ask("ddb.batchDelete({ tables: { notes: [{ room: 'b', n: 1 }] } })")
    assert gone == {"data": {"notes": [{"room": "b", "n": 1}]}, "unprocessedKeys": {"notes": []}}
    assert ask("ddb.get({ key: { room: 'b', n: 1 } })") is None


def test_a_transaction_writes_all_and_reads_all(ask: Any) -> None:
    written = ask(
        """ddb.transactWrite({ items: [
        { putItem: { table: 'notes', key: { room: 't', n: 1 }, item: { title: 'one' } } },
        { updateItem: { table: 'notes', key: { room: 't', n: 2 }, update: { title: 'two' } } },
        { conditionCheck: { table: 'notes', key: { room: 't', n: 3 },
        condition: { n: { attributeExists: false } } } },
        { deleteItem: { table: 'notes', key: { room: 't', n: 4 } } }] })"""
    )
    assert [each["n"] for each in written["keys"]] == [1, 2, 3, 4]
    read = ask(
        "ddb.transactGet({ items: [1, 4, 2].map((n) => ({ table: 'notes', key: { room: 't', n } })) })"
    )
    assert [each and each["title"] for each in read["items"]] == ["one", None, "two"]


def test_a_transaction_that_is_cancelled_gives_its_reasons(ask: Any) -> None:
    ask("ddb.put({ key: { room: 'c', n: 1 }, item: { title: 'here' } })")
    with pytest.raises(FieldError) as caught:
        ask(
            """ddb.transactWrite({ items: [{ putItem: { table: 'notes', key: { room: 'c', n: 1 }, item: {},
            condition: { title: { attributeExists: false } } } }] })"""
        )
    assert caught.value.type == "DynamoDB:TransactionCanceledException"
    (reason,) = caught.value.data["cancellationReasons"]
    assert (caught.value.data["keys"], reason["type"]) == (None, "ConditionalCheckFailed")


def test_a_condition_that_fails_comes_with_the_row_as_it_is(ask: Any) -> None:
    ask("ddb.put({ key: { room: 'k', n: 1 }, item: { title: 'mine' } })")
    absent = "condition: { title: { attributeExists: false } }"
    with pytest.raises(FieldError) as caught:
        ask(f"ddb.put({{ key: {{ room: 'k', n: 1 }}, item: {{ title: 'yours' }}, {absent} }})")
    assert caught.value.type == "DynamoDB:ConditionalCheckFailedException"
    assert caught.value.data == {"room": "k", "n": 1, "title": "mine"}


def test_a_write_that_was_done_before_succeeds_again(ask: Any) -> None:
    row = "key: {{ room: {{ S: 'e' }}, n: {{ N: 1 }} }}, attributeValues: {{ at: {{ N: {} }} }}"
    once = "condition: { expression: 'attribute_not_exists(room)', equalsIgnore: ['at'] }"
    ask(f"{{ operation: 'PutItem', {row.format(1)}, {once} }}")
    assert ask(f"{{ operation: 'PutItem', {row.format(2)}, {once} }}")["at"] == 1
    there = "condition: { room: { attributeExists: true } }"
    assert ask(f"ddb.remove({{ key: {{ room: 'nowhere', n: 1 }}, {there} }})") is None


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ({"operation": "Sync"}, "Unsupported operation 'Sync'"),
        (None, "Unsupported operation"),
        ([], "Unsupported operation"),
        ({"operation": "GetItem"}, "not complete: KeyError"),
        ({"operation": "GetItem", "key": {"room": "r"}}, "not a typed DynamoDB value"),
        ({"operation": "GetItem", "key": {"room": {"T": "r"}}}, "'T' is not a type"),
    ],
)
def test_an_operation_that_is_not_served_is_refused(table: Table, operation: Any, reason: str) -> None:
    with pytest.raises(FieldError, match=reason):
        asyncio.run(table.run(operation))
