"""Answers and conversations as DynamoDB items and back, and the tokens of their listings. No calls."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from chalicelib.errors import InvalidInput
from chalicelib.records import (
    Answer,
    AnswerStatus,
    Citation,
    Conversation,
    Filter,
    Passage,
    Problem,
    Ranking,
    Usage,
)
from chalicelib.wire import to_wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

type Item = Mapping[str, AttributeValueTypeDef]
type Row = dict[str, Any]  # plain values of an item; what each is, `answer_of` and `to_row` say

_SNAKE = re.compile(r"(?<!^)(?=[A-Z])")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TOKEN_CHARS = 1_000


def stamp(moment: datetime) -> str:
    """An instant in UTC at a fixed width, so that comparing strings compares times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def conversation_key(owner: str, conversation_id: str) -> str:
    return f"{owner}#{conversation_id}"


def encode(row: Row) -> dict[str, "AttributeValueTypeDef"]:
    """Plain values as DynamoDB's typed ones; None is left out."""
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in row.items() if value is not None}


def decode(item: Item) -> Row:
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in item.items()}


def to_row(answer: Answer) -> Row:
    """Every attribute of a new answer's item."""
    return {
        "owner": answer.owner,
        "id": answer.id,
        "conversationId": answer.conversation_id,
        "conversationKey": conversation_key(answer.owner, answer.conversation_id),
        "question": answer.question,
        "within": json.dumps(to_wire(answer.within)),
        "rewrite": answer.rewrite,
        "split": answer.split,
        "model": answer.model,
        "createdAt": stamp(answer.created_at),
        "openSince": None if answer.status.final else stamp(answer.created_at),
        "stopRequested": False,
        **progress(answer),
    }


def progress(answer: Answer) -> Row:
    """What changes while an answer is being written. Nested values are JSON: no query looks into them."""
    return {
        "status": answer.status.value,
        "text": answer.text,
        "lastSeq": answer.last_seq,
        "attempt": answer.attempt,
        "waits": answer.waits,
        "citations": json.dumps(to_wire(answer.citations)),
        "queries": json.dumps(answer.queries),
        "usage": json.dumps(to_wire(answer.usage)),
        "error": json.dumps(to_wire(answer.error)),
        "updatedAt": stamp(answer.updated_at),
    }


def answer_of(row: Row) -> Answer:
    usage, error = json.loads(row["usage"]), json.loads(row["error"])
    return Answer(
        id=row["id"],
        owner=row["owner"],
        conversation_id=row["conversationId"],
        question=row["question"],
        status=AnswerStatus(row["status"]),
        created_at=datetime.fromisoformat(row["createdAt"]),
        updated_at=datetime.fromisoformat(row["updatedAt"]),
        text=row["text"],
        last_seq=int(row["lastSeq"]),
        attempt=int(row["attempt"]),
        waits=int(row.get("waits", 0)),
        citations=tuple(map(_citation, json.loads(row["citations"]))),
        usage=Usage(**_snake(usage)) if usage else None,
        error=Problem(**error) if error else None,
        queries=tuple(json.loads(row["queries"])),
        within=_filter(json.loads(row["within"])),
        rewrite=row["rewrite"],
        split=row["split"],
        model=row.get("model"),
    )


def conversation_of(row: Row) -> Conversation:
    return Conversation(
        id=row["id"],
        owner=row["owner"],
        title=row["title"],
        created_at=datetime.fromisoformat(row["createdAt"]),
        updated_at=datetime.fromisoformat(row["updatedAt"]),
    )


def page_token(key: Item, sort: str) -> str:
    """Where a listing stopped: the id and the sort value, never the owner, who is known from the identity."""
    last = decode(key)
    return base64.urlsafe_b64encode(json.dumps([last["id"], last[sort]]).encode()).decode()


def read_token(token: str, sort: str) -> Row:
    """The part of the key that `page_token` kept. Raises InvalidInput for anything else."""
    try:
        found = json.loads(base64.b64decode(token[:_TOKEN_CHARS], altchars=b"-_", validate=True))
        last_id, moment = found
        datetime.fromisoformat(moment)
    except (binascii.Error, ValueError, TypeError) as malformed:
        raise InvalidInput("nextToken is not one that this listing gave") from malformed
    if not (isinstance(found, list) and isinstance(last_id, str) and _ID.fullmatch(last_id)):
        raise InvalidInput("nextToken is not one that this listing gave")
    return {"id": last_id, sort: moment}


def _citation(wire: dict[str, Any]) -> Citation:
    passage = _snake(wire["passage"])
    ranking = passage["ranking"] and Ranking(**_snake(passage["ranking"]))
    known = passage | {"headings": tuple(passage["headings"]), "ranking": ranking}
    return replace(Citation(**wire), passage=Passage(**known))


def _filter(wire: dict[str, Any]) -> Filter:
    """Lists are tuples in a record, and instants are instants."""
    values: dict[str, Any] = {
        name: tuple(each) if isinstance(each, list) else each for name, each in _snake(wire).items()
    }
    for bound in ("created_after", "created_before"):
        values[bound] = values[bound] and datetime.fromisoformat(values[bound])
    return Filter(**values)


def _snake(wire: dict[str, Any]) -> dict[str, Any]:
    return {_SNAKE.sub("_", name).lower(): value for name, value in wire.items()}
