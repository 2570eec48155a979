"""JSON text as it comes in, strictly, and as it goes out: compact, and readable where the text allows."""

import json
import math
import re

from localcloud.appsync.errors import Json


def loads(text: str | bytes) -> Json:
    """Raises ValueError for what is no JSON or no number that JSON could carry on: NaN, Infinity, 1e999.

    Python's own reader lets those in, and they would break whoever is sent them next.
    """
    return json.loads(text, parse_constant=refuse, parse_float=finite)


def refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else refuse(text)


def dumps(value: Json) -> str:
    """Text that UTF-8 can carry: a lone surrogate, legal in JSON, stays an escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def as_stringified(value: Json) -> str:
    """The text that JavaScript's JSON.stringify makes of a value: what browsers sign.

    Compact, letters unescaped, and only lone surrogates, which no UTF-8 carries, as escapes.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)
