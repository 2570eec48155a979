"""The values a client receives, named as in schema.graphql. Plain frozen data, made by `decoding`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class DocumentStatus(StrEnum):
    AWAITING_UPLOAD = "AWAITING_UPLOAD"
    QUEUED = "QUEUED"
    EXTRACTING = "EXTRACTING"
    EMBEDDING = "EMBEDDING"
    READY = "READY"
    FAILED = "FAILED"
    DELETING = "DELETING"
    DELETED = "DELETED"

    @property
    def settled(self) -> bool:
        """Whether ingestion is over: nothing changes any more by itself."""
        return self in {DocumentStatus.READY, DocumentStatus.FAILED, DocumentStatus.DELETED}


class AnswerStatus(StrEnum):
    QUEUED = "QUEUED"
    RETRIEVING = "RETRIEVING"
    STREAMING = "STREAMING"
    COMPLETE = "COMPLETE"
    PARTIAL = "PARTIAL"
    STOPPED = "STOPPED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"

    @property
    def final(self) -> bool:
        """Whether no further event can follow."""
        return self not in {AnswerStatus.QUEUED, AnswerStatus.RETRIEVING, AnswerStatus.STREAMING}


class SearchMode(StrEnum):
    HYBRID = "HYBRID"
    VECTOR = "VECTOR"
    TEXT = "TEXT"


@dataclass(frozen=True, slots=True)
class About:
    """Which models a deployment uses, and limits worth checking before a request."""

    chat_model: str
    embedding_model: str
    max_question_chars: int
    max_upload_bytes: int
    content_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    type: str
    message: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    owner: str
    collection: str
    name: str
    status: DocumentStatus
    version: int
    created_at: datetime
    updated_at: datetime
    content_type: str | None = None
    bytes: int | None = None
    error: Problem | None = None
    pages: int | None = None
    passages: int | None = None
    progress: float | None = None
    title: str | None = None
    language: str | None = None
    sha256: str | None = None
    attachments: tuple[str, ...] = ()
    source: str | None = None
    passages_done: int | None = None
    seconds_left: int | None = None
    searchable_version: int | None = None


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One version of a document; `created_at` is when it became READY."""

    version: int
    name: str
    created_at: datetime
    current: bool
    content_type: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    pages: int | None = None
    passages: int | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """Where to post a file: `fields` go first, in their order, and the file after them."""

    document: Document
    url: str
    fields: Any  # AWSJSON: whatever form fields S3 signed
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Ranking:
    """Why a passage stands where it does: ranks count from 1; None where that search missed it."""

    vector_score: float | None = None
    vector_rank: int | None = None
    text_score: float | None = None
    text_rank: int | None = None
    fused_score: float | None = None
    fused_rank: int | None = None
    rerank_score: float | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document's extracted text; `start` and `end` are character offsets into it."""

    id: str
    document_id: str
    document_name: str
    version: int
    text: str
    start: int
    end: int
    score: float
    page: int | None = None
    headings: tuple[str, ...] = ()
    language: str | None = None
    ranking: Ranking | None = None


@dataclass(frozen=True, slots=True)
class DocumentText:
    """A window of a document's extracted text; `start`, `end` and `length` are character offsets."""

    document_id: str
    version: int
    text: str
    start: int
    end: int
    length: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    passages: tuple[Passage, ...]
    mode: SearchMode
    took_ms: int


@dataclass(frozen=True, slots=True)
class Citation:
    """`marker` is the number in square brackets in the answer's text."""

    marker: int
    passage: Passage
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and times of one answer; times in milliseconds since a worker took it on."""

    input_tokens: int
    output_tokens: int
    model: str
    cached: bool
    retrieval_ms: int
    total_ms: int
    first_token_ms: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    id: str
    owner: str
    conversation_id: str
    question: str
    status: AnswerStatus
    created_at: datetime
    updated_at: datetime
    text: str
    last_seq: int
    attempt: int
    citations: tuple[Citation, ...] = ()
    queries: tuple[str, ...] = ()
    """What was searched for: the question, or what it was made into."""
    usage: Usage | None = None
    error: Problem | None = None


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    """One step of an answer's stream: `text` belongs at `offset`; `seq` counts from 1 within an attempt."""

    answer_id: str
    owner: str
    seq: int
    attempt: int
    status: AnswerStatus
    offset: int
    text: str
    citations: tuple[Citation, ...] | None = None
    queries: tuple[str, ...] | None = None
    """What was searched for, told once, if that is not the question as it was asked."""
    usage: Usage | None = None
    error: Problem | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    id: str
    title: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a channel; `data` is whatever JSON value was published."""

    channel: str
    id: str
    data: Any  # AWSJSON
    sender: str
    sent_at: datetime
