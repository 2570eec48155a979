"""Where questions are handed in and answers fetched: checks what clients send, stores it, queues the work."""

import logging
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from chalicelib.answering.delivering import AnswerEvents, Messages, publish
from chalicelib.errors import InvalidInput, NotFound, RiffleError
from chalicelib.records import Answer, AnswerEvent, AnswerStatus, Conversation, Filter, Page
from chalicelib.retrieval.filtering import checked_filter
from chalicelib.settings import Limits
from chalicelib.stores.answers import AnswerStore

log = logging.getLogger(__name__)

PAGE_SIZE = 20
TITLE_CHARS = 80
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Desk:
    """The fields `ask`, `stopAnswer`, `answer`, `answers` and `conversations`, one owner a call."""

    def __init__(
        self,
        answers: AnswerStore,
        queue: Messages,
        events: AnswerEvents,
        chat_model: str,
        limits: Limits | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._answers = answers
        self._queue = queue
        self._events = events
        self._chat_model = chat_model
        self._limits = limits or Limits()
        self._now = now

    def ask(
        self,
        owner: str,
        *,
        question: str,
        id: str | None = None,  # noqa: A002  (the name it has in the schema)
        conversation_id: str | None = None,
        within: Filter | None = None,
        rewrite: bool = True,
        split: bool = True,
        model: str | None = None,
    ) -> Answer:
        """Stores the question as QUEUED and queues its answering; the same id again gives the same answer.

        An unknown conversation id begins a conversation with that id: clients make ids. Raises InvalidInput.
        """
        now = self._now()
        answer = Answer(
            id=_token("id", id),
            owner=owner,
            conversation_id=_token("conversationId", conversation_id),
            question=self._question(question),
            status=AnswerStatus.QUEUED,
            created_at=now,
            updated_at=now,
            within=checked_filter(within or Filter(), self._limits),
            rewrite=rewrite,
            split=split,
            model=self._model(model),
        )
        stored = self._answers.begin(answer, title_of(answer.question))
        if stored.status is AnswerStatus.QUEUED:
            self._queue_up(stored)
        return stored

    def stop(self, owner: str, answer_id: str) -> Answer:
        """Asks for an answer to end where it is; one that has ended already is returned as it is.

        Its last event is published here when no worker had it. When one ended it meanwhile, that is told
        twice, which is harmless; before the look at its state, it may have been given back and be QUEUED.
        """
        before = self.get(owner, answer_id)
        after = self._answers.request_stop(owner, answer_id)
        if not before.status.final and after.status is AnswerStatus.STOPPED:
            publish(self._events, _end_of(after))
        return after

    def get(self, owner: str, answer_id: str) -> Answer:
        """Raises NotFound, also for what could not be an id: as a key, DynamoDB would reject it."""
        if not _TOKEN.fullmatch(answer_id):
            raise NotFound(f"answer '{answer_id[:64]}' does not exist")
        return self._answers.get(owner, answer_id)

    def list(
        self,
        owner: str,
        *,
        conversation_id: str | None = None,
        limit: int | None = None,
        next_token: str | None = None,
    ) -> Page[Answer]:
        """A conversation's answers, oldest first, or all the owner's, newest first. Raises InvalidInput."""
        size = self._page_size(limit)
        wanted = None if conversation_id is None else _token("conversationId", conversation_id)
        return self._answers.list(owner, conversation_id=wanted, limit=size, next_token=next_token)

    def conversations(
        self, owner: str, *, limit: int | None = None, next_token: str | None = None
    ) -> Page[Conversation]:
        """The owner's conversations, the one asked in last first. Raises InvalidInput."""
        return self._answers.conversations(owner, limit=self._page_size(limit), next_token=next_token)

    def _queue_up(self, answer: Answer) -> None:
        """Queues a stored question, also one asked again that still waits: its first message may be lost.

        A second message is harmless, because only one worker can claim an answer. When the queue fails the
        question is safe, so the caller gets its QUEUED answer, and reconciling queues it later.
        """
        try:
            self._queue.send({"owner": answer.owner, "answerId": answer.id})
        except RiffleError:
            log.exception("answer could not be queued; reconciling will", extra={"answerId": answer.id})

    def _question(self, question: str) -> str:
        trimmed, most = _trimmed("question", question), self._limits.question_chars
        if not trimmed:
            raise InvalidInput("question is empty")
        if len(trimmed) > most:
            raise InvalidInput(f"question has {len(trimmed):,} characters; the limit is {most:,}")
        return trimmed

    def _model(self, model: str | None) -> str:
        if model not in {None, self._chat_model}:
            raise InvalidInput(
                f"model '{model[:100] if model else ''}' is not offered; '{self._chat_model}' is"
            )
        return self._chat_model

    def _page_size(self, limit: int | None) -> int:
        size, most = PAGE_SIZE if limit is None else limit, self._limits.page_size
        if not 1 <= size <= most:
            raise InvalidInput(f"limit is {size}; it must be between 1 and {most}")
        return size


def _end_of(answer: Answer) -> AnswerEvent:
    """The last event of an answer, for those who have its text."""
    return AnswerEvent(
        answer.id, answer.owner, answer.last_seq, answer.attempt, answer.status, len(answer.text), "",
        answer.citations or None, answer.usage, answer.error,
    )  # fmt: skip


def title_of(question: str) -> str:
    """The question's beginning on one line, cut between words."""
    line = " ".join(question.split())
    if len(line) <= TITLE_CHARS:
        return line
    return line[: TITLE_CHARS - 1].rsplit(" ", 1)[0] + "…"


def _trimmed(name: str, value: str) -> str:
    """Raises InvalidInput for half a surrogate pair, which JSON can carry and UTF-8 cannot."""
    try:
        value.encode()
    except UnicodeEncodeError as broken:
        raise InvalidInput(f"{name} is not valid Unicode at character {broken.start + 1}") from broken
    return value.strip()


def _token(name: str, value: str | None) -> str:
    """The id given, or a new one. Raises InvalidInput for characters that keys and channels do not take."""
    if value is None:
        return str(uuid.uuid4())
    if not _TOKEN.fullmatch(value):
        raise InvalidInput(f"{name} must be 1 to 64 of the characters A-Z, a-z, 0-9, '_' and '-'")
    return value
