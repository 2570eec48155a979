"""Which chat model answers: the one named by `RIFFLE_MODEL`, otherwise the extractive writer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from localcloud.bedrock import writing
from localcloud.bedrock.chat import ChatModel
from localcloud.bedrock.embedding import Embedder

_HELP = (
    "write RIFFLE_MODEL=openai:http://127.0.0.1:11434/v1#llama3.2 for Ollama or a server like it, "
    "RIFFLE_MODEL=bedrock:<model id> for Amazon Bedrock, or leave it unset for the extractive writer"
)


class WrongModel(ValueError):
    """RIFFLE_MODEL is of no known form; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Backend:
    """`name` is the model as its own server knows it; `url` is an OpenAI-compatible server's."""

    kind: Literal["extractive", "openai", "bedrock"]
    name: str
    url: str = ""

    @property
    def model_id(self) -> str:
        return f"openai.{self.name}" if self.kind == "openai" else self.name

    @classmethod
    def parse(cls, riffle_model: str | None) -> "Backend":
        """Raises WrongModel."""
        if not riffle_model:
            return cls("extractive", writing.MODEL_ID)
        kind, _, rest = riffle_model.partition(":")
        if kind == "openai":
            return _openai(riffle_model, rest)
        if kind == "bedrock" and rest:
            return cls("bedrock", rest)
        raise WrongModel(f"RIFFLE_MODEL is {riffle_model!r}: {_HELP}")


def chat_model_id(riffle_model: str | None) -> str:
    """The model id to ask this endpoint for, given the value of RIFFLE_MODEL. Raises WrongModel."""
    return Backend.parse(riffle_model).model_id


def chat_model(backend: Backend, embedder: Embedder, environ: Mapping[str, str]) -> ChatModel:
    """Makes the model; connects to nothing yet."""
    if backend.kind == "openai":
        from localcloud.bedrock.openai import OpenAI

        return OpenAI(backend.url, backend.name, embedder.count_tokens, environ.get("OPENAI_API_KEY"))
    if backend.kind == "bedrock":
        from localcloud.bedrock.forwarding import Forwarder, real_client

        return Forwarder(real_client(), backend.name)
    return writing.ExtractiveWriter(embedder)


def _openai(whole: str, rest: str) -> Backend:
    address, _, name = rest.partition("#")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not name:
        raise WrongModel(f"RIFFLE_MODEL is {whole!r}: {_HELP}")
    return Backend("openai", name, address.rstrip("/"))
