"""JSON as lines of `path: value`, objects of one shape as a table; notebooks as what is written in them.

What is nested too deeply, or is not quite JSON, is kept as it is written.
"""

import json
from collections.abc import Iterator
from typing import Any

from chalicelib.documents.extracted import Builder, Extracted, plain
from chalicelib.documents.reading.text import decoded

type Value = Any  # whatever JSON can say
_DEEPEST = 100


def read(data: bytes) -> Extracted:
    text = decoded(data)
    try:
        values = list(_values(text))
        builder = Builder()
        for value in values:
            _add(builder, value)
        return builder.build()
    except (ValueError, RecursionError):
        return plain(text)


def _values(text: str) -> Iterator[Value]:
    """One, or one a line."""
    try:
        yield _parsed(text)
    except ValueError:
        yield from [_parsed(line) for line in text.splitlines() if line.strip()]


def _parsed(text: str) -> Value:
    return json.loads(text, parse_int=str, parse_float=str)  # as written, however long


def _add(builder: Builder, value: Value) -> None:
    if _is_notebook(value):
        _add_notebook(builder, value)
    elif columns := _columns(value):
        builder.table([columns, *([_scalar(row[name]) for name in columns] for row in value)], head=1)
    else:
        builder.paragraph("\n".join(_lines(value, "", 0)))


def _columns(value: Value) -> list[str]:
    """The names that all objects of a list have, when they have the same and no lists or objects in them."""
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(each, dict) for each in value):
        return []
    names = list(value[0])
    alike = all(each.keys() == value[0].keys() for each in value)
    flat = alike and not any(isinstance(cell, dict | list) for each in value for cell in each.values())
    return names if flat else []


def _lines(value: Value, path: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _lines(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for number, inner in enumerate(value, start=1):
            yield from _lines(inner, f"{path}[{number}]", depth + 1)
    else:
        said = ", ".join(map(_scalar, value)) if isinstance(value, list) else _scalar(value)
        yield f"{path}: {said}" if path else said


def _scalar(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_notebook(value: Value) -> bool:
    return isinstance(value, dict) and isinstance(value.get("cells"), list) and "nbformat" in value


def _add_notebook(builder: Builder, value: Value) -> None:
    from chalicelib.documents.reading import markdown

    for cell in value["cells"]:
        source = cell.get("source", "") if isinstance(cell, dict) else ""
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if cell.get("cell_type") == "markdown":
            builder.include(markdown.read(text.encode()))
        else:
            builder.paragraph(text)
