"""What one document, one search and one message on a channel use."""

import math

from appsync.costs import facts
from appsync.costs.deployment import Deployment
from appsync.costs.prices import INPUT, OUTPUT
from appsync.costs.running import field, queued, run, searched
from appsync.costs.uses import Use, Uses
from appsync.costs.workload import Workload


def document(stage: Deployment, work: Workload) -> Uses:
    """What uploading a document and making it searchable uses; keeping it is part of a month."""
    yield Use(
        "appsync.operation", 2 + facts.DOCUMENT_STEPS, "createUpload, the list, and its states' publishes"
    )
    yield Use("appsync.update", facts.DOCUMENT_STEPS, "its states, delivered to the owner's page")
    yield Use("xray.trace", 2 + facts.DOCUMENT_STEPS + 1, "its requests and its ingestion, if all are traced")
    yield Use("dynamodb.write", 1 + facts.DOCUMENT_STEPS, "its row and each state of it")
    yield Use("dynamodb.write", facts.OPENINGS, "the index of open documents")
    yield Use("dynamodb.read", 2, "its row, read again")
    yield from queued(1, "S3's notification")
    yield from field(stage, 2)
    seconds = facts.INGEST_SECONDS + passages(work) * facts.PASSAGE_SECONDS
    yield from run(stage, "ingest", seconds, "extraction, embedding, index")
    yield from _indexed()
    yield Use(INPUT + stage.embedding_model, work.document_chars / facts.CHARS_PER_TOKEN, "its vectors")
    yield from _seen(stage, work)


def passages(work: Workload) -> int:
    return max(1, math.ceil(work.document_chars / work.passage_chars))


def stored_bytes(stage: Deployment, work: Workload) -> float:
    """Of one document in the bucket: its file, its text, and its passages with their vectors."""
    vectors = passages(work) * stage.dimensions * 4
    return work.document_bytes + work.document_chars * (1 + facts.PASSAGE_BYTES) + vectors


def _indexed() -> Uses:
    """The requests to S3 of a document that comes by itself."""
    indexing = facts.INGEST_LISTS + facts.INGEST_WRITES
    tidying = (facts.TIDYING_LISTS + facts.TIDYING_WRITES) / facts.TIDYING_EVERY
    yield Use("s3.write", 3 + indexing + tidying, "file, text, look-ups, the index's commit and compaction")
    reading = facts.INGEST_READS + facts.TIDYING_READS / facts.TIDYING_EVERY
    yield Use("s3.read", 1 + reading, "the file, and the index")


def _seen(stage: Deployment, work: Workload) -> Uses:
    """Pages that a model reads, where the stage has one for images."""
    if stage.ocr_model and work.scans:
        yield Use(INPUT + stage.ocr_model, work.scans * facts.SCAN_TOKENS, "scanned pages")
        yield Use(OUTPUT + stage.ocr_model, work.scans * facts.SCAN_WRITTEN, "the text of scanned pages")


def search(stage: Deployment, work: Workload) -> Uses:
    """One call of `search`."""
    yield Use("appsync.operation", 1, "search")
    yield Use("xray.trace", 1, "searches, if all are traced")
    yield from run(stage, "search", facts.SEARCH_SECONDS, "both searches, fused")
    yield from searched(stage, 1, "a search")
    yield Use(
        INPUT + stage.embedding_model, work.question_chars / facts.CHARS_PER_TOKEN, "the query's vector"
    )


def message() -> Uses:
    """One message on a channel of the Events API, with one subscriber: published, handled, delivered."""
    yield Use("events.operation", 3, "publish, handler, delivery")
