"""DynamoDB's batches and transactions as AppSync's handlers put them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from localcloud.appsync.datasources.attributes import plain_row, typed_row
from localcloud.appsync.datasources.expressions import expression, merged, projection
from localcloud.appsync.datasources.source import unsupported
from localcloud.appsync.errors import Json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def batch_get(client: "DynamoDBClient", _: str, operation: Json) -> Json:
    """Rows in the order of their keys, null for a row that is not there."""
    asked: dict[str, Json] = {
        name: {
            "Keys": [typed_row(key) for key in each["keys"]],
            "ConsistentRead": bool(each.get("consistentRead")),
            **projection(each),
        }
        for name, each in operation["tables"].items()
    }
    found = client.batch_get_item(RequestItems=asked)
    left: Json = found.get("UnprocessedKeys", {})
    return {
        "data": {
            name: in_order(found["Responses"].get(name, []), each["Keys"]) for name, each in asked.items()
        },
        "unprocessedKeys": {
            name: [plain_row(key) for key in left.get(name, {}).get("Keys", ())] for name in asked
        },
    }


def in_order(rows: list[Json], keys: list[Json]) -> list[Json]:
    def row_of(key: Json) -> Json:
        return next((plain_row(row) for row in rows if key.items() <= row.items()), None)

    return [row_of(key) for key in keys]


def batch_put(client: "DynamoDBClient", _: str, operation: Json) -> Json:
    rows = {name: [typed_row(row) for row in each] for name, each in operation["tables"].items()}
    left = write_batch(
        client, {name: [{"PutRequest": {"Item": row}} for row in each] for name, each in rows.items()}
    )
    unprocessed = {
        name: [plain_row(each["PutRequest"]["Item"]) for each in left.get(name, ())] for name in rows
    }
    return {"data": plain_tables(rows), "unprocessedItems": unprocessed}


def batch_delete(client: "DynamoDBClient", _: str, operation: Json) -> Json:
    keys = {name: [typed_row(key) for key in each] for name, each in operation["tables"].items()}
    left = write_batch(
        client, {name: [{"DeleteRequest": {"Key": key}} for key in each] for name, each in keys.items()}
    )
    unprocessed = {
        name: [plain_row(each["DeleteRequest"]["Key"]) for each in left.get(name, ())] for name in keys
    }
    return {"data": plain_tables(keys), "unprocessedKeys": unprocessed}


def write_batch(client: "DynamoDBClient", requests: Json) -> Json:
    return client.batch_write_item(RequestItems=requests).get("UnprocessedItems", {})


def plain_tables(rows: Mapping[str, list[Json]]) -> Json:
    return {name: [plain_row(row) for row in each] for name, each in rows.items()}


def transact_get(client: "DynamoDBClient", _: str, operation: Json) -> Json:
    items: list[Json] = [
        {"Get": {"TableName": each["table"], "Key": typed_row(each["key"]), **projection(each)}}
        for each in operation["transactItems"]
    ]
    found = client.transact_get_items(TransactItems=items)["Responses"]
    rows = [plain_row(each["Item"]) if each.get("Item") else None for each in found]
    return {"items": rows, "cancellationReasons": None}


def transact_write(client: "DynamoDBClient", _: str, operation: Json) -> Json:
    items = operation["transactItems"]
    client.transact_write_items(TransactItems=[write(each) for each in items])
    return {"keys": [plain_row(typed_row(each["key"])) for each in items], "cancellationReasons": None}


def write(item: Json) -> Json:
    kind = item["operation"]
    key = typed_row(item["key"])
    target: dict[str, Json] = {"TableName": item["table"], **checked(item.get("condition"))}
    match kind:
        case "PutItem":
            return {"Put": {**target, "Item": {**key, **typed_row(item.get("attributeValues", {}))}}}
        case "UpdateItem":
            return {"Update": {"Key": key, **merged(target, expression("Update", item["update"]))}}
        case "DeleteItem":
            return {"Delete": {**target, "Key": key}}
        case "ConditionCheck":
            return {"ConditionCheck": {**target, "Key": key}}
    raise unsupported(item)


def checked(condition: Json) -> dict[str, Json]:
    """The current row comes with the reason of a failure unless the request says no."""
    if not condition:
        return {}
    wanted = condition.get("returnValuesOnConditionCheckFailure", True)
    returned = "ALL_OLD" if wanted else "NONE"
    return {**expression("Condition", condition), "ReturnValuesOnConditionCheckFailure": returned}


def cancelled(error: ClientError, operation: Json) -> Json:
    """What a handler sees as the result of a transaction that was cancelled."""
    reasons = error.response.get("CancellationReasons")
    if reasons is None:
        return None
    rows = "keys" if operation["operation"] == "TransactWriteItems" else "items"
    return {rows: None, "cancellationReasons": [reason(each) for each in reasons]}


def reason(given: Json) -> Json:
    item = plain_row(given["Item"]) if given.get("Item") else None
    return {"type": given.get("Code", "None"), "message": given.get("Message") or "None", "item": item}
