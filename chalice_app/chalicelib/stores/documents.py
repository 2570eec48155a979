"""The registry of documents: one DynamoDB row each, read and changed by its owner's key only.

A row is saved only over the state it was read from, so of two workers, or of a worker and its owner, one wins
and the other learns that it is `Superseded`. Deleted documents stay as hidden rows: a late upload or a late
worker can then tell "deleted" from "lost".
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from chalicelib.errors import Conflict, InvalidInput, NotFound, Superseded
from chalicelib.records import Document, DocumentStatus, Page, Problem
from chalicelib.stores.failures import aws_failures

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

PENDING = frozenset(
    {DocumentStatus.QUEUED, DocumentStatus.EXTRACTING, DocumentStatus.EMBEDDING, DocumentStatus.DELETING}
)
"""States that a worker, not a person, is expected to move on from."""

OPEN = PENDING | {DocumentStatus.AWAITING_UPLOAD}
"""States that a document does not stay in; the index `byOpen` has the documents in them."""

Row = Mapping[str, Any]  # what boto3 makes of a DynamoDB item: its values are of any type it stores

_ID_CHARS = 64
_ID = re.compile(rf"[0-9A-Za-z_-]{{1,{_ID_CHARS}}}")
_ROUNDS = 20  # of reading while rows are filtered out, before an unfilled page goes back with a token
_CHUNK = 200
_SUBJECT = "the registry of documents"


def utc_now() -> datetime:
    return datetime.now(UTC)


class DocumentStore:
    def __init__(self, table: "Table", now: Callable[[], datetime] = utc_now) -> None:
        self._table = table
        self._now = now
        self._refusal = table.meta.client.exceptions.ConditionalCheckFailedException

    def create(self, document: Document) -> Document:
        """Adds a row. Raises Conflict when the owner has one of that id, deleted ones included."""
        try:
            with aws_failures(_SUBJECT):
                self._table.put_item(Item=to_row(document), ConditionExpression=Attr("id").not_exists())
        except self._refusal as refused:
            raise Conflict(f"document {document.id!r} exists already") from refused
        return document

    def find(self, owner: str, document_id: str) -> Document | None:
        """The row whatever its state, DELETED included; None when there never was one."""
        row = self._row(owner, document_id)
        return from_row(row) if row else None

    def get(self, owner: str, document_id: str) -> Document:
        """The owner's document. Raises NotFound when it is unknown, another owner's or deleted."""
        document = self.find(owner, document_id)
        if document is None or document.status is DocumentStatus.DELETED:
            raise NotFound(f"document {document_id[:_ID_CHARS]!r} does not exist")
        return document

    def save(self, document: Document) -> Document:
        """Writes a changed document over the state it was read from; returns it with its new `updated_at`.

        Raises Superseded when the row has changed since, or is gone.
        """
        return self._update(document, _unchanged(document))[0]

    def claim(self, document: Document) -> tuple[Document, int]:
        """Saves as `save` does, and counts the attempts until the document is READY or FAILED."""
        saved, row = self._update(document, _unchanged(document), counting=True)
        return saved, int(row["attempts"])

    def renew(self, document: Document) -> Document:
        """Moves the row on to a newer version. Raises Superseded when it has that one, or is going away."""
        gone = [DocumentStatus.DELETING.value, DocumentStatus.DELETED.value]
        older = Attr("version").lt(document.version) & ~Attr("status").is_in(gone)
        return self._update(document, older)[0]

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

    def scan(self) -> Iterator[Document]:
        """Every owner's rows in no order, DELETED included: for upkeep, never for a request.

        Rows may be a moment old, at half the price: whoever acts on one writes over what was read, or not.
        """
        return map(from_row, self._scanned({}))

    def open(self, older_than: datetime) -> Iterator[Document]:
        """Every owner's documents that wait for a worker or a file, unchanged since `older_than`: for upkeep.

        The index has the keys of open documents alone, a moment late; each row is looked at as it is.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html
        """
        since = Attr("openSince").lte(_stamp(older_than))
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
        self, document: Document, condition: ConditionBase, *, counting: bool = False
    ) -> tuple[Document, Row]:
        """Writes a document where the condition holds; returns it as saved, and what was stored."""
        later = max(self._now(), document.updated_at + timedelta(microseconds=1))
        saved, writing = replace(document, updated_at=later), uuid4().hex
        try:
            with aws_failures(_SUBJECT):
                answer = self._table.update_item(
                    Key={"owner": saved.owner, "id": saved.id},
                    ConditionExpression=condition,
                    ReturnValues="UPDATED_NEW",
                    **_assignments(saved, writing, counting=counting),
                )
        except self._refusal as refused:
            # boto3 tries again when only the reply was lost: then it is our own write that is in the way.
            if (row := self._row(saved.owner, saved.id)) and row.get("writing") == writing:
                return saved, row
            raise Superseded(
                f"document {document.id!r} changed while version {document.version} of it was in work"
            ) from refused
        return saved, answer.get("Attributes", {})


def _unchanged(document: Document) -> ConditionBase:
    return Attr("updatedAt").eq(_stamp(document.updated_at))


def to_row(document: Document) -> dict[str, Any]:
    """The row of a document: attributes named as in the schema; absent rather than null."""
    error = document.error
    values: dict[str, Any] = {
        "owner": document.owner, "id": document.id, "collection": document.collection, "name": document.name,
        "status": document.status.value, "version": document.version, "contentType": document.content_type,
        "bytes": document.bytes, "pages": document.pages, "passages": document.passages,
        "createdAt": _stamp(document.created_at), "updatedAt": _stamp(document.updated_at),
        "progress": None if document.progress is None else Decimal(f"{document.progress:.4f}"),
        "error": error and {"type": error.type, "message": error.message, "retryable": error.retryable},
        "title": document.title, "language": document.language, "sha256": document.sha256,
        "attachments": list(document.attachments) or None, "source": document.source,
        "passagesDone": document.passages_done, "secondsLeft": document.seconds_left,
        "searchableVersion": document.searchable_version,
        "openSince": _stamp(document.created_at) if document.status in OPEN else None,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def from_row(row: Row) -> Document:
    """The document of a row that `to_row` made."""
    progress = row.get("progress")
    return Document(
        id=row["id"], owner=row["owner"], collection=row["collection"], name=row["name"],
        status=DocumentStatus(row["status"]), version=int(row["version"]),
        created_at=datetime.fromisoformat(row["createdAt"]),
        updated_at=datetime.fromisoformat(row["updatedAt"]),
        content_type=row.get("contentType"), bytes=_whole(row.get("bytes")),
        error=Problem(**row["error"]) if "error" in row else None, pages=_whole(row.get("pages")),
        passages=_whole(row.get("passages")), progress=None if progress is None else float(progress),
        title=row.get("title"), language=row.get("language"), sha256=row.get("sha256"),
        attachments=tuple(row.get("attachments", ())), source=row.get("source"),
        passages_done=_whole(row.get("passagesDone")), seconds_left=_whole(row.get("secondsLeft")),
        searchable_version=_whole(row.get("searchableVersion")),
    )  # fmt: skip


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else int(value)


def _stamp(moment: datetime) -> str:
    """A timestamp of fixed width in UTC, so that comparing strings compares times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _listed(document: Document, collection: str | None) -> bool:
    return document.status is not DocumentStatus.DELETED and collection in {None, document.collection}


_SETTLED = frozenset({DocumentStatus.AWAITING_UPLOAD, DocumentStatus.READY, DocumentStatus.FAILED})
_OPTIONAL = (
    "contentType", "bytes", "pages", "passages", "progress", "error", "openSince", "title", "language",
    "sha256", "attachments", "source", "passagesDone", "secondsLeft", "searchableVersion",
)  # fmt: skip


def _assignments(document: Document, writing: str, *, counting: bool) -> dict[str, Any]:
    """UpdateItem's arguments that set what the document has and remove what it has not.

    `writing` names this one write, to be known by should its reply get lost.
    """
    row = {
        name: value for name, value in to_row(document).items() if name not in {"owner", "id", "createdAt"}
    } | {"writing": writing}
    gone = [name for name in _OPTIONAL if name not in row]
    if document.status in _SETTLED or document.error:  # it waits, which no worker died of
        gone.append("attempts")
    clauses = ["SET " + ", ".join(f"#{name} = :{name}" for name in row)]
    clauses += ["REMOVE " + ", ".join(f"#{name}" for name in gone)] if gone else []
    clauses += ["ADD #attempts :one"] if counting else []
    names = {*row, *gone, *(["attempts"] if counting else [])}
    return {
        "UpdateExpression": " ".join(clauses),
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
        "ExpressionAttributeValues": {f":{name}": row[name] for name in row}
        | ({":one": 1} if counting else {}),
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
