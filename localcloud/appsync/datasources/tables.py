"""A DynamoDB table as a data source: every operation but `Sync`, with results in AppSync's shape.

https://docs.aws.amazon.com/appsync/latest/devguide/js-resolver-reference-dynamodb.html
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.appsync.datasources import batches
from localcloud.appsync.datasources.attributes import plain_row, typed_row
from localcloud.appsync.datasources.expressions import expression, merged, projection
from localcloud.appsync.datasources.source import in_thread, operation_of, unsupported
from localcloud.appsync.errors import FieldError, Json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONDITION_FAILED = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class Table:
    """A DynamoDB table, and others of its region where an operation names them."""

    name: str
    client: "DynamoDBClient"

    async def run(self, operation: Json) -> Json:
        work = OPERATIONS.get(operation_of(operation))
        if work is None:
            raise unsupported(operation)
        return await in_thread(lambda: self._run(work, operation))

    async def direct(self, event: Json) -> Json:  # noqa: ARG002  (there is no direct resolver for a table)
        raise FieldError("A DynamoDB resolver needs code.", "MappingTemplate")

    def _run(self, work: "Work", operation: Json) -> Json:
        try:
            return work(self.client, self.name, operation)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            message = error.response["Error"]["Message"]
            raise FieldError(message, f"DynamoDB:{code}", batches.cancelled(error, operation)) from error
        except BotoCoreError as error:
            raise FieldError(str(error), "DynamoDB:Unreachable") from error
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            kind = operation["operation"]
            raise FieldError(
                f"The request of {kind} is not complete: {error!r}.", "MappingTemplate"
            ) from error


type Work = Callable[["DynamoDBClient", str, Json], Json]


def get_item(client: "DynamoDBClient", table: str, operation: Json) -> Json:
    found = client.get_item(
        TableName=table,
        Key=typed_row(operation["key"]),
        ConsistentRead=bool(operation.get("consistentRead")),
        **projection(operation),
    )
    return plain_row(found["Item"]) if "Item" in found else None


def put_item(client: "DynamoDBClient", table: str, operation: Json) -> Json:
    """The row as put. One that is there already, but for `equalsIgnore`, counts as put: a retry succeeds."""
    row = typed_row({**operation["key"], **operation.get("attributeValues", {})})
    condition = operation.get("condition") or {}
    try:
        client.put_item(TableName=table, Item=row, **expression("Condition", condition))
    except ClientError as error:
        found = current(client, table, operation, error)
        if found is None or not same(found, plain_row(row), condition.get("equalsIgnore", ())):
            raise failed(error, found) from error
        return found
    return plain_row(row)


def update_item(client: "DynamoDBClient", table: str, operation: Json) -> Json:
    """The row as it is afterwards."""
    both = merged(
        expression("Update", operation["update"]), expression("Condition", operation.get("condition"))
    )
    try:
        done = client.update_item(
            TableName=table, Key=typed_row(operation["key"]), ReturnValues="ALL_NEW", **both
        )
    except ClientError as error:
        raise failed(error, current(client, table, operation, error)) from error
    return plain_row(done["Attributes"])


def delete_item(client: "DynamoDBClient", table: str, operation: Json) -> Json:
    """The row that was there. One that is gone already counts as deleted, whatever the condition."""
    condition = expression("Condition", operation.get("condition"))
    key = typed_row(operation["key"])
    try:
        gone = client.delete_item(TableName=table, Key=key, ReturnValues="ALL_OLD", **condition)
    except ClientError as error:
        found = current(client, table, operation, error)
        if found is None:
            return None
        raise failed(error, found) from error
    return plain_row(gone["Attributes"]) if "Attributes" in gone else None


def current(client: "DynamoDBClient", table: str, operation: Json, error: ClientError) -> Json:
    """The row that a condition was not true of. Raises the error when it is another one."""
    if error.response["Error"]["Code"] != CONDITION_FAILED:
        raise error
    consistent = (operation.get("condition") or {}).get("consistentRead", True)
    return get_item(client, table, {"key": operation["key"], "consistentRead": consistent})


def failed(error: ClientError, found: Json) -> FieldError:
    """Handlers see the row as it is as their result."""
    return FieldError(error.response["Error"]["Message"], f"DynamoDB:{CONDITION_FAILED}", found)


def same(one: Json, other: Json, ignored: Json) -> bool:
    names = {*one, *other} - set(ignored)
    return all(one.get(name) == other.get(name) for name in names)


def query(client: "DynamoDBClient", table: str, operation: Json) -> Json:
    asked = merged(expression("KeyCondition", operation["query"]), listing(operation))
    return page(client.query(TableName=table, **asked))


def scan(client: "DynamoDBClient", table: str, operation: Json) -> Json:
    return page(client.scan(TableName=table, **listing(operation)))


PARAMETERS = {
    "index": "IndexName", "limit": "Limit", "select": "Select", "consistentRead": "ConsistentRead",
    "scanIndexForward": "ScanIndexForward", "totalSegments": "TotalSegments", "segment": "Segment",
}  # fmt: skip


def listing(operation: Json) -> dict[str, Json]:
    """What `Query` and `Scan` have in common. `nextToken` is DynamoDB's last key as JSON text."""
    asked = {
        PARAMETERS[name]: value
        for name, value in operation.items()
        if name in PARAMETERS and value is not None
    }
    if operation.get("nextToken"):
        asked["ExclusiveStartKey"] = typed_row(json.loads(operation["nextToken"]))
    return merged(asked, expression("Filter", operation.get("filter")), projection(operation))


def page(found: Json) -> Json:
    last = found.get("LastEvaluatedKey")
    return {
        "items": [plain_row(row) for row in found["Items"]],
        "nextToken": json.dumps(last) if last else None,
        "scannedCount": found["ScannedCount"],
    }


OPERATIONS: Mapping[str, Work] = {
    "GetItem": get_item,
    "PutItem": put_item,
    "UpdateItem": update_item,
    "DeleteItem": delete_item,
    "Query": query,
    "Scan": scan,
    "BatchGetItem": batches.batch_get,
    "BatchPutItem": batches.batch_put,
    "BatchDeleteItem": batches.batch_delete,
    "TransactGetItems": batches.transact_get,
    "TransactWriteItems": batches.transact_write,
}
