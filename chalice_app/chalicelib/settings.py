"""The only reader of the environment: names of resources and models, and the product's limits."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is accepted, checked before anything is read or stored."""

    question_chars: int = 8_000
    document_bytes: int = 50 * 1024 * 1024
    document_chars: int = 20_000_000
    inline_text_bytes: int = 200_000
    name_chars: int = 200
    collection_chars: int = 64
    document_ids: int = 50
    filter_values: int = 50
    source_chars: int = 1_000
    versions: int = 10
    page_size: int = 100
    search_results: int = 50
    text_window_chars: int = 200_000
    upload_seconds: int = 900


NO_MODEL = "none"
"""Says in the template that there is no model: neither an output nor a role's resource can be empty."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs between stages. Endpoints are boto3's own `AWS_ENDPOINT_URL…`, not ours."""

    stage: str
    bucket: str
    documents_table: str
    answers_table: str
    conversations_table: str
    ingest_queue_url: str
    answer_queue_url: str
    graphql_url: str
    chat_model: str
    embedding_model: str
    embedding_dimensions: int
    rerank_model: str = ""
    """Empty where none is deployed."""
    ocr_model: str = ""
    """The same: images and scanned pages then have no text."""
    limits: Limits = Limits()

    @property
    def index_uri(self) -> str:
        """Where LanceDB keeps its tables: a folder of the stack's bucket."""
        return f"s3://{self.bucket}/index"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Reads `RIFFLE_…` variables. Raises KeyError naming the first one that is missing."""
        return cls(
            stage=environ["RIFFLE_STAGE"],
            bucket=environ["RIFFLE_BUCKET"],
            documents_table=environ["RIFFLE_DOCUMENTS_TABLE"],
            answers_table=environ["RIFFLE_ANSWERS_TABLE"],
            conversations_table=environ["RIFFLE_CONVERSATIONS_TABLE"],
            ingest_queue_url=environ["RIFFLE_INGEST_QUEUE_URL"],
            answer_queue_url=environ["RIFFLE_ANSWER_QUEUE_URL"],
            graphql_url=environ["RIFFLE_GRAPHQL_URL"],
            chat_model=environ["RIFFLE_CHAT_MODEL"],
            embedding_model=environ["RIFFLE_EMBEDDING_MODEL"],
            embedding_dimensions=int(environ["RIFFLE_EMBEDDING_DIMENSIONS"]),
            rerank_model=_model(environ.get("RIFFLE_RERANK_MODEL", "")),
            ocr_model=_model(environ.get("RIFFLE_OCR_MODEL", "")),
        )


def _model(name: str) -> str:
    return "" if name == NO_MODEL else name
