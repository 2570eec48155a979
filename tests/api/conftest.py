"""The product's own composition over a stack on MiniStack, and AppSync's events to ask it with."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from chalicelib.bootstrap import Services
from chalicelib.settings import Settings

from tests.conftest import ROOT
from tests.deployment import deploy

type Event = dict[str, Any]


class Context:
    """As much of Lambda's context as the functions look at."""

    aws_request_id = "6f1d0c9e"
    function_name = "riffle-api-resolve"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:riffle-api-resolve"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def recorded(name: str) -> Event:
    event: Event = json.loads((ROOT / "tests/events" / f"{name}.json").read_text())
    return event


def asking(field: str, owner: str | None, selected: str = "", **arguments: object) -> Event:
    """The event of `Type.field`, asked by a signed-in person, or with an API key when there is no owner."""
    event = recorded("document" if owner else "about")
    event["arguments"] = arguments
    event["info"]["parentTypeName"], event["info"]["fieldName"] = field.split(".")
    event["info"]["selectionSetList"] = selected.split()
    event["info"]["selectionSetGraphQL"] = f"{{ {selected} }}" if selected else ""
    if owner:
        event["identity"]["sub"] = event["identity"]["claims"]["sub"] = owner
    return event


@pytest.fixture(scope="session")
def settings(aws: boto3.Session) -> Settings:
    stack = deploy(aws, "api", "absent")
    return Settings(
        stage="api",
        bucket=stack["BucketName"],
        documents_table=stack["DocumentsTableName"],
        answers_table=stack["AnswersTableName"],
        conversations_table=stack["ConversationsTableName"],
        ingest_queue_url=stack["IngestQueueUrl"],
        answer_queue_url=stack["AnswerQueueUrl"],
        graphql_url="http://127.0.0.1:9/graphql",
        chat_model="local.writer-v1",
        embedding_model="local.embedder-v1",
        embedding_dimensions=3,
    )


@pytest.fixture(scope="session")
def services(aws: boto3.Session, settings: Settings) -> Iterator[Services]:
    made = Services(settings, aws)
    yield made
    made.events.close()


@pytest.fixture
def owner() -> str:
    """A person nobody has met before."""
    return f"sub-{secrets.token_hex(8)}"
