"""The one table of what functions find in their environment: which variable is which output of the stack."""

from collections.abc import Mapping

from appsync.packaging import Json

STAGE = "RIFFLE_STAGE"
OUTPUTS: Mapping[str, str] = {
    "RIFFLE_BUCKET": "BucketName",
    "RIFFLE_DOCUMENTS_TABLE": "DocumentsTableName",
    "RIFFLE_ANSWERS_TABLE": "AnswersTableName",
    "RIFFLE_CONVERSATIONS_TABLE": "ConversationsTableName",
    "RIFFLE_INGEST_QUEUE_URL": "IngestQueueUrl",
    "RIFFLE_ANSWER_QUEUE_URL": "AnswerQueueUrl",
    "RIFFLE_GRAPHQL_URL": "PublishUrl",
    "RIFFLE_CHAT_MODEL": "ChatModelId",
    "RIFFLE_EMBEDDING_MODEL": "EmbeddingModelId",
    "RIFFLE_EMBEDDING_DIMENSIONS": "EmbeddingDimensionsValue",
    "RIFFLE_RERANK_MODEL": "RerankModelId",
    "RIFFLE_OCR_MODEL": "OcrModelId",
}


def values(stage: str, outputs: Mapping[str, str]) -> dict[str, str]:
    """The variables of a deployed stack. Raises KeyError naming an output that the stack does not have."""
    return {STAGE: stage, **{name: outputs[output] for name, output in OUTPUTS.items()}}


def expressions(template: Mapping[str, Json]) -> dict[str, Json]:
    """The variables as the template itself says them: each output's `Value`. Raises KeyError."""
    return {
        STAGE: {"Ref": "Stage"},
        **{name: expression(template, output) for name, output in OUTPUTS.items()},
    }


def expression(template: Mapping[str, Json], output: str) -> Json:
    """What the template says the output is, for use elsewhere in it. Raises KeyError."""
    match template:
        case {"Outputs": dict(outputs)}:
            match outputs[output]:
                case {"Value": value}:
                    return value
    raise KeyError(output)
