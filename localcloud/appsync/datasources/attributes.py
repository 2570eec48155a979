"""DynamoDB's typed values: as handlers write them, as boto3 wants them, and as results are in JSON."""

import base64
from collections.abc import Callable, Mapping
from decimal import Decimal

from localcloud.appsync.errors import FieldError, Json


def typed_row(row: Mapping[str, Json]) -> dict[str, Json]:
    return {name: typed(value) for name, value in row.items()}


def typed(value: Json) -> Json:
    """One typed value; handlers may write numbers as such, and binary as base64 text."""
    if not isinstance(value, Mapping) or len(value) != 1:
        raise FieldError(f"{value!r} is not a typed DynamoDB value.", "MappingTemplate")
    ((kind, given),) = value.items()
    if kind not in KINDS:
        raise FieldError(f"'{kind}' is not a type of DynamoDB.", "MappingTemplate")
    return {kind: KINDS[kind](given)}


def number(value: Json) -> str:
    return value if isinstance(value, str) else repr(value)


KINDS: Mapping[str, Callable[[Json], Json]] = {
    "S": str,
    "N": number,
    "B": base64.b64decode,
    "BOOL": bool,
    "NULL": lambda _: True,
    "SS": list,
    "NS": lambda values: [number(each) for each in values],
    "BS": lambda values: [base64.b64decode(each) for each in values],
    "L": lambda values: [typed(each) for each in values],
    "M": typed_row,
}


def plain_row(row: Mapping[str, Json]) -> Json:
    return {name: plain(value) for name, value in row.items()}


def plain(value: Json) -> Json:
    """Sets are lists, and binary is base64 text."""
    ((kind, given),) = value.items()
    return PLAIN[kind](given)


def plain_number(text: str) -> int | float:
    exact = Decimal(text)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def plain_binary(content: bytes) -> str:
    return base64.b64encode(content).decode()


PLAIN: Mapping[str, Callable[[Json], Json]] = {
    "S": str,
    "N": plain_number,
    "B": plain_binary,
    "BOOL": bool,
    "NULL": lambda _: None,
    "SS": sorted,
    "NS": lambda values: sorted(map(plain_number, values)),
    "BS": lambda values: sorted(map(plain_binary, values)),
    "L": lambda values: [plain(each) for each in values],
    "M": plain_row,
}
