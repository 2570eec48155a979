"""What resolvers ask: nothing, a Lambda function, a DynamoDB table. boto3 blocks, so it runs in threads."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from boto3.dynamodb.types import Binary, TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError

from localcloud.appsync.errors import FieldError, Json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient

RESULT_BYTES = 5_000_000
THREADS = ThreadPoolExecutor(64, thread_name_prefix="appsync-data")


class DataSource(Protocol):
    """`operation` is what a request handler returned. Raises FieldError when the source fails."""

    async def run(self, operation: Json) -> Json: ...

    async def direct(self, event: Json) -> Json:
        """Answers a resolver that has no code."""
        ...


async def in_thread[T](work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(THREADS, work)


class Nothing:
    """The NONE data source: the request's payload is the result."""

    async def run(self, operation: Json) -> Json:
        return operation.get("payload") if isinstance(operation, Mapping) else None

    async def direct(self, event: Json) -> Json:  # noqa: ARG002  (a NONE source has nobody to ask)
        return None


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function, by name or ARN."""

    name: str
    client: "LambdaClient"

    async def run(self, operation: Json) -> Json:
        if not isinstance(operation, Mapping) or operation.get("operation") != "Invoke":
            raise unsupported(operation)
        if operation.get("invocationType") == "Event":
            return await in_thread(lambda: self._queue(operation.get("payload")))
        return await self.direct(operation.get("payload"))

    async def direct(self, event: Json) -> Json:
        return await in_thread(lambda: self._invoke(event))

    def _queue(self, payload: Json) -> Json:
        with lambda_errors():
            self.client.invoke(FunctionName=self.name, InvocationType="Event", Payload=json.dumps(payload))
        return None

    def _invoke(self, payload: Json) -> Json:
        with lambda_errors():
            answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(payload))
            text = answer["Payload"].read(RESULT_BYTES + 1)
        if len(text) > RESULT_BYTES:
            raise FieldError(f"The function's result is over {RESULT_BYTES} bytes.", "Lambda:ResultTooLarge")
        result = json.loads(text) if text else None
        if answer.get("FunctionError"):
            raise function_error(result)
        return result


def function_error(result: Json) -> FieldError:
    """AWS's pages disagree on the type; what clients have seen is `Lambda:Unhandled`."""
    details = result if isinstance(result, Mapping) else {}
    if details.get("errorType") == "UnauthorizedException":
        return FieldError("You are not authorized to make this call.", "UnauthorizedException")
    return FieldError(details.get("errorMessage") or "The function failed.", "Lambda:Unhandled")


@contextmanager
def lambda_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise FieldError(
            error.response["Error"]["Message"], f"Lambda:{error.response['Error']['Code']}"
        ) from error
    except BotoCoreError as error:
        raise FieldError(str(error), "Lambda:Unreachable") from error


@dataclass(frozen=True, slots=True)
class Table:
    """A DynamoDB table: GetItem, PutItem, DeleteItem and Query as request handlers put them."""

    name: str
    client: "DynamoDBClient"

    async def run(self, operation: Json) -> Json:
        kind = operation.get("operation") if isinstance(operation, Mapping) else None
        work = OPERATIONS.get(kind or "")
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
            raise FieldError(error.response["Error"]["Message"], f"DynamoDB:{code}") from error
        except BotoCoreError as error:
            raise FieldError(str(error), "DynamoDB:Unreachable") from error


type Work = Callable[["DynamoDBClient", str, Json], Json]


def get_item(client: "DynamoDBClient", table: str, operation: Json) -> Json:
    found = client.get_item(
        TableName=table, Key=operation["key"], ConsistentRead=bool(operation.get("consistentRead"))
    )
    return plain_row(found["Item"]) if "Item" in found else None


def put_item(client: "DynamoDBClient", table: str, operation: Json) -> Json:
    row = {**operation["key"], **operation.get("attributeValues", {})}
    client.put_item(TableName=table, Item=row, **expression("Condition", operation.get("condition")))
    return plain_row(row)


def delete_item(client: "DynamoDBClient", table: str, operation: Json) -> Json:
    condition = expression("Condition", operation.get("condition"))
    gone = client.delete_item(TableName=table, Key=operation["key"], ReturnValues="ALL_OLD", **condition)
    return plain_row(gone["Attributes"]) if "Attributes" in gone else None


def query(client: "DynamoDBClient", table: str, operation: Json) -> Json:
    """`nextToken` is DynamoDB's last key as JSON text."""
    asked = {
        "IndexName": operation.get("index"), "Limit": operation.get("limit"),
        "Select": operation.get("select"), "ConsistentRead": operation.get("consistentRead"),
        "ScanIndexForward": operation.get("scanIndexForward"),
        "ExclusiveStartKey": json.loads(operation["nextToken"]) if operation.get("nextToken") else None,
    }  # fmt: skip
    both = merged(
        expression("KeyCondition", operation["query"]), expression("Filter", operation.get("filter"))
    )
    found = client.query(
        TableName=table, **both, **{name: value for name, value in asked.items() if value is not None}
    )
    last = found.get("LastEvaluatedKey")
    return {
        "items": [plain_row(row) for row in found["Items"]],
        "nextToken": json.dumps(last) if last else None,
        "scannedCount": found["ScannedCount"],
    }


OPERATIONS: Mapping[str, Work] = {
    "GetItem": get_item,
    "PutItem": put_item,
    "DeleteItem": delete_item,
    "Query": query,
}


def expression(kind: str, given: Json) -> dict[str, Json]:
    """`{expression, expressionNames, expressionValues}` as boto3's parameters."""
    if not given:
        return {}
    parts = {
        f"{kind}Expression": given["expression"],
        "ExpressionAttributeNames": given.get("expressionNames"),
        "ExpressionAttributeValues": given.get("expressionValues"),
    }
    return {name: value for name, value in parts.items() if value}


def merged(one: dict[str, Json], other: dict[str, Json]) -> dict[str, Json]:
    """Names and values of two expressions share one map each."""
    both = {**one, **other}
    for name in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        if name in one and name in other:
            both[name] = {**one[name], **other[name]}
    return both


def plain_row(row: Mapping[str, Json]) -> Json:
    read = TypeDeserializer().deserialize
    return {name: plain(read(value)) for name, value in row.items()}


def plain(value: Json) -> Json:
    """DynamoDB's values as JSON has them: numbers without Decimal, sets as lists, binary as base64 text."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case Binary():
            return Binary.__str__(value)
        case dict():
            return {name: plain(each) for name, each in value.items()}
        case list() | set():
            return [plain(each) for each in value]
    return value


def unsupported(operation: Json) -> FieldError:
    kind = operation.get("operation") if isinstance(operation, Mapping) else operation
    return FieldError(f"Unsupported operation '{kind}'.", "MappingTemplate")
