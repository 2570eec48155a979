"""The request and response bodies of Titan's and Cohere's embedding models."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.bedrock.embedding import DIMENSIONS, MAX_TOKENS, Embeddings
from localcloud.bedrock.errors import invalid

type Reply = dict[str, Any]
type Json = Mapping[str, Any]  # Any: request and reply bodies, checked field by field below

TITAN_CHARS = 50_000
COHERE_TEXTS, COHERE_V3_CHARS = 96, 2_048
_INPUT_TYPES = {"search_document", "search_query", "classification", "clustering"}


@dataclass(frozen=True, slots=True)
class Titan:
    """https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html"""

    text: str
    types: tuple[str, ...]

    @property
    def texts(self) -> list[str]:
        return [self.text]

    @classmethod
    def parse(cls, body: Json) -> "Titan":
        text = body.get("inputText")
        if not isinstance(text, str) or not text.strip():
            raise invalid("inputText must be a text that is not empty")
        if len(text) > TITAN_CHARS:
            raise invalid(f"inputText has {len(text)} characters; the limit is {TITAN_CHARS}")
        _check_dimensions(body.get("dimensions"))
        return cls(text, _types(body.get("embeddingTypes"), {"float", "binary"}) or ("float",))

    def reply(self, found: Embeddings) -> Reply:
        vector = found.vectors[0].tolist()
        by_type = {"float": vector, "binary": [int(value > 0) for value in vector]}
        return {
            "embedding": vector,
            "embeddingsByType": {kind: by_type[kind] for kind in self.types},
            "inputTextTokenCount": found.tokens[0],
        }


@dataclass(frozen=True, slots=True)
class Cohere:
    """https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v3.html"""

    texts: list[str]
    truncate: str
    types: tuple[str, ...]

    @classmethod
    def parse(cls, body: Json, *, limit: int | None) -> "Cohere":
        """`limit`: the most characters a text may have, where the model asked for has such a limit."""
        if body.get("input_type") not in _INPUT_TYPES:
            raise invalid(
                f"input_type is {body.get('input_type')!r}; it must be one of {sorted(_INPUT_TYPES)}"
            )
        truncate = body.get("truncate", "NONE")
        if truncate not in {"NONE", "END", "RIGHT"}:
            raise invalid(f"truncate is {truncate!r}; the local model knows NONE and END")
        _check_dimensions(body.get("output_dimension"))
        return cls(_texts(body.get("texts"), limit), truncate, _types(body.get("embedding_types"), {"float"}))

    def reply(self, found: Embeddings) -> Reply:
        longest = max(found.tokens)
        if self.truncate == "NONE" and longest > MAX_TOKENS:
            raise invalid(
                f"a text has {longest} tokens; the local model reads {MAX_TOKENS} (or set truncate to END)"
            )
        vectors = found.vectors.tolist()
        kind = "embeddings_by_type" if self.types else "embeddings_floats"
        embeddings = {"float": vectors} if self.types else vectors
        return {"id": str(uuid.uuid4()), "response_type": kind, "embeddings": embeddings, "texts": self.texts}


def _check_dimensions(asked: object) -> None:
    if asked not in {None, DIMENSIONS}:
        raise invalid(f"dimensions is {asked!r}; the local embedding model has {DIMENSIONS}")


def _types(asked: object, known: set[str]) -> tuple[str, ...]:
    if asked is None:
        return ()
    if not isinstance(asked, list) or not known.issuperset(asked):
        raise invalid(f"embedding types are {asked!r}; the local model gives {sorted(known)}")
    return tuple(asked)


def _texts(texts: object, limit: int | None) -> list[str]:
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise invalid("texts must be a list of at least one text")
    if len(texts) > COHERE_TEXTS:
        raise invalid(f"texts has {len(texts)} items; the limit is {COHERE_TEXTS}")
    for index, text in enumerate(texts):
        if limit is not None and len(text) > limit:
            raise invalid(f"#/texts/{index}: expected maxLength: {limit}, actual: {len(text)}")
    return texts
