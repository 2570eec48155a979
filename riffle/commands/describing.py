"""All that is known of a document, for people."""

from riffle.records import Document
from riffle.uploads import readable


def described(document: Document) -> list[tuple[str, str | None]]:
    """Names and values; None where nothing is known."""
    return [
        ("Id", document.id),
        ("Name", document.name),
        ("Title", document.title),
        ("Collection", document.collection),
        ("Type", document.content_type),
        ("Language", document.language),
        ("Source", document.source),
        ("Status", status_of(document)),
        ("Reason", document.error.message if document.error else None),
        ("Version", f"{document.version}{_searched(document)}"),
        ("Size", None if document.bytes is None else readable(document.bytes)),
        ("Pages", _count(document.pages)),
        ("Passages", _count(document.passages)),
        ("Not read", ", ".join(document.attachments) or None),
        ("SHA-256", document.sha256),
        ("Added", f"{document.created_at:%Y-%m-%d %H:%M}"),
        ("Changed", f"{document.updated_at:%Y-%m-%d %H:%M}"),
    ]


def status_of(document: Document) -> str:
    """The status, with what is done and what is left of it: `EMBEDDING 40 of 120, about 12 s`."""
    done, left = document.passages_done, document.seconds_left
    counted = f" {done} of {document.passages}" if done is not None and document.passages else ""
    return f"{document.status}{counted}" + (f", about {left} s" if left is not None else "")


def _searched(document: Document) -> str:
    older = document.searchable_version
    return "" if older in {None, document.version} else f" (searches find version {older})"


def _count(value: int | None) -> str | None:
    return None if value is None else f"{value:,}"
