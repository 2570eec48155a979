"""Answers and conversations in DynamoDB: asked once, claimed by one worker at a time, saved as they grow.

A worker holds an answer by its `attempt` and a lease that every save renews. Whoever claims it next counts
the attempt up, so a worker that only seemed dead learns at its next write that it is `Superseded`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.errors import NotFound, Superseded, Throttled
from chalicelib.records import Answer, AnswerStatus, Conversation, Page
from chalicelib.stores.answer_items import Change, Contended, Index, Refused, calling, open_keys, page, update
from chalicelib.stores.answer_rows import (
    Row,
    answer_of,
    conversation_key,
    conversation_of,
    decode,
    encode,
    progress,
    stamp,
    to_row,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

LEASE = timedelta(seconds=30)
_OPEN = "#status IN (:open0, :open1, :open2)"
_OPEN_VALUES = {
    f":open{index}": name for index, name in enumerate(s.value for s in AnswerStatus if not s.final)
}
_FREE = "(attribute_not_exists(leaseUntil) OR leaseUntil <= :now)"
_CONFLICTS = 6


@dataclass(frozen=True, slots=True)
class Stuck:
    """An answer that has not moved for a while, and whether its owner has asked for it to stop."""

    answer: Answer
    stop_requested: bool


class AnswerStore:
    """Both tables by name. `lease` is how long a silent worker keeps an answer to itself."""

    def __init__(
        self,
        answers_table: str,
        conversations_table: str,
        client: "DynamoDBClient",
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        lease: timedelta = LEASE,
    ) -> None:
        self._answers = answers_table
        self._conversations = conversations_table
        self._client = client
        self._now = now
        self._sleep = sleep
        self.lease = lease

    def begin(self, answer: Answer, title: str) -> Answer:
        """Adds the answer and its conversation together; the title counts for a new conversation only.

        An id that this owner has used before gives the answer it has, unchanged. Raises Throttled when
        too many questions at once change one conversation.
        """
        for tried in range(_CONFLICTS):
            try:
                with calling(f"answer '{answer.id}'"):
                    self._client.transact_write_items(TransactItems=self._beginning(answer, title))
            except Refused:
                return self.get(answer.owner, answer.id)
            except Contended:
                self._sleep(0.02 * 2**tried)
            else:
                return answer
        raise Throttled(f"conversation '{answer.conversation_id}' is changed by too many questions at once")

    def get(self, owner: str, answer_id: str) -> Answer:
        """The owner's answer as last saved. Raises NotFound when unknown or another owner's."""
        row = self._row(owner, answer_id)
        if row is None:
            raise NotFound(f"answer '{answer_id}' does not exist")
        return answer_of(row)

    def list(
        self, owner: str, *, conversation_id: str | None = None, limit: int, next_token: str | None = None
    ) -> Page[Answer]:
        """Of one conversation, oldest first, as it is read; without one, all the owner's, newest first."""
        index = Index(self._answers, "byCreated", "owner", "createdAt")
        key = {"owner": owner}
        if conversation_id is not None:
            index = Index(self._answers, "byConversation", "conversationKey", "createdAt", ascending=True)
            key["conversationKey"] = conversation_key(owner, conversation_id)
        rows, token = page(self._client, index, key, limit, next_token)
        return Page(tuple(map(answer_of, rows)), token)

    def conversations(self, owner: str, *, limit: int, next_token: str | None = None) -> Page[Conversation]:
        """The owner's conversations, the one asked in last first."""
        index = Index(self._conversations, "byUpdated", "owner", "updatedAt")
        rows, token = page(self._client, index, {"owner": owner}, limit, next_token)
        return Page(tuple(map(conversation_of, rows)), token)

    def history(self, answer: Answer, limit: int) -> tuple[Answer, ...]:
        """Up to `limit` answers of the same conversation from before this one, oldest first."""
        key = conversation_key(answer.owner, answer.conversation_id)
        with calling(f"conversation '{answer.conversation_id}'"):
            found = self._client.query(
                TableName=self._answers,
                IndexName="byConversation",
                KeyConditionExpression="conversationKey = :key AND createdAt < :before",
                ExpressionAttributeValues=encode({":key": key, ":before": stamp(answer.created_at)}),
                ScanIndexForward=False,
                Limit=limit,
            )
        return tuple(answer_of(decode(item)) for item in reversed(found["Items"]))

    def claim(self, owner: str, answer_id: str) -> Answer | None:
        """The answer, started over as a new attempt of the caller's: RETRIEVING and without text.

        None when it is final or unknown, or when another worker holds it and has renewed its lease lately.
        """
        now = self._now()
        values = {"status": "RETRIEVING", "text": "", "lastSeq": 0, "updatedAt": stamp(now)}
        values["leaseUntil"] = stamp(now + self.lease)
        expected = {**_OPEN_VALUES, ":now": stamp(now)}
        change = Change(values, f"attribute_exists(id) AND {_OPEN} AND {_FREE}", expected, counted=True)
        try:
            return answer_of(self._update(owner, answer_id, change))
        except Refused:
            return None

    def save(self, answer: Answer) -> bool:
        """Writes progress, renews the lease, and returns whether a stop has been requested.

        Raises Superseded when another attempt has taken over, or the answer has been ended meanwhile.
        """
        return bool(self._write(answer, self._now() + self.lease).get("stopRequested"))

    def release(self, answer: Answer) -> Answer:
        """Puts the answer back as QUEUED for anyone to claim. Raises Superseded as `save` does."""
        return answer_of(self._write(replace(answer, status=AnswerStatus.QUEUED), None))

    def finish(self, answer: Answer) -> Answer:
        """Writes the final state. Raises Superseded as `save` does."""
        try:
            return answer_of(self._write(answer, None))
        except Superseded:
            if stored := self._finished(answer):
                return stored
            raise

    def request_stop(self, owner: str, answer_id: str) -> Answer:
        """Ends a QUEUED answer as STOPPED, asks the worker of another to stop; final ones stay as they are.

        Raises NotFound when unknown or another owner's.
        """
        answer = self.get(owner, answer_id)
        if answer.status.final:
            return answer
        if answer.status is AnswerStatus.QUEUED and (stopped := self._stop_queued(answer)):
            return stopped
        try:
            return answer_of(
                self._update(owner, answer_id, Change({"stopRequested": True}, _OPEN, _OPEN_VALUES))
            )
        except Refused:
            return self.get(owner, answer_id)

    def swap(self, seen: Answer, changed: Answer) -> Answer | None:
        """Writes `changed`, free of any lease, unless the answer has moved since it was `seen`: then None."""
        values = {**progress(replace(changed, updated_at=self._now())), "leaseUntil": ""}
        expected = {**_OPEN_VALUES, ":attempt": seen.attempt, ":seen": stamp(seen.updated_at)}
        condition = f"{_OPEN} AND attempt = :attempt AND updatedAt = :seen"
        change = Change(values, condition, expected, closed=changed.status.final)
        try:
            return answer_of(self._update(seen.owner, seen.id, change))
        except Refused:
            return None

    def stuck(
        self, older_than: datetime, *, pages: int, start: Row | None = None
    ) -> tuple[tuple[Stuck, ...], Row | None]:
        """Answers of all owners, not final and unchanged since `older_than`; for upkeep, never for a request.

        Reads at most `pages` pages of the index of open answers from `start`, and returns where to go on,
        None at the end. That index follows the table a moment later, so each answer itself is looked at.
        """
        found: list[Stuck] = []
        for _ in range(pages):
            keys, start = open_keys(self._client, self._answers, stamp(older_than), start)
            rows = filter(None, (self._row(key["owner"], key["id"]) for key in keys))
            seen = [Stuck(answer_of(row), bool(row.get("stopRequested"))) for row in rows]
            found += [each for each in seen if _unmoved(each.answer, older_than)]
            if start is None:
                break
        return tuple(found), start

    def _row(self, owner: str, answer_id: str) -> Row | None:
        with calling(f"answer '{answer_id}'"):
            found = self._client.get_item(
                TableName=self._answers, Key=encode({"owner": owner, "id": answer_id}), ConsistentRead=True
            )
        return decode(found["Item"]) if "Item" in found else None

    def _beginning(self, answer: Answer, title: str) -> "tuple[TransactWriteItemTypeDef, ...]":
        return (
            {
                "Put": {
                    "TableName": self._answers,
                    "Item": encode(to_row(answer)),
                    "ConditionExpression": "attribute_not_exists(id)",
                }
            },
            {
                "Update": {
                    "TableName": self._conversations,
                    "Key": encode({"owner": answer.owner, "id": answer.conversation_id}),
                    "UpdateExpression": "SET #title = if_not_exists(#title, :title), "
                    "createdAt = if_not_exists(createdAt, :now), updatedAt = :now",
                    "ExpressionAttributeNames": {"#title": "title"},
                    "ExpressionAttributeValues": encode({":title": title, ":now": stamp(answer.created_at)}),
                }
            },
        )

    def _stop_queued(self, answer: Answer) -> Answer | None:
        """STOPPED at once, unless a worker has claimed it meanwhile."""
        return self.swap(answer, replace(answer, status=AnswerStatus.STOPPED, last_seq=answer.last_seq + 1))

    def _finished(self, answer: Answer) -> Answer | None:
        """What this very write has stored, when only its reply was lost: boto3 tries it again then."""
        stored = self.get(answer.owner, answer.id)
        ours = (answer.attempt, answer.status, answer.last_seq)
        return stored if (stored.attempt, stored.status, stored.last_seq) == ours else None

    def _write(self, answer: Answer, lease_until: datetime | None) -> Row:
        """Progress, on the condition that the caller's attempt is still the one that counts."""
        values = progress(replace(answer, updated_at=self._now()))
        values["leaseUntil"] = stamp(lease_until) if lease_until else ""
        expected = {**_OPEN_VALUES, ":attempt": answer.attempt}
        condition = f"{_OPEN} AND attempt = :attempt"
        try:
            change = Change(values, condition, expected, closed=answer.status.final)
            return self._update(answer.owner, answer.id, change)
        except Refused as refused:
            raise Superseded(
                f"attempt {answer.attempt} of answer '{answer.id}' holds it no longer"
            ) from refused

    def _update(self, owner: str, answer_id: str, change: Change) -> Row:
        return update(self._client, self._answers, {"owner": owner, "id": answer_id}, change)


def _unmoved(answer: Answer, since: datetime) -> bool:
    return not answer.status.final and answer.updated_at <= since
