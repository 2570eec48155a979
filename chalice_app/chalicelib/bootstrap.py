"""The composition root: every part is built here, on first use, once per process.

A function pays only for what it uses: `resolve` never builds the searcher, so it loads neither lancedb nor
pyarrow. No function connects to anything before its first event; on Lambda it is made ready for it.
"""

import os
from dataclasses import replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from chalicelib import starting
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from types import ModuleType

    from aws_lambda_powertools.event_handler import AppSyncResolver
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

    from chalicelib.answering.desk import Desk
    from chalicelib.answering.worker import AnswerWorker
    from chalicelib.documents.library import Library
    from chalicelib.documents.worker import DocumentWorker
    from chalicelib.models.embedding import Embedder
    from chalicelib.models.ocr import BedrockOcr
    from chalicelib.models.reranking import BedrockReranker
    from chalicelib.retrieval.index import PassageIndex
    from chalicelib.retrieval.search import Searcher
    from chalicelib.stores.answers import AnswerStore
    from chalicelib.stores.blobs import BlobStore
    from chalicelib.stores.documents import DocumentStore
    from chalicelib.stores.events import EventPublisher
    from chalicelib.stores.queues import Queue

QUICK = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})


class Services:
    """Everything the functions call, by name."""

    def __init__(self, settings: Settings, session: boto3.Session) -> None:
        self.settings = settings
        self._session = session

    @cached_property
    def resolver(self) -> "AppSyncResolver":
        from chalicelib.api.bridge import bridge

        return bridge(self)

    @cached_property
    def library(self) -> "Library":
        from chalicelib.documents.library import Library

        return Library(self, self.settings.limits, embedding_model=self.settings.embedding_model)

    @cached_property
    def desk(self) -> "Desk":
        from chalicelib.answering.desk import Desk

        return Desk(
            self.answers, self.answer_queue, self.events, self.settings.chat_model, self.settings.limits
        )

    @cached_property
    def searcher(self) -> "Searcher":
        from chalicelib.retrieval.search import Searcher

        return Searcher(self.index, self.embedder, self.settings.limits, reranker=self.reranker)

    @cached_property
    def answer_worker(self) -> "AnswerWorker":
        from chalicelib.answering.understanding import REPLY_TOKENS, SECONDS
        from chalicelib.answering.worker import AnswerWorker
        from chalicelib.models.chat import BedrockChat
        from chalicelib.models.retrying import Backoff

        chat = BedrockChat(self.bedrock, self.settings.chat_model)
        once = Backoff(attempts=1)
        quick = replace(chat, max_tokens=REPLY_TOKENS, total_seconds=SECONDS, backoff=once)
        return AnswerWorker(self.answers, self.searcher, chat, quick, self.events, self.answer_queue)

    @cached_property
    def document_worker(self) -> "DocumentWorker":
        from chalicelib.documents.worker import DocumentWorker

        limits = self.settings.limits
        return DocumentWorker(
            self.documents, self.blobs, self.index, self.embedder, self.events, self.ingest_queue, limits,
            ocr=self.ocr,
        )  # fmt: skip

    @cached_property
    def index(self) -> "PassageIndex":
        from chalicelib.retrieval.index import PassageIndex, storage_options

        settings = self.settings
        return PassageIndex(settings.index_uri, settings.embedding_dimensions, storage_options(os.environ))

    @cached_property
    def lance(self) -> "ModuleType":
        from chalicelib.retrieval.index import lance

        return lance()

    @cached_property
    def embedder(self) -> "Embedder":
        from chalicelib.models.embedding import bedrock_embedder

        settings = self.settings
        return bedrock_embedder(self.bedrock, settings.embedding_model, settings.embedding_dimensions)

    @cached_property
    def reranker(self) -> "BedrockReranker | None":
        if not self.settings.rerank_model:
            return None
        from chalicelib.models.reranking import BedrockReranker

        return BedrockReranker(self.bedrock, self.settings.rerank_model)

    @cached_property
    def ocr(self) -> "BedrockOcr | None":
        if not self.settings.ocr_model:
            return None
        from chalicelib.models.bedrock import connect
        from chalicelib.models.ocr import SECONDS, BedrockOcr

        return BedrockOcr(connect(self._session, SECONDS), self.settings.ocr_model)

    @cached_property
    def bedrock(self) -> "BedrockRuntimeClient":
        from chalicelib.models.bedrock import connect

        return connect(self._session)

    @cached_property
    def documents(self) -> "DocumentStore":
        from chalicelib.stores.documents import DocumentStore

        table = self._session.resource("dynamodb", config=QUICK).Table(self.settings.documents_table)
        return DocumentStore(table)

    @cached_property
    def answers(self) -> "AnswerStore":
        from chalicelib.stores.answers import AnswerStore

        client = self._session.client("dynamodb", config=QUICK)
        return AnswerStore(self.settings.answers_table, self.settings.conversations_table, client)

    @cached_property
    def blobs(self) -> "BlobStore":
        from chalicelib.stores.blobs import BlobStore

        # Virtual: otherwise forms are for S3's global endpoint, whose redirects browsers do not follow
        # (https://github.com/boto/boto3/issues/421).
        s3v4 = Config(signature_version="s3v4", read_timeout=60, s3={"addressing_style": "virtual"})
        config = QUICK.merge(s3v4)
        return BlobStore(self._session.client("s3", config=config), self.settings.bucket)

    @cached_property
    def events(self) -> "EventPublisher":
        from chalicelib.stores.events import EventPublisher

        credentials = self._session.get_credentials()
        if credentials is None:
            raise LookupError("there are no AWS credentials to sign events with")
        return EventPublisher(self.settings.graphql_url, credentials, self._session.region_name)

    @cached_property
    def ingest_queue(self) -> "Queue":
        return self._queue(self.settings.ingest_queue_url)

    @cached_property
    def answer_queue(self) -> "Queue":
        return self._queue(self.settings.answer_queue_url)

    def _queue(self, url: str) -> "Queue":
        from chalicelib.stores.queues import Queue

        return Queue(self._session.client("sqs", config=QUICK), url)


def prepare(function: str) -> None:
    """Builds what a function named `…-search` and so on needs, without connecting; nothing for other names.

    To be called while Lambda starts an environment: until the first event it has a whole processor whatever
    its memory (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html), and SnapStart
    keeps what is loaded by then.
    """
    for part in starting.parts(function):
        getattr(services(), part)
    starting.end()


@cache
def services() -> Services:
    """This process's services, as its environment says. Raises KeyError naming a variable that is missing."""
    return Services(Settings.from_environ(os.environ), boto3.Session())
