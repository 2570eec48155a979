"""The values everything speaks of, named as in schema.graphql. Plain data: no storage, no wire format."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DocumentStatus(StrEnum):
    AWAITING_UPLOAD = "AWAITING_UPLOAD"
    QUEUED = "QUEUED"
    EXTRACTING = "EXTRACTING"
    EMBEDDING = "EMBEDDING"
    READY = "READY"
    FAILED = "FAILED"
    DELETING = "DELETING"
    DELETED = "DELETED"


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
    """What anyone may know of a deployment."""

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
    """Most of its text's, as a BCP 47 tag."""
    sha256: str | None = None
    """Of the file's bytes, in hexadecimal."""
    attachments: tuple[str, ...] = ()
    """Names of files inside the file, which were not read."""
    source: str | None = None
    """Where a feeder took it from, as a URI."""
    passages_done: int | None = None
    """Of `passages`, how many are embedded."""
    seconds_left: int | None = None
    """An estimate, while a worker has it."""
    searchable_version: int | None = None
    """The version whose passages answer searches."""


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One version of a document, as it was when its passages answered searches."""

    version: int
    name: str
    created_at: datetime
    current: bool
    content_type: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    pages: int | None = None
    passages: int | None = None
    embedding_model: str | None = None
    """What made the vectors of its passages; None where that is not certain."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which of an owner's passages to look at; what is absent or empty lets all through."""

    collection: str | None = None
    document_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """File names, whole, without regard to case."""
    content_types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    """Passages' languages, as BCP 47 tags."""
    created_after: datetime | None = None
    created_before: datetime | None = None
    """Bounds, exclusive, of when the document's version was registered."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Why a passage stands where it does: ranks count from 1; None where that search did not find it."""

    vector_score: float | None = None
    """Cosine similarity."""
    vector_rank: int | None = None
    text_score: float | None = None
    """BM25."""
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
    page: int | None = None
    score: float = 0.0
    headings: tuple[str, ...] = ()
    """The headings that it is under, outermost first."""
    language: str | None = None
    ranking: Ranking | None = None

    @property
    def ordinal(self) -> int:
        """Its place among its document's passages, from 0; ids are `document.version.ordinal`."""
        return int(self.id.rpartition(".")[2])


@dataclass(frozen=True, slots=True)
class Citation:
    marker: int
    passage: Passage
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and times of one answer; times in milliseconds since the worker claimed it."""

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
    text: str = ""
    last_seq: int = 0
    attempt: int = 0
    waits: int = 0
    """How many of the attempts came to nothing because a service asked to slow down."""
    citations: tuple[Citation, ...] = ()
    queries: tuple[str, ...] = ()
    """What was searched for: the question, or what it was made into."""
    usage: Usage | None = None
    error: Problem | None = None
    within: Filter = Filter()
    rewrite: bool = True
    split: bool = True
    model: str | None = None

    @property
    def tries(self) -> int:
        """Attempts that count towards giving up."""
        return self.attempt - self.waits


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
    usage: Usage | None = None
    error: Problem | None = None
    queries: tuple[str, ...] | None = None
    """What is searched for, in the one event that tells it: where it is more than the question."""


@dataclass(frozen=True, slots=True)
class Conversation:
    id: str
    owner: str
    title: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Page[T]:
    """One page of a listing; `next_token` is None on the last."""

    items: tuple[T, ...]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A registered document and the form that puts its file: POST `fields`, then the file, to `url`."""

    document: Document
    url: str
    fields: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DocumentText:
    """A window of a document's extracted text; `length` is the whole text's, all in characters."""

    document_id: str
    version: int
    text: str
    start: int
    end: int
    length: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Passages, best first, with the mode that found them and the time it took in milliseconds."""

    passages: tuple[Passage, ...]
    mode: SearchMode
    took_ms: int
