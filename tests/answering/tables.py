"""The two tables as docs/architecture.md lays them out, in MiniStack, and a clock that tests turn by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
from chalicelib.records import Answer, AnswerStatus
from chalicelib.stores.answers import AnswerStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import GlobalSecondaryIndexTypeDef, KeySchemaElementTypeDef

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Instants and seconds that pass only when a test, or a sleeping component, says so."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return (self.moment - NOON).total_seconds()

    def pass_by(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def keys(partition: str, sort: str | None = None) -> "list[KeySchemaElementTypeDef]":
    schema: list[KeySchemaElementTypeDef] = [{"AttributeName": partition, "KeyType": "HASH"}]
    return [*schema, {"AttributeName": sort, "KeyType": "RANGE"}] if sort else schema


def keys_only(name: str, key: str) -> "GlobalSecondaryIndexTypeDef":
    """An index that has nothing of a row but its keys."""
    return {"IndexName": name, "KeySchema": keys(key), "Projection": {"ProjectionType": "KEYS_ONLY"}}


@contextmanager
def answer_store(aws: boto3.Session, clock: Clock) -> Iterator[AnswerStore]:
    """A store over two new tables."""
    client = aws.client("dynamodb")
    answers, conversations = f"answers-{uuid4().hex}", f"conversations-{uuid4().hex}"
    create_answers(client, answers)
    create_conversations(client, conversations)
    yield AnswerStore(answers, conversations, client, now=clock.now, sleep=clock.pass_by)
    client.close()


def create_answers(client: "DynamoDBClient", name: str) -> None:
    strings = ("owner", "id", "createdAt", "conversationKey", "openSince")
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=keys("owner", "id"),
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in strings],
        LocalSecondaryIndexes=[
            {
                "IndexName": "byCreated",
                "KeySchema": keys("owner", "createdAt"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "byConversation",
                "KeySchema": keys("conversationKey", "createdAt"),
                "Projection": {"ProjectionType": "ALL"},
            },
            keys_only("byId", "id"),
            keys_only("byOpen", "openSince"),
        ],
    )


def create_conversations(client: "DynamoDBClient", name: str) -> None:
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=keys("owner", "id"),
        AttributeDefinitions=[
            {"AttributeName": each, "AttributeType": "S"} for each in ("owner", "id", "updatedAt")
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "byUpdated",
                "KeySchema": keys("owner", "updatedAt"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def an_answer(answer_id: str = "a1", at: datetime = NOON, conversation_id: str = "c1") -> Answer:
    """One that ana has just asked."""
    return Answer(
        answer_id, "ana", conversation_id, "How tall is it?", AnswerStatus.QUEUED, at, at, model="m"
    )
