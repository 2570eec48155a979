"""JSON of the API into the records, and the records into selection sets: both read the same annotations."""

import json
import types
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from riffle.errors import Unexpected

type Json = dict[str, Any]  # an object as it travels; becomes a record at the first opportunity
type Value = Any  # any JSON value
type Hint = Any  # an annotation is whatever typing makes of it


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a record: its name here, its name on the wire, its annotation."""

    name: str
    wire: str
    hint: Hint


def attributes(record: Hint) -> tuple[Attribute, ...]:
    """The attributes of a record's class, in order."""
    return _attributes(record)


@cache
def _attributes(record: Hint) -> tuple[Attribute, ...]:
    hints = get_type_hints(record)
    return tuple(Attribute(field.name, camel(field.name), hints[field.name]) for field in fields(record))


def camel(name: str) -> str:
    """`first_token_ms` → `firstTokenMs`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


@cache
def selection(record: Hint) -> str:
    """The selection set that asks for exactly what `decode` needs of the record."""
    return " ".join(_selected(attribute) for attribute in attributes(record))


def _selected(attribute: Attribute) -> str:
    inner = _innermost(attribute.hint)
    nested = is_dataclass(inner)
    return f"{attribute.wire} {{ {selection(inner)} }}" if nested else attribute.wire


def _innermost(hint: Hint) -> Hint:
    arguments = [part for part in get_args(hint) if part not in (types.NoneType, ...)]
    return _innermost(arguments[0]) if arguments else hint


def decode[T](record: type[T], value: Json) -> T:
    """Builds a record. Raises Unexpected when the value lacks a field or has one of another type."""
    try:
        return record(**{a.name: _converted(a.hint, value[a.wire]) for a in attributes(record)})
    except (KeyError, TypeError, ValueError) as error:
        raise Unexpected(
            f"the deployment sent a {record.__name__} this client cannot read: {error!r}"
        ) from error


def _converted(hint: Hint, value: Value) -> Value:
    if hint is Any:
        return json.loads(value) if isinstance(value, str) else value
    origin: object = get_origin(hint)
    if origin is types.UnionType:
        return None if value is None else _converted(_option(hint), value)
    if origin is tuple:
        return tuple(_converted(get_args(hint)[0], item) for item in value)
    return _plain(hint, value)


def _option(hint: Hint) -> Hint:
    return next(part for part in get_args(hint) if part is not types.NoneType)


def _plain(hint: Hint, value: Value) -> Value:
    if is_dataclass(hint):
        return decode(hint, value)  # type: ignore[arg-type]  # a class, as is_dataclass was told
    if hint is datetime:
        return datetime.fromisoformat(value)
    if issubclass(hint, Enum):
        return hint(value)
    if hint is float and isinstance(value, int):
        return float(value)
    if not isinstance(value, hint):
        raise TypeError(f"{value!r} is not of type {hint.__name__}")
    return value


def encode(value: Value) -> Value:
    """A record, or a structure of records, as JSON-ready data in the API's own names."""
    if is_dataclass(value):
        return {a.wire: encode(getattr(value, a.name)) for a in attributes(type(value))}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
