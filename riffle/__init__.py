"""Riffle's typed Python client: `Client` for plain code, `AsyncClient` for asyncio."""

from riffle.accounts import Challenged, SignUp
from riffle.asynchronous import AsyncClient, DocumentFailed, Scope
from riffle.errors import (
    ByInvitation,
    Closed,
    Conflict,
    ConnectionFailed,
    InvalidInput,
    ModelRefused,
    ModelUnavailable,
    NotConfirmed,
    NoText,
    NotFound,
    RiffleError,
    Throttled,
    TimedOut,
    TooLarge,
    Unauthorized,
    Unavailable,
    Unexpected,
    Unreadable,
    UnsupportedType,
    Untrusted,
)
from riffle.progress import Finished, Restarted, StatusChange, StreamEvent, TextDelta, Understood
from riffle.records import (
    About,
    Answer,
    AnswerEvent,
    AnswerStatus,
    Citation,
    Conversation,
    Document,
    DocumentStatus,
    DocumentText,
    DocumentVersion,
    Message,
    Passage,
    Problem,
    Ranking,
    SearchMode,
    SearchResult,
    Usage,
)
from riffle.sessions import Session, Sessions
from riffle.streams import AnswerStream as AsyncAnswerStream
from riffle.synchronous import AnswerStream, Client

__all__ = [
    "About", "Answer", "AnswerEvent", "AnswerStatus", "AnswerStream", "AsyncAnswerStream", "AsyncClient",
    "ByInvitation", "Challenged", "Citation", "Client", "Closed", "Conflict", "ConnectionFailed",
    "Conversation", "Document", "DocumentFailed", "DocumentStatus", "DocumentText", "DocumentVersion",
    "Finished", "InvalidInput", "Message", "ModelRefused", "ModelUnavailable", "NoText", "NotConfirmed",
    "NotFound", "Passage", "Problem", "Ranking", "Restarted", "RiffleError", "Scope", "SearchMode",
    "SearchResult", "Session", "Sessions", "SignUp", "StatusChange", "StreamEvent", "TextDelta", "Throttled",
    "TimedOut", "TooLarge", "Unauthorized", "Unavailable", "Understood", "Unexpected", "Unreadable",
    "UnsupportedType", "Untrusted", "Usage",
]  # fmt: skip
