"""The registry of documents: one DynamoDB row each, read and changed by its owner's key only.

A row is saved only over the state it was read from, so of two workers, or of a worker and its owner, one wins
and the other learns that it is `Superseded`. Deleted documents stay as hidden rows for a while: a late upload
or a late worker can then tell "deleted" from "lost". Threads may share a store.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from boto3.dynamodb.conditions import Attr, Key

from chalicelib.errors import Conflict, InvalidInput, NotFound, Superseded
from chalicelib.records import Document, DocumentStatus, DocumentVersion, Page
from chalicelib.stores.document_rows import (
    ATTRIBUTES,
    KEYS,
    OPEN,
    PENDING,
    VERSIONS,
    Row,
    from_row,
    from_versions,
    stamp,
    to_row,
    to_versions,
)
from chalicelib.stores.failures import aws_failures

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

__all__ = ["OPEN", "PENDING", "Claim", "DocumentStore", "utc_now"]

REMEMBERED = timedelta(days=28)
"""How long a deleted document's row stays: two weeks, and as long as a queue keeps a message about it."""

_ID_CHARS = 64
_ID = re.compile(rf"[0-9A-Za-z_-]{{1,{_ID_CHARS}}}")
_ROUNDS = 20  # of reading while rows are filtered out, before an unfilled page goes back with a token
_CHUNK = 200
_SUBJECT = "the registry of documents"
_SETTLED = frozenset({DocumentStatus.AWAITING_UPLOAD, DocumentStatus.READY, DocumentStatus.FAILED})


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """A document as a worker took it, its attempts so far, and the versions that are kept, oldest first."""

    document: Document
    attempts: int
    versions: tuple[DocumentVersion, ...]


@dataclass(frozen=True, slots=True)
class _Condition:
    """An expression with `#name` for attributes of the document, and values besides those it is saved with.

    Text, since boto3's own conditions are built in one place for all threads.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


_IS_LEAVING: Mapping[str, Any] = {
    ":deleting": DocumentStatus.DELETING.value,
    ":deleted": DocumentStatus.DELETED.value,
}
_OLDER = _Condition("#version < :version AND NOT #status IN (:deleting, :deleted)", _IS_LEAVING)
_NOT_DELETED = _Condition("attribute_exists(#status) AND #status <> :deleted", {":deleted": "DELETED"})


class DocumentStore:
    def __init__(self, table: "Table", now: Callable[[], datetime] = utc_now) -> None:
        self._table = table
        self._now = now
        self._refusal = table.meta.client.exceptions.ConditionalCheckFailedException

    def create(self, document: Document) -> Document:
        """Adds a row. Raises Conflict when the owner has one of that id, deleted ones included."""
        try:
            with aws_failures(_SUBJECT):
                self._table.put_item(Item=to_row(document), ConditionExpression="attribute_not_exists(id)")
        except self._refusal as refused:
            raise Conflict(f"document {document.id!r} exists already") from refused
        return document

    def find(self, owner: str, document_id: str) -> Document | None:
        """The row whatever its state, DELETED included; None when there never was one."""
        row = self._row(owner, document_id)
        return from_row(row) if row else None

    def get(self, owner: str, document_id: str) -> Document:
        """The owner's document. Raises NotFound when it is unknown, another owner's or deleted."""
        return self.history(owner, document_id)[0]

    def history(self, owner: str, document_id: str) -> tuple[Document, tuple[DocumentVersion, ...]]:
        """As `get`, with the versions of it that are kept, oldest first."""
        row = self._row(owner, document_id)
        if row is None or row["status"] == DocumentStatus.DELETED:
            raise NotFound(f"document {document_id[:_ID_CHARS]!r} does not exist")
        return from_row(row), from_versions(row)

    def save(self, document: Document, versions: Sequence[DocumentVersion] | None = None) -> Document:
        """Writes a changed document over the state it was read from; returns it with its new `updated_at`.

        With `versions`, the last of them answers searches from now on, and they are its history.
        Raises Superseded when the row has changed since, or is gone.
        """
        return from_row(self._update(document, _unchanged(document), _answering(versions)))

    def claim(self, document: Document) -> Claim:
        """Saves as `save` does, and counts the attempts until the document is READY, FAILED or put back."""
        row = self._update(document, _unchanged(document), {"ADD": {"attempts": 1}})
        return Claim(from_row(row), int(row["attempts"]), from_versions(row))

    def put_back(self, document: Document) -> Document:
        """Saves as `save` does, and forgets the attempts: the worker that lets go of it is alive."""
        return from_row(self._update(document, _unchanged(document), {"REMOVE": {"attempts": None}}))

    def renew(self, document: Document) -> Document:
        """Moves the row on to a newer version. Raises Superseded when it has that one, or is going away."""
        return from_row(self._update(document, _OLDER))

    def leave(self, document: Document) -> Document:
        """Has the row say DELETING, whatever state it is in by now. Raises Superseded when it is DELETED."""
        leaving = replace(document, status=DocumentStatus.DELETING, error=None, progress=None)
        return from_row(self._update(leaving, _NOT_DELETED))

    def outdone(self, document: Document, versions: Sequence[DocumentVersion]) -> bool:
        """Says of a version that its passages answer searches though the row has moved on to a newer one.

        Changes nothing else, so whoever works on the newer version is not disturbed. False when the newer
        version answers by now, or the document goes away.
        """
        condition = (
            "attribute_exists(id) AND NOT #status IN (:deleting, :deleted) AND #version >= :number"
            " AND (attribute_not_exists(searchableVersion) OR searchableVersion <= :number)"
        )
        values = {":number": document.version, ":versions": to_versions(versions), **_IS_LEAVING}
        try:
            with aws_failures(_SUBJECT):
                self._table.update_item(
                    Key={"owner": document.owner, "id": document.id},
                    UpdateExpression="SET searchableVersion = :number, versions = :versions",
                    ConditionExpression=condition,
                    ExpressionAttributeNames={"#status": "status", "#version": "version"},
                    ExpressionAttributeValues=values,
                )
        except self._refusal:
            return False
        return True

    def list(
        self, owner: str, *, collection: str | None = None, limit: int, next_token: str | None = None
    ) -> Page[Document]:
        """The owner's documents, newest first; a page may hold fewer than `limit` and still have a token."""
        found: list[Document] = []
        after = _read_token(next_token)
        for _ in range(_ROUNDS):
            rows, after = self._rows(owner, after, limit - len(found))
            found += [each for each in map(from_row, rows) if _listed(each, collection)]
            if after is None or len(found) >= limit:
                break
        return Page(tuple(found), None if after is None else _write_token(after))

    def scan(self) -> Iterator[tuple[Document, tuple[DocumentVersion, ...]]]:
        """Every owner's rows in no order, DELETED included, and their histories: for upkeep only.

        Rows may be a moment old, at half the price: whoever acts on one writes over what was read, or not.
        """
        for row in self._scanned({}):
            yield from_row(row), from_versions(row)

    def open(self, older_than: datetime) -> Iterator[Document]:
        """Every owner's documents that wait for a worker or a file, unchanged since `older_than`: for upkeep.

        The index has the keys of open documents alone, a moment late; each row is looked at as it is.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html
        """
        since = Attr("openSince").lte(stamp(older_than))
        for key in self._scanned({"IndexName": "byOpen", "FilterExpression": since}):
            found = self.find(key["owner"], key["id"])
            if found and found.status in OPEN and found.updated_at <= older_than:
                yield found

    def _scanned(self, what: Mapping[str, Any]) -> Iterator[Row]:
        """All rows of the table, or of what boto3's keywords say besides."""
        start: dict[str, Any] = {}  # boto3 types keys as a union of everything DynamoDB stores
        while True:
            with aws_failures(_SUBJECT):
                answer = self._table.scan(Limit=_CHUNK, **what, **start)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _row(self, owner: str, document_id: str) -> Row | None:
        """None also for what could not be an id: as a key, DynamoDB would reject it."""
        if not _ID.fullmatch(document_id):
            return None
        with aws_failures(_SUBJECT):
            answer = self._table.get_item(Key={"owner": owner, "id": document_id}, ConsistentRead=True)
        return answer.get("Item")

    def _rows(self, owner: str, after: str | None, count: int) -> tuple[Iterable[Row], str | None]:
        """Up to `count` rows older than the id `after`, and the id to go on from."""
        start: dict[str, Any] = {"ExclusiveStartKey": {"owner": owner, "id": after}} if after else {}
        with aws_failures(_SUBJECT):
            answer = self._table.query(
                KeyConditionExpression=Key("owner").eq(owner), ScanIndexForward=False, Limit=count, **start
            )
        last = answer.get("LastEvaluatedKey")
        return answer["Items"], str(last["id"]) if last else None

    def _update(
        self, document: Document, condition: _Condition, more: Mapping[str, Mapping[str, Any]] | None = None
    ) -> Row:
        """Writes a document where the condition holds, and `more` by clause; returns the row as it is now."""
        later = max(self._now(), document.updated_at + timedelta(microseconds=1))
        saved, writing = replace(document, updated_at=later), uuid4().hex
        try:
            with aws_failures(_SUBJECT):
                answer = self._table.update_item(
                    Key={"owner": saved.owner, "id": saved.id},
                    ReturnValues="ALL_NEW",
                    **_expressions(_clauses(saved, writing, more or {}), condition),
                )
        except self._refusal as refused:
            # boto3 tries again when only the reply was lost: then it is our own write that is in the way.
            if (row := self._row(saved.owner, saved.id)) and row.get("writing") == writing:
                return row
            raise Superseded(
                f"document {document.id!r} changed while version {document.version} of it was in work"
            ) from refused
        return answer["Attributes"]


def _unchanged(document: Document) -> _Condition:
    return _Condition("#updatedAt = :seen", {":seen": stamp(document.updated_at)})


def _answering(versions: Sequence[DocumentVersion] | None) -> dict[str, Mapping[str, Any]]:
    if versions is None:
        return {}
    return {"SET": {"searchableVersion": versions[-1].version, "versions": to_versions(versions)}}


def _listed(document: Document, collection: str | None) -> bool:
    return document.status is not DocumentStatus.DELETED and collection in {None, document.collection}


def _clauses(
    document: Document, writing: str, more: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """By clause of UpdateItem: what the document has is set, what it has not is removed.

    `writing` names this one write, to be known by should its reply get lost.
    """
    row = {
        name: value
        for name, value in to_row(document).items()
        if name not in {*KEYS, *VERSIONS, "createdAt"}
    } | {"writing": writing}  # fmt: skip
    gone = [name for name in ATTRIBUTES if name not in row]
    if document.status is DocumentStatus.DELETED:
        gone += VERSIONS
        row["expiresAt"] = int((document.updated_at + REMEMBERED).timestamp())
    if document.status in _SETTLED or document.error:  # it waits, which no worker died of
        gone.append("attempts")
    clauses: dict[str, dict[str, Any]] = {"SET": row, "REMOVE": dict.fromkeys(gone), "ADD": {}}
    return {name: {**values, **more.get(name, {})} for name, values in clauses.items()}


def _expressions(clauses: Mapping[str, Mapping[str, Any]], condition: _Condition) -> dict[str, Any]:
    """UpdateItem's arguments that do what the clauses say where the condition holds."""
    pieces = {"SET": "#{0} = :{0}", "REMOVE": "#{0}", "ADD": "#{0} :{0}"}
    texts = [
        f"{clause} {', '.join(pieces[clause].format(name) for name in values)}"
        for clause, values in clauses.items()
        if values
    ]
    named = {name: value for values in clauses.values() for name, value in values.items()}
    set_to = {f":{name}": value for name, value in named.items() if name not in clauses["REMOVE"]}
    return {
        "UpdateExpression": " ".join(texts),
        "ConditionExpression": condition.text,
        "ExpressionAttributeNames": {f"#{name}": name for name in named},
        "ExpressionAttributeValues": set_to | dict(condition.values),
    }


def _write_token(document_id: str) -> str:
    return base64.urlsafe_b64encode(document_id.encode()).decode()


def _read_token(token: str | None) -> str | None:
    """The id a page ended with. Raises InvalidInput for anything `_write_token` did not write."""
    if token is None:
        return None
    try:
        document_id = base64.b64decode(token[:100], altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("nextToken is not one that a listing gave") from error
    if not re.fullmatch(r"[0-9A-Za-z]{1,64}", document_id):
        raise InvalidInput("nextToken is not one that a listing gave")
    return document_id
