"""The typed client of a Riffle deployment, for asyncio."""

import asyncio
import json
import os
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from riffle import operations
from riffle.accounts import Accounts, SignUp
from riffle.decoding import Json, Value, decode
from riffle.deployment import Deployment, normal
from riffle.errors import NotFound, RiffleError, TimedOut, Unauthorized, error_of
from riffle.feeds import Feed, Realtime
from riffle.graphql import GraphQL
from riffle.identity import Identity
from riffle.records import (
    About,
    Answer,
    Conversation,
    Document,
    DocumentStatus,
    DocumentText,
    DocumentVersion,
    Message,
    SearchMode,
    SearchResult,
    Upload,
)
from riffle.sessions import Session, Sessions
from riffle.streams import AnswerStream
from riffle.uploads import check_size, opened, send

DEFAULT_URL = "http://localhost:8000"
POLL_SECONDS = 5.0
FEW = 10  # documents that are looked up one by one


class DocumentFailed(RiffleError):
    """A document could not be ingested; `document.error` says why."""

    type = "DocumentFailed"

    def __init__(self, document: Document) -> None:
        reason = document.error.message if document.error else f"its status is {document.status}"
        super().__init__(f"{document.name!r} was not ingested: {reason}")
        self.document = document


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents an answer or a search may use; without any, all of the person's.

    `names` are whole file names, `content_types` media types and `languages` BCP 47 tags of passages; the
    bounds are of when a document was registered, and know their time zone.
    """

    collection: str | None = None
    document_ids: Sequence[str] | None = None
    names: Sequence[str] | None = None
    content_types: Sequence[str] | None = None
    languages: Sequence[str] | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    def fields(self) -> Json:
        return given(
            collection=self.collection,
            documentIds=_listed(self.document_ids),
            names=_listed(self.names),
            contentTypes=_listed(self.content_types),
            languages=_listed(self.languages),
            createdAfter=_instant(self.created_after),
            createdBefore=_instant(self.created_before),
        )


def _listed(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)


def _instant(moment: datetime | None) -> str | None:
    """An AWSDateTime in UTC. A moment without a time zone is taken as this machine's."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


EVERYTHING = Scope()


class AsyncClient:
    """A deployment as one signed-in person sees it. An async context manager; see `connect`."""

    def __init__(self, deployment: Deployment, identity: Identity) -> None:
        self.deployment = deployment
        self._identity = identity
        self._graphql = GraphQL(deployment, identity)
        self._realtime = Realtime(deployment, identity)
        self._about: About | None = None

    # -- sessions

    @classmethod
    async def connect(
        cls,
        url: str = DEFAULT_URL,
        *,
        username: str | None = None,
        password: str | None = None,
        sessions: Sessions | None = None,
    ) -> Self:
        """Signs in, or takes up the session that `riffle login` stored when no password is given.

        Raises ConnectionFailed when nothing answers at `url`, Unauthorized when nobody is signed in.
        """
        store = sessions or Sessions()
        if username is not None and password is not None:
            return await cls._signed_in(await Deployment.discover(url), username, password)
        session = store.find(normal(url))
        if session is None or username not in {None, session.username}:
            raise Unauthorized(f"nobody is signed in at {normal(url)}; run: riffle login --url {normal(url)}")
        deployment = await Deployment.discover(url)
        return cls(deployment, Identity(Accounts(deployment), session, store))

    @classmethod
    async def _signed_in(cls, deployment: Deployment, username: str, password: str) -> Self:
        accounts = Accounts(deployment)
        tokens = await accounts.sign_in(username, password)
        return cls(deployment, Identity(accounts, Session(deployment.url, username, tokens)))

    @classmethod
    async def sign_up(cls, url: str, username: str, password: str) -> SignUp:
        """Registers an account; unless the result says `confirmed`, `confirm` must follow."""
        return await Accounts(await Deployment.discover(url)).sign_up(username, password)

    @classmethod
    async def confirm(cls, url: str, username: str, code: str) -> None:
        """Enters the code that was sent to a new account."""
        await Accounts(await Deployment.discover(url)).confirm(username, code)

    @property
    def username(self) -> str:
        return self._identity.username

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._realtime.aclose()
        await self._graphql.aclose()

    # -- documents

    async def about(self) -> About:
        """Which models this deployment uses, and its limits. Asked for once."""
        if self._about is None:
            self._about = decode(About, (await self._graphql.call(operations.ABOUT, {}))["about"])
        return self._about

    async def upload(
        self,
        content: str | os.PathLike[str] | bytes,
        *,
        name: str | None = None,
        collection: str | None = None,
        document_id: str | None = None,
        source: str | None = None,
    ) -> Document:
        """Uploads a file and returns its document, which is ingested from then on; see `wait_ready`.

        `document_id` makes it the next version of that document, `source` is the URI it was taken from.
        Raises TooLarge, UnsupportedType, InvalidInput.
        """
        with opened(content, name) as file:
            check_size(file, (await self.about()).max_upload_bytes)
            fields = given(
                contentType=file.content_type, collection=collection, documentId=document_id, source=source
            )
            variables = {"input": {"name": file.name, "bytes": file.bytes, **fields}}
            data = await self._graphql.call(operations.CREATE_UPLOAD, variables, repeatable=False)
            upload = decode(Upload, data["createUpload"])
            await send(upload, file)
        return upload.document

    async def add_text(
        self, name: str, text: str, *, collection: str | None = None, document_id: str | None = None
    ) -> Document:
        """Adds a text as a document without an upload."""
        variables = {
            "input": {"name": name, "text": text, **given(collection=collection, documentId=document_id)}
        }
        data = await self._graphql.call(operations.ADD_TEXT, variables, repeatable=False)
        return decode(Document, data["addText"])

    async def document(self, document_id: str) -> Document:
        """Raises NotFound."""
        data = await self._graphql.call(operations.DOCUMENT, {"id": document_id})
        return decode(Document, found(data["document"], f"there is no document {document_id!r}"))

    async def documents(self, collection: str | None = None) -> AsyncGenerator[Document]:
        """All documents, page by page as they are asked for."""
        async for item in self._pages(operations.DOCUMENTS, "documents", given(collection=collection)):
            yield decode(Document, item)

    async def document_text(
        self,
        document_id: str,
        *,
        version: int | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> DocumentText:
        """A window of what was extracted from a document. Raises NotFound."""
        variables = {"id": document_id, **given(version=version, start=start, end=end)}
        data = await self._graphql.call(operations.DOCUMENT_TEXT, variables)
        return decode(
            DocumentText, found(data["documentText"], f"there is no text of document {document_id!r}")
        )

    async def document_versions(self, document_id: str) -> tuple[DocumentVersion, ...]:
        """The versions of a document that can be read and restored, newest first. Raises NotFound."""
        data = await self._graphql.call(operations.DOCUMENT_VERSIONS, {"id": document_id})
        return tuple(decode(DocumentVersion, item) for item in data["documentVersions"])

    async def restore_document(self, document_id: str, version: int) -> Document:
        """Makes an earlier version the newest once more. Raises NotFound, Conflict."""
        variables = {"id": document_id, "version": version}
        data = await self._graphql.call(operations.RESTORE_DOCUMENT, variables, repeatable=False)
        return decode(Document, data["restoreDocument"])

    async def delete_document(self, document_id: str) -> Document:
        """Starts the deletion of a document. Raises NotFound."""
        return decode(
            Document,
            (await self._graphql.call(operations.DELETE_DOCUMENT, {"id": document_id}))["deleteDocument"],
        )

    async def retry_document(self, document_id: str) -> Document:
        """Queues a failed document again, or one of another embedding model. Raises NotFound, Conflict."""
        return decode(
            Document,
            (await self._graphql.call(operations.RETRY_DOCUMENT, {"id": document_id}))["retryDocument"],
        )

    async def wait_ready(self, document_id: str, *, timeout: float | None = None) -> Document:  # noqa: ASYNC109
        """Waits until a document can be searched.

        Raises DocumentFailed, NotFound, and TimedOut after `timeout` seconds.
        """
        try:
            async with asyncio.timeout(timeout), aclosing(self.watch([document_id])) as changes:
                async for document in changes:
                    if document.status is DocumentStatus.READY:
                        return document
                    if document.status.settled:
                        raise DocumentFailed(document)
        except TimeoutError as error:
            raise TimedOut(f"document {document_id!r} was not ready within {timeout} s") from error
        raise NotFound(f"there is no document {document_id!r}")

    async def watch(self, document_ids: Collection[str]) -> AsyncGenerator[Document]:
        """Every change of some documents until each is settled: READY, FAILED or DELETED."""
        if not (waiting := set(document_ids)):
            return
        subject = given(id=next(iter(waiting)) if len(waiting) == 1 else None)
        async with self._realtime.feed(operations.ON_DOCUMENT, subject) as feed:
            while waiting:
                for document in await self._changes(feed, waiting):
                    if document.status.settled:
                        waiting.discard(document.id)
                    yield document

    async def _changes(self, feed: Feed, waiting: set[str]) -> list[Document]:
        """What the next event tells; after a (re)connection or a silence, what the registry tells."""
        item = await feed.next(POLL_SECONDS)
        if isinstance(item, dict):
            document = decode(Document, item["onDocument"]) if item.get("onDocument") else None
            return [document] if document and document.id in waiting else []
        return await self._registered(waiting)

    async def _registered(self, names: set[str]) -> list[Document]:
        """Some documents as they are now: one by one, or by listing when they are many."""
        if len(names) <= FEW:
            return [await self.document(name) for name in sorted(names)]
        return [document async for document in self.documents() if document.id in names]

    # -- questions

    async def search(
        self,
        text: str,
        *,
        mode: SearchMode | None = None,
        limit: int | None = None,
        rerank: bool | None = None,
        scope: Scope = EVERYTHING,
    ) -> SearchResult:
        """The passages that fit a text best, best first, each with why it stands there."""
        choices = given(mode=mode, limit=limit, rerank=rerank)
        variables = {"input": {"text": text, **choices, **scope.fields()}}
        return decode(SearchResult, (await self._graphql.call(operations.SEARCH, variables))["search"])

    async def ask(
        self,
        question: str,
        *,
        conversation_id: str | None = None,
        scope: Scope = EVERYTHING,
        model: str | None = None,
        answer_id: str | None = None,
        rewrite: bool | None = None,
        split: bool | None = None,
    ) -> AnswerStream:
        """Asks a question; the stream brings its answer as it is written.

        Asking twice with one id is one answer. Unless told otherwise, a follow-up question is rewritten to
        stand by itself (`rewrite`), and one of several parts is searched part by part (`split`).
        """
        name = answer_id or str(uuid.uuid4())
        choices = given(conversationId=conversation_id, model=model, rewrite=rewrite, split=split)
        variables = {"input": {"id": name, "question": question, **choices, **scope.fields()}}
        return await self._streamed(name, operations.ASK, variables, "ask")

    async def follow(self, answer_id: str) -> AnswerStream:
        """The stream of an answer that was asked for before. Raises NotFound."""
        return await self._streamed(answer_id, operations.ANSWER, {"id": answer_id}, "answer")

    async def _streamed(self, name: str, operation: str, variables: Json, key: str) -> AnswerStream:
        """Subscribes first, so that not even the first event can be missed."""
        feed = await self._realtime.feed(operations.ON_ANSWER_EVENT, {"answerId": name}).__aenter__()
        try:
            await feed.next()
            data = await self._graphql.call(operation, variables)
            answer = decode(Answer, found(data[key], f"there is no answer {name!r}"))
            stream = AnswerStream(feed, lambda: self.answer(name), lambda: self.stop_answer(name))
            stream.begin(answer)
        except BaseException:
            await feed.aclose()
            raise
        return stream

    async def answer(self, answer_id: str) -> Answer:
        """An answer with its text so far. Raises NotFound."""
        data = await self._graphql.call(operations.ANSWER, {"id": answer_id})
        return decode(Answer, found(data["answer"], f"there is no answer {answer_id!r}"))

    async def stop_answer(self, answer_id: str) -> Answer:
        """Asks for an answer to be ended with what it has. Raises NotFound."""
        return decode(
            Answer, (await self._graphql.call(operations.STOP_ANSWER, {"id": answer_id}))["stopAnswer"]
        )

    async def answers(self, conversation_id: str | None = None) -> AsyncGenerator[Answer]:
        """All answers, or those of one conversation."""
        async for item in self._pages(operations.ANSWERS, "answers", given(conversationId=conversation_id)):
            yield decode(Answer, item)

    async def conversations(self) -> AsyncGenerator[Conversation]:
        async for item in self._pages(operations.CONVERSATIONS, "conversations", {}):
            yield decode(Conversation, item)

    # -- channels

    async def publish(self, channel: str, data: Value) -> Message:
        """Publishes any JSON value on a channel. Raises Unauthorized for another person's channel."""
        variables = {"channel": channel, "data": json.dumps(data)}
        return decode(
            Message, (await self._graphql.call(operations.PUBLISH, variables, repeatable=False))["publish"]
        )

    async def messages(self, channel: str) -> AsyncGenerator[Message]:
        """The messages of a channel from now on; those sent while the connection is cut are not repeated."""
        async with self.listening(channel) as messages:
            async for message in messages:
                yield message

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncGenerator[AsyncIterator[Message]]:
        """Like `messages`, and live once entered: what is published inside the block is received."""
        async with self._realtime.feed(operations.ON_MESSAGE, {"channel": channel}) as feed:
            await feed.next()
            yield _messages(feed)

    async def _pages(self, operation: str, key: str, variables: Json) -> AsyncGenerator[Json]:
        token: str | None = None
        while True:
            page = (await self._graphql.call(operation, variables | given(nextToken=token)))[key]
            for item in page["items"]:
                yield item
            if (token := page.get("nextToken")) is None:
                return


async def _messages(feed: Feed) -> AsyncGenerator[Message]:
    while True:
        item = await feed.next()
        if isinstance(item, dict) and item.get("onMessage"):
            yield decode(Message, item["onMessage"])


def given(**values: object) -> Json:
    """Leaves out what is None: to AppSync an absent argument and a null one are different things."""
    return {name: value for name, value in values.items() if value is not None}


def found(value: Json | None, complaint: str) -> Json:
    if value is None:
        raise error_of("NotFound", complaint)
    return value
