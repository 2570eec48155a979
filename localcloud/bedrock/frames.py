"""Encodes messages of `application/vnd.amazon.eventstream`; botocore decodes only.

Layout (big-endian), after https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html:
total length, headers length, CRC-32 of these two, headers, payload, CRC-32 of everything before.
"""

import json
import struct
from collections.abc import Mapping
from zlib import crc32

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_OVERHEAD = 16  # prelude (8), its CRC (4), the message's CRC (4)
_STRING = 7  # the header value type of a UTF-8 string with a 16-bit length

type Json = Mapping[str, object]


def event(name: str, body: Json) -> bytes:
    """One event of a response stream, for example `contentBlockDelta`."""
    return message({":event-type": name, ":content-type": "application/json", ":message-type": "event"}, body)


def exception(code: str, text: str) -> bytes:
    """A modelled error inside a stream that had already begun; `code` such as `ThrottlingException`."""
    name = code[0].lower() + code[1:]
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return message(headers, {"message": text})


def message(headers: Mapping[str, str], body: Json) -> bytes:
    """One whole message with both checksums."""
    payload = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    head = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack("!II", _OVERHEAD + len(head) + len(payload), len(head))
    covered = prelude + struct.pack("!I", crc32(prelude)) + head + payload
    return covered + struct.pack("!I", crc32(covered))


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack("!B", len(key)) + key + struct.pack("!BH", _STRING, len(text)) + text
