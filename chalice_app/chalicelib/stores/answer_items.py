"""The DynamoDB calls behind answers: one conditional update, one page of an index, one page of open answers.

Written against the low-level client, because beginning an answer is a transaction, which tables do not offer.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.errors import Throttled
from chalicelib.stores.answer_rows import Row, decode, encode, page_token, read_token
from chalicelib.stores.failures import aws_failures

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OPEN_KEYS = 500


class Refused(Exception):
    """A write's condition did not hold."""


class Contended(Exception):
    """Another transaction was changing the same item at that moment."""


@dataclass(frozen=True, slots=True)
class Change:
    """Attributes to set on one item while `condition` holds; `expected` are the condition's own values."""

    values: Row
    condition: str
    expected: Row = field(default_factory=dict)
    counted: bool = False
    """Whether `attempt` goes up by one in the same write."""
    closed: bool = False
    """Whether the answer leaves the index of open ones."""

    @property
    def expression(self) -> str:
        counting = ", attempt = attempt + :one" if self.counted else ""
        closing = " REMOVE openSince" if self.closed else ""
        return "SET " + ", ".join(f"#{name} = :{name}_" for name in self.values) + counting + closing

    @property
    def names(self) -> dict[str, str]:
        return {"#status": "status"} | {f"#{name}": name for name in self.values}

    @property
    def placeholders(self) -> Row:
        one = {":one": 1} if self.counted else {}
        return self.expected | one | {f":{name}_": value for name, value in self.values.items()}


@dataclass(frozen=True, slots=True)
class Index:
    """One index of a table: its partition key, its sort key, and the order it is listed in."""

    table: str
    name: str
    key: str
    sort: str
    ascending: bool = False


def update(client: "DynamoDBClient", table: str, key: Row, change: Change) -> Row:
    """Applies the change and returns the whole new row. Raises Refused."""
    with calling(f"answer '{key['id']}'"):
        changed = client.update_item(
            TableName=table,
            Key=encode(key),
            UpdateExpression=change.expression,
            ConditionExpression=change.condition,
            ExpressionAttributeNames=change.names,
            ExpressionAttributeValues=encode(change.placeholders),
            ReturnValues="ALL_NEW",
        )
    return decode(changed["Attributes"])


def page(
    client: "DynamoDBClient", index: Index, key: Row, limit: int, token: str | None
) -> tuple[list[Row], str | None]:
    """Rows of one key of an index; `key` has the owner besides, which a token never carries."""
    start: dict[str, Any] = {}  # boto3's keyword, left out on the first page
    if token is not None:
        start = {"ExclusiveStartKey": encode({**key, **read_token(token, index.sort)})}
    with calling(f"index '{index.name}'"):
        found = client.query(
            TableName=index.table,
            IndexName=index.name,
            KeyConditionExpression="#key = :value",
            ExpressionAttributeNames={"#key": index.key},
            ExpressionAttributeValues=encode({":value": key[index.key]}),
            ScanIndexForward=index.ascending,
            Limit=limit,
            **start,
        )
    last = found.get("LastEvaluatedKey")
    return [decode(item) for item in found["Items"]], page_token(last, index.sort) if last else None


def open_keys(
    client: "DynamoDBClient", table: str, since: str, start: Row | None
) -> tuple[Sequence[Row], Row | None]:
    """One page of the keys of answers open since that time or longer; and where to go on, None at the end.

    The index has open answers only, so all of it is read: what has ended costs nothing.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html
    """
    place: dict[str, Any] = {"ExclusiveStartKey": encode(start)} if start else {}  # as in `page`
    with calling("the index of open answers"):
        found = client.scan(
            TableName=table,
            IndexName="byOpen",
            FilterExpression="openSince <= :since",
            ExpressionAttributeValues=encode({":since": since}),
            Limit=OPEN_KEYS,
            **place,
        )
    last = found.get("LastEvaluatedKey")
    return [decode(item) for item in found["Items"]], decode(last) if last else None


@contextmanager
def calling(subject: str) -> Iterator[None]:
    """Tells refused conditions and contention apart from failures, which `aws_failures` translates."""
    try:
        with aws_failures(subject):
            yield
    except ClientError as error:
        codes = _codes(error)
        if codes & {"ConditionalCheckFailedException", "ConditionalCheckFailed"}:
            raise Refused from error
        if codes & {"TransactionConflict", "TransactionConflictException", "TransactionInProgressException"}:
            raise Contended from error
        if codes & {"ThrottlingError", "ProvisionedThroughputExceeded"}:
            raise Throttled(f"{subject}: the service asked to slow down") from error
        raise


def _codes(error: ClientError) -> set[str]:
    """The error's own code and, of a cancelled transaction, each reason's."""
    reasons = error.response.get("CancellationReasons", [])
    return {str(each.get("Code")) for each in [error.response["Error"], *reasons]}
