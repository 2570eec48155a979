"""Records as GraphQL's JSON: camelCase names, ISO instants, enum names. The one place that knows them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache

type Json = str | int | float | bool | list[Json] | dict[str, Json] | None


def camel(name: str) -> str:
    """`created_at` as `createdAt`."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


@cache
def attributes(record: type) -> tuple[tuple[str, str], ...]:
    """The names of a record's attributes, here and on the wire."""
    return tuple((each.name, camel(each.name)) for each in fields(record))


def instant(moment: datetime) -> str:
    """An AWSDateTime in UTC, to the millisecond: `2026-01-02T03:04:05.678Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_wire(value: object) -> Json:
    """A record, or a sequence or mapping of them, as JSON. Raises TypeError for what has no wire form."""
    match value:
        case Enum():
            return str(value.value)
        case None | str() | bool() | int() | float():
            return value
        case datetime():
            return instant(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {wire: to_wire(getattr(value, name)) for name, wire in attributes(type(value))}
        case Mapping():
            return {str(key): to_wire(item) for key, item in value.items()}
        case Sequence():
            return [to_wire(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no wire form")
