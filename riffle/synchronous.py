"""The same client without asyncio: each call runs on an event loop in a thread of the client's own."""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Coroutine, Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from types import TracebackType
from typing import Self

from riffle.accounts import SignUp
from riffle.asynchronous import DEFAULT_URL, EVERYTHING, AsyncClient, Scope
from riffle.decoding import Value
from riffle.deployment import Deployment
from riffle.errors import Closed
from riffle.progress import Finished, StreamEvent
from riffle.records import (
    About,
    Answer,
    AnswerStatus,
    Conversation,
    Document,
    DocumentText,
    DocumentVersion,
    Message,
    SearchMode,
    SearchResult,
)
from riffle.sessions import Sessions
from riffle.streams import AnswerStream as AsyncAnswerStream


class Portal:
    """An event loop in a daemon thread, and the way into it for code that knows no `await`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self.closed = False
        self._thread = threading.Thread(target=self._loop.run_forever, name="riffle", daemon=True)
        self._thread.start()

    def call[T](self, work: Coroutine[None, None, T]) -> T:
        """Runs to completion; when the caller is interrupted, so is the work. Raises Closed."""
        if self.closed:
            work.close()
            raise Closed("the client is closed")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except CancelledError as error:
            raise Closed("the client was closed in the meantime") from error
        except BaseException:
            future.cancel()
            raise

    def iterate[T](self, source: AsyncGenerator[T]) -> Generator[T]:
        """The items of an asynchronous generator, which is closed with this one."""
        try:
            while True:
                try:
                    yield self.call(_next(source))
                except StopAsyncIteration:
                    return
        finally:
            if not self.closed:
                self.call(_close(source))

    def close(self) -> None:
        """Ends what other threads are still waiting for, and the thread."""
        ending = asyncio.run_coroutine_threadsafe(_wind_up(), self._loop)
        self.closed = True
        ending.result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _wind_up() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()


async def _next[T](source: AsyncGenerator[T]) -> T:
    return await anext(source)


async def _close(source: AsyncGenerator[object]) -> None:
    await source.aclose()


class AnswerStream:
    """One answer as it is written: iterate it for typed events, or call `result()`."""

    def __init__(self, portal: Portal, stream: AsyncAnswerStream) -> None:
        self._portal = portal
        self._stream = stream

    @property
    def id(self) -> str:
        return self._stream.id

    @property
    def conversation_id(self) -> str:
        return self._stream.conversation_id

    @property
    def text(self) -> str:
        return self._stream.text

    @property
    def status(self) -> AnswerStatus:
        return self._stream.status

    def stop(self) -> None:
        self._portal.call(self._stream.stop())

    def result(self) -> Finished:
        return self._portal.call(self._stream.result())

    def close(self) -> None:
        if not self._portal.closed:
            self._portal.call(self._stream.aclose())

    def __iter__(self) -> Iterator[StreamEvent]:
        return self

    def __next__(self) -> StreamEvent:
        try:
            return self._portal.call(self._stream.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Client:
    """A deployment as one signed-in person sees it. A context manager; methods are those of AsyncClient."""

    def __init__(self, client: AsyncClient, portal: Portal) -> None:
        self._client = client
        self._portal = portal

    @classmethod
    def connect(
        cls,
        url: str = DEFAULT_URL,
        *,
        username: str | None = None,
        password: str | None = None,
        sessions: Sessions | None = None,
    ) -> Self:
        """See AsyncClient.connect."""
        portal = Portal()
        try:
            work = AsyncClient.connect(url, username=username, password=password, sessions=sessions)
            return cls(portal.call(work), portal)
        except BaseException:
            portal.close()
            raise

    @classmethod
    def sign_up(cls, url: str, username: str, password: str) -> SignUp:
        return asyncio.run(AsyncClient.sign_up(url, username, password))

    @classmethod
    def confirm(cls, url: str, username: str, code: str) -> None:
        asyncio.run(AsyncClient.confirm(url, username, code))

    @property
    def username(self) -> str:
        return self._client.username

    @property
    def deployment(self) -> Deployment:
        return self._client.deployment

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Also ends its streams, and calls of other threads with Closed. May be called again."""
        if self._portal.closed:
            return
        try:
            self._portal.call(self._client.aclose())
        finally:
            self._portal.close()

    # -- documents

    def about(self) -> About:
        return self._portal.call(self._client.about())

    def upload(
        self,
        content: str | os.PathLike[str] | bytes,
        *,
        name: str | None = None,
        collection: str | None = None,
        document_id: str | None = None,
        source: str | None = None,
    ) -> Document:
        work = self._client.upload(
            content, name=name, collection=collection, document_id=document_id, source=source
        )
        return self._portal.call(work)

    def add_text(
        self, name: str, text: str, *, collection: str | None = None, document_id: str | None = None
    ) -> Document:
        return self._portal.call(
            self._client.add_text(name, text, collection=collection, document_id=document_id)
        )

    def document(self, document_id: str) -> Document:
        return self._portal.call(self._client.document(document_id))

    def documents(self, collection: str | None = None) -> Generator[Document]:
        return self._portal.iterate(self._client.documents(collection))

    def document_text(
        self,
        document_id: str,
        *,
        version: int | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> DocumentText:
        return self._portal.call(
            self._client.document_text(document_id, version=version, start=start, end=end)
        )

    def document_versions(self, document_id: str) -> tuple[DocumentVersion, ...]:
        return self._portal.call(self._client.document_versions(document_id))

    def restore_document(self, document_id: str, version: int) -> Document:
        return self._portal.call(self._client.restore_document(document_id, version))

    def delete_document(self, document_id: str) -> Document:
        return self._portal.call(self._client.delete_document(document_id))

    def retry_document(self, document_id: str) -> Document:
        return self._portal.call(self._client.retry_document(document_id))

    def wait_ready(self, document_id: str, *, timeout: float | None = None) -> Document:
        return self._portal.call(self._client.wait_ready(document_id, timeout=timeout))

    def watch(self, document_ids: Sequence[str]) -> Generator[Document]:
        return self._portal.iterate(self._client.watch(document_ids))

    # -- questions

    def search(
        self,
        text: str,
        *,
        mode: SearchMode | None = None,
        limit: int | None = None,
        rerank: bool | None = None,
        scope: Scope = EVERYTHING,
    ) -> SearchResult:
        work = self._client.search(text, mode=mode, limit=limit, rerank=rerank, scope=scope)
        return self._portal.call(work)

    def ask(
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
        work = self._client.ask(
            question,
            conversation_id=conversation_id,
            scope=scope,
            model=model,
            answer_id=answer_id,
            rewrite=rewrite,
            split=split,
        )
        return AnswerStream(self._portal, self._portal.call(work))

    def follow(self, answer_id: str) -> AnswerStream:
        return AnswerStream(self._portal, self._portal.call(self._client.follow(answer_id)))

    def answer(self, answer_id: str) -> Answer:
        return self._portal.call(self._client.answer(answer_id))

    def stop_answer(self, answer_id: str) -> Answer:
        return self._portal.call(self._client.stop_answer(answer_id))

    def answers(self, conversation_id: str | None = None) -> Generator[Answer]:
        return self._portal.iterate(self._client.answers(conversation_id))

    def conversations(self) -> Generator[Conversation]:
        return self._portal.iterate(self._client.conversations())

    # -- channels

    def publish(self, channel: str, data: Value) -> Message:
        return self._portal.call(self._client.publish(channel, data))

    def messages(self, channel: str) -> Generator[Message]:
        return self._portal.iterate(self._client.messages(channel))
