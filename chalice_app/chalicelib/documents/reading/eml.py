"""Mails: the subject as heading, who wrote to whom, then the text. Attached files are named and not read."""

import email
import email.policy
from collections.abc import Iterator
from email.message import MIMEPart
from itertools import islice

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading import letters
from chalicelib.documents.reading.text import decoded
from chalicelib.errors import Unreadable

_MOST_PARTS = 200
"""Of a mail: its attachments are named, and no more names than half of these are kept."""

_HEADER_CHARS = 32 * 1024
"""What an address costs to parse grows with how many there are."""

_SAID = ("From", "To", "Cc", "Date")


def read(data: bytes) -> Extracted:
    try:
        message = email.message_from_bytes(_in_bytes(data), policy=email.policy.default)
    except RecursionError as error:
        raise Unreadable("its mails are nested too deeply within each other") from error
    builder = Builder(_header(message, "Subject"))
    _add(builder, message, 1)
    return builder.build()


def _in_bytes(data: bytes) -> bytes:
    """A mail as it was sent, also where an editor has saved it as UTF-16."""
    return decoded(data).encode() if b"\0" in data[:64] else data


def _add(builder: Builder, message: MIMEPart, level: int) -> None:
    said = [(name, _header(message, name)) for name in _SAID]
    letters.add_heading(builder, _header(message, "Subject"), said, level)
    body = message.get_body(("plain", "html"))
    if body is not None:
        _add_body(builder, body, level)
    for part in islice(_others(message, body), _MOST_PARTS):
        _add_part(builder, part, level)


def _header(message: MIMEPart, name: str) -> str | None:
    """A header that its parser chokes on is not worth the mail, nor is one that takes it minutes."""
    if sum(len(value) for key, value in message.raw_items() if key.lower() == name.lower()) > _HEADER_CHARS:
        return None
    try:
        found = message.get(name)
    except (ValueError, IndexError, TypeError, AttributeError):
        return None
    return str(found) if found is not None else None


def _add_body(builder: Builder, body: MIMEPart, level: int) -> None:
    text = _text(body, _bytes(body))
    if body.get_content_subtype() == "html":
        letters.add_page(builder, text, level)
    else:
        builder.paragraph(text)


def _bytes(part: MIMEPart) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _text(part: MIMEPart, data: bytes) -> str:
    """As it says it is encoded, otherwise like any text."""
    charset = part.get_content_charset()
    try:
        return data.decode(charset) if charset else decoded(data)
    except (LookupError, UnicodeDecodeError):
        return decoded(data)


def _others(message: MIMEPart, body: MIMEPart | None) -> Iterator[MIMEPart]:
    """The parts beside the body. A forwarded mail is one part, whatever is in it."""
    if not message.is_multipart():
        return
    for part in message.iter_parts():
        if part is body or not isinstance(part, MIMEPart):
            continue
        if part.get_content_maintype() == "multipart":
            yield from _others(part, body)
        elif not _is_other_form(part, message):
            yield part


def _is_other_form(part: MIMEPart, message: MIMEPart) -> bool:
    return message.get_content_subtype() == "alternative" and part.get_content_maintype() == "text"


def _add_part(builder: Builder, part: MIMEPart, level: int) -> None:
    if part.get_content_type() == "message/rfc822" and level < letters.DEEPEST:
        for inner in part.iter_parts():
            _add(builder, inner, level + 1)
    elif part.get_content_maintype() == "text" and not part.get_filename():
        _add_body(builder, part, level)  # lists and scanners write below what somebody wrote
    else:
        builder.attach(part.get_filename() or part.get_content_type())
