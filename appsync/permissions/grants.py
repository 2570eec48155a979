"""The table: what each function's code calls, on what. `python -m appsync.permissions` makes roles of it.

tests/permissions hold it against the code: what the call graph reaches, and what the functions were seen to
ask of AWS in the local cloud. Nothing that they need is missing, and nothing is here that was not seen,
unless its row says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from appsync.permissions import resources as on
from appsync.permissions.resources import Resource


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions on resources. `unseen` is why no flow shows them; it stands in the template, as `note` does."""

    actions: tuple[str, ...]
    resources: tuple[Resource, ...]
    condition: str = ""
    note: str = ""
    unseen: str = ""


def of(service: str, operations: str, *resources: Resource, note: str = "", unseen: str = "") -> Grant:
    """`operations` of one service, separated by spaces."""
    return Grant(
        tuple(f"{service}:{name}" for name in operations.split()), resources, note=note, unseen=unseen
    )


def listing(*prefixes: str) -> Grant:
    """Of a bucket's keys under prefixes; and, without any, to be told that an object is not there.

    S3 asks for ListBucket then too, and answers 403 for 404 to whoever lacks it
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
    """
    patterns = ", ".join(f'"{prefix}/*"' for prefix in prefixes)
    return Grant(
        ("s3:ListBucket",),
        (on.BUCKET,),
        condition=f'{{ StringLikeIfExists: {{ "s3:prefix": [{patterns}] }} }}',
        note="IfExists: without it an object that is missing is reported as forbidden",
    )


def receiving(queue: Resource) -> Grant:
    """What the event source mapping does in the function's name.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    operations = "ReceiveMessage DeleteMessage GetQueueAttributes"
    return of("sqs", operations, queue, unseen="Lambda itself calls these, for the event source mapping")


def logging(name: str) -> Grant:
    return of("logs", "CreateLogStream PutLogEvents", on.function_log(name), unseen="Lambda writes the log")


TRACING = of("xray", "PutTraceSegments PutTelemetryRecords", on.TRACES, unseen="Lambda sends the traces")

EMBEDDING = of("bedrock", "InvokeModel", on.model("EmbeddingModel"))
RERANKING = of("bedrock", "InvokeModel", on.RERANKER, unseen="only where a reranking model is deployed")
OCR = of(
    "bedrock", "InvokeModel", on.model("OcrModel"), unseen="only where a model that reads images is deployed"
)
READING_INDEX = (
    of("s3", "GetObject", on.INDEX),
    of("s3", "PutObject", on.INDEX, unseen="whoever opens the index first makes it"),
    listing("index"),
)
WRITING_INDEX = (
    of("s3", "GetObject PutObject", on.INDEX),
    of("s3", "DeleteObject", on.INDEX, unseen="LanceDB deletes versions that are an hour old, or a week"),
    of("s3", "AbortMultipartUpload", on.INDEX, unseen="only after a part of a large file failed"),
)
"""Seen in full, parts of large files included, in tests/permissions/test_index.py."""

FUNCTIONS: Mapping[str, tuple[Grant, ...]] = {
    "resolve": (
        of("dynamodb", "GetItem PutItem UpdateItem Query", on.DOCUMENTS),
        of("dynamodb", "GetItem PutItem UpdateItem", on.ANSWERS),
        of("dynamodb", "Query", on.ANSWERS_BY_CREATED, on.ANSWERS_BY_CONVERSATION),
        of("dynamodb", "UpdateItem", on.CONVERSATIONS),
        of("dynamodb", "Query", on.CONVERSATIONS_BY_UPDATED),
        of("s3", "PutObject", on.UPLOADS, note="pasted text; and uploads, whose forms this role signs"),
        of("s3", "GetObject", on.UPLOADS, note="a version that is restored is copied"),
        of("s3", "GetObject", on.TEXTS),
        listing("uploads", "texts"),
        of("sqs", "SendMessage", on.INGEST_QUEUE, on.ANSWER_QUEUE),
        of("appsync", "GraphQL", on.PUBLISH_ANSWER),
    ),
    "search": (*READING_INDEX, EMBEDDING, RERANKING),
    "ingest": (
        of("dynamodb", "GetItem PutItem UpdateItem", on.DOCUMENTS),
        of("s3", "GetObject DeleteObject", on.UPLOADS),
        of("s3", "GetObject PutObject DeleteObject", on.TEXTS, note="read again where the file is the same"),
        *WRITING_INDEX,
        listing("uploads", "texts", "index"),
        EMBEDDING,
        OCR,
        receiving(on.INGEST_QUEUE),
        of("sqs", "ChangeMessageVisibility", on.INGEST_QUEUE),
        of("sqs", "SendMessage", on.INGEST_QUEUE, unseen="only while the embedding model asks to slow down"),
        of("appsync", "GraphQL", on.PUBLISH_DOCUMENT),
    ),
    "answer": (
        of("dynamodb", "GetItem UpdateItem", on.ANSWERS),
        of("dynamodb", "Query", on.ANSWERS_BY_CONVERSATION),
        *READING_INDEX,
        EMBEDDING,
        RERANKING,
        of("bedrock", "InvokeModelWithResponseStream", on.model("ChatModel")),
        receiving(on.ANSWER_QUEUE),
        of("sqs", "ChangeMessageVisibility", on.ANSWER_QUEUE),
        of("sqs", "SendMessage", on.ANSWER_QUEUE),
        of("appsync", "GraphQL", on.PUBLISH_ANSWER),
    ),
    "maintain": (
        of("dynamodb", "GetItem PutItem UpdateItem Scan", on.DOCUMENTS),
        of("dynamodb", "GetItem UpdateItem", on.ANSWERS),
        of("dynamodb", "Scan", on.OPEN_DOCUMENTS, on.OPEN_ANSWERS),
        of("s3", "DeleteObject", on.UPLOADS, on.TEXTS),
        of(
            "s3",
            "GetObject PutObject",
            on.UPLOADS,
            unseen="only where the index lost what an older version had",
        ),
        *WRITING_INDEX,
        listing("uploads", "texts", "index"),
        of("sqs", "SendMessage", on.INGEST_QUEUE, on.ANSWER_QUEUE),
        of("appsync", "GraphQL", on.PUBLISH_DOCUMENT, on.PUBLISH_ANSWER),
    ),
}
