"""Values as the API sends them."""

from typing import Any

NOW = "2026-01-02T03:04:05+00:00"
type Json = dict[str, Any]  # Any: JSON of the API


def document(name: str = "d1", **changes: Any) -> Json:
    base = {
        "id": name, "owner": "ada", "collection": "default", "name": f"{name}.txt",
        "contentType": "text/plain", "bytes": 5, "status": "QUEUED", "error": None, "version": 1,
        "pages": None, "passages": None, "progress": None, "title": None, "language": None, "sha256": None,
        "attachments": [], "source": None, "passagesDone": None, "secondsLeft": None,
        "searchableVersion": None, "createdAt": NOW, "updatedAt": NOW,
    }  # fmt: skip
    return base | changes


def passage(**changes: Any) -> Json:
    base = {
        "id": "p1", "documentId": "d1", "documentName": "d1.txt", "version": 1, "text": "Otters hold hands.",
        "page": 3, "start": 0, "end": 18, "score": 1, "headings": [], "language": "en", "ranking": None,
    }  # fmt: skip
    return base | changes


def citation(marker: int = 1) -> Json:
    return {"marker": marker, "passage": passage(), "quote": "Otters hold hands."}


def answer(name: str = "a1", **changes: Any) -> Json:
    base = {
        "id": name, "owner": "ada", "conversationId": "c1", "question": "Why?", "status": "QUEUED",
        "text": "", "lastSeq": 0, "attempt": 0, "citations": [], "queries": [], "usage": None, "error": None,
        "createdAt": NOW, "updatedAt": NOW,
    }  # fmt: skip
    return base | changes


def event(name: str, seq: int, offset: int, text: str, **changes: Any) -> Json:
    base = {
        "answerId": name, "owner": "ada", "seq": seq, "attempt": 1, "status": "STREAMING", "offset": offset,
        "text": text, "citations": None, "queries": None, "usage": None, "error": None,
    }  # fmt: skip
    return base | changes


def message(channel: str, data: str) -> Json:
    return {"channel": channel, "id": "m1", "data": data, "sender": "ada", "sentAt": NOW}


ABOUT = {
    "chatModel": "writer", "embeddingModel": "embedder", "maxQuestionChars": 8000, "maxUploadBytes": 2000,
    "contentTypes": ["text/plain"],
}  # fmt: skip
