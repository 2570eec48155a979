"""JSON text as it goes out: compact, and readable where the text allows."""

import json

from localcloud.appsync.errors import Json


def dumps(value: Json) -> str:
    """Text that UTF-8 can carry: a lone surrogate, legal in JSON, stays an escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text
