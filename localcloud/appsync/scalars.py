"""AppSync's scalars: which texts are legal, and how `AWSJSON` changes shape between the wire and resolvers.

https://docs.aws.amazon.com/appsync/latest/devguide/scalars.html
"""

import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from urllib.parse import urlsplit

from graphql import GraphQLError, GraphQLScalarType, GraphQLSchema, ValueNode, value_from_ast_untyped

from localcloud.appsync.errors import Json
from localcloud.appsync.wire import loads

# Java's offsets, which are AppSync's, end at 18 hours.
OFFSET = r"(?:Z|[+-](?:(?:0\d|1[0-7]):[0-5]\d(?::[0-5]\d)?|18:00(?::00)?))"
DATE = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})({OFFSET})?", re.ASCII)
TIME = re.compile(rf"(\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d{{1,9}})?)?)({OFFSET})?", re.ASCII)
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
PHONE = re.compile(r"\+?[\d][\d \-]{2,30}", re.ASCII)
CIDR = re.compile(r"[0-9a-fA-F.:]+(?:/\d{1,3})?", re.ASCII)
INT64 = 2**63


def read_date(value: Json) -> Json:
    match = DATE.fullmatch(value)
    if not match:
        raise ValueError("not a date")
    date.fromisoformat(match[1])
    return value


def read_time(value: Json) -> Json:
    match = TIME.fullmatch(value)
    if not match:
        raise ValueError("not a time")
    time.fromisoformat(match[1])
    return value


def read_datetime(value: Json) -> Json:
    """A date, `T`, a time, and an offset: AppSync does not accept a local date and time."""
    day, mark, clock = value.partition("T")
    match = TIME.fullmatch(clock)
    if not mark or not match or not match[2]:
        raise ValueError("not a date and time with an offset")
    date.fromisoformat(day)
    time.fromisoformat(match[1])
    return value


def read_timestamp(value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, int) or not -INT64 <= value < INT64:
        raise ValueError("not a whole number of seconds")
    return value


def read_email(value: Json) -> Json:
    if not EMAIL.fullmatch(value):
        raise ValueError("not an e-mail address")
    return value


def read_url(value: Json) -> Json:
    parts = urlsplit(value)
    if not parts.scheme or "//" in parts.path:
        raise ValueError("not a URL")
    return value


def read_phone(value: Json) -> Json:
    if not PHONE.fullmatch(value):
        raise ValueError("not a phone number")
    return value


def read_ip(value: Json) -> Json:
    """Python's reader takes numbers, zones and whole masks as well."""
    if not CIDR.fullmatch(value):
        raise ValueError("not an address with the length of its prefix")
    ipaddress.ip_interface(value)
    return value


def read_json(value: Json) -> Json:
    """Resolvers see the parsed value."""
    return loads(value)


def write_json(value: Json) -> str:
    """Clients see a string: JSON text passes as it is, anything else is serialised."""
    if isinstance(value, str) and is_json(value):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def is_json(text: str) -> bool:
    try:
        loads(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Scalar:
    """`read` turns what a client sent into what resolvers see; `write` goes the other way."""

    name: str
    read: Callable[[Json], Json]
    write: Callable[[Json], Json]

    def parse(self, value: Json, node: ValueNode | None = None) -> Json:
        try:
            return self.read(value)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise GraphQLError(f"Expected type '{self.name}', found {json.dumps(value)}", node) from error

    def parse_literal(self, node: ValueNode) -> Json:
        """A refused literal is told of with its place in the document."""
        return self.parse(value_from_ast_untyped(node), node)

    def serialize(self, value: Json) -> Json:
        try:
            return self.write(value)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise GraphQLError(f"Unable to serialize `{value}` as a valid {self.name}.") from error


SCALARS = (
    Scalar("AWSDate", read_date, read_date),
    Scalar("AWSTime", read_time, read_time),
    Scalar("AWSDateTime", read_datetime, read_datetime),
    Scalar("AWSTimestamp", read_timestamp, read_timestamp),
    Scalar("AWSEmail", read_email, read_email),
    Scalar("AWSJSON", read_json, write_json),
    Scalar("AWSURL", read_url, read_url),
    Scalar("AWSPhone", read_phone, read_phone),
    Scalar("AWSIPAddress", read_ip, read_ip),
)


def install(schema: GraphQLSchema) -> None:
    """Gives the scalars of a schema built from text their behaviour."""
    for scalar in SCALARS:
        known = schema.type_map.get(scalar.name)
        if isinstance(known, GraphQLScalarType):
            behave(known, scalar)


def behave(known: GraphQLScalarType, scalar: Scalar) -> None:
    for name, function in (
        ("coerce_input_literal", scalar.parse_literal),
        ("coerce_input_value", scalar.parse), ("parse_value", scalar.parse),
        ("coerce_output_value", scalar.serialize), ("serialize", scalar.serialize),
    ):  # fmt: skip
        setattr(known, name, function)
