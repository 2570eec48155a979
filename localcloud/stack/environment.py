"""What the functions find in their environment, from the stack's outputs; `settings.py` reads it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localcloud.stack.deploying import Cloud

_FROM_OUTPUTS = {
    "RIFFLE_BUCKET": "BucketName",
    "RIFFLE_DOCUMENTS_TABLE": "DocumentsTableName",
    "RIFFLE_ANSWERS_TABLE": "AnswersTableName",
    "RIFFLE_CONVERSATIONS_TABLE": "ConversationsTableName",
    "RIFFLE_INGEST_QUEUE_URL": "IngestQueueUrl",
    "RIFFLE_ANSWER_QUEUE_URL": "AnswerQueueUrl",
    "RIFFLE_CHAT_MODEL": "ChatModelId",
    "RIFFLE_EMBEDDING_MODEL": "EmbeddingModelId",
    "RIFFLE_EMBEDDING_DIMENSIONS": "EmbeddingDimensionsValue",
}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the functions find AWS on this machine."""

    graphql: str
    models: str


def environment(stage: str, cloud: Cloud, endpoints: Endpoints, outputs: Mapping[str, str]) -> dict[str, str]:
    """The variables of every function. Raises KeyError naming an output that the stack does not have."""
    return {
        "RIFFLE_STAGE": stage,
        "RIFFLE_GRAPHQL_URL": endpoints.graphql,
        **{name: outputs[output] for name, output in _FROM_OUTPUTS.items()},
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": endpoints.models,
        **cloud.variables(),
    }


def write_private(path: Path, value: object) -> None:
    """Writes JSON that only this user may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(value, file, indent=1)
    draft.replace(path)
