"""Embedding models over Bedrock's `invoke_model`, in the two request shapes that exist: Titan's and Cohere's.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched, chain
from typing import TYPE_CHECKING, Any, Literal, Protocol

from chalicelib.errors import ModelRefused
from chalicelib.models.bedrock import base_model, model_failures
from chalicelib.models.retrying import Backoff

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

type Vector = list[float]

TITAN_CHARS = 50_000
COHERE_TEXTS = 96
COHERE_V3_CHARS = 2_048
CONCURRENT_CALLS = 4


class Embedder(Protocol):
    """Whatever turns texts into vectors of `dimensions` numbers."""

    @property
    def model(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def passages(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text, in order. Raises Throttled, ModelUnavailable or ModelRefused."""

    def query(self, text: str) -> Vector:
        """The vector to search with. Raises as `passages` does."""


def bedrock_embedder(
    client: "BedrockRuntimeClient", model: str, dimensions: int, backoff: Backoff | None = None
) -> Embedder:
    """The embedder for a model id: Cohere's shape for Cohere's models, Titan's for all others."""
    runtime = _Runtime(client, model, dimensions, backoff or Backoff(attempts=5, patience=30))
    if base_model(model).startswith("cohere."):
        return CohereEmbedder(runtime)
    return TitanEmbedder(runtime)


@dataclass(frozen=True, slots=True)
class _Runtime:
    """One embedding model's calls, and the check that it answers in the size the index was made for."""

    client: "BedrockRuntimeClient"
    model: str
    dimensions: int
    backoff: Backoff

    def invoke(self, request: dict[str, Any]) -> dict[str, Any]:  # JSON of the model's own shape
        return self.backoff.call(lambda: self._invoke(json.dumps(request)))

    def checked(self, vectors: list[Vector], count: int) -> list[Vector]:
        """Raises ModelRefused when vectors are missing or of another size than the index has."""
        if len(vectors) != count:
            raise ModelRefused(f"model '{self.model}' gave {len(vectors)} vectors for {count} texts")
        if odd := next((vector for vector in vectors if len(vector) != self.dimensions), None):
            raise ModelRefused(
                f"model '{self.model}' gave {len(odd)} dimensions; the index has {self.dimensions}"
            )
        return vectors

    def _invoke(self, body: str) -> dict[str, Any]:
        with model_failures(self.model):
            answer = self.client.invoke_model(
                modelId=self.model, body=body, contentType="application/json", accept="application/json"
            )
            return dict(json.loads(answer["body"].read()))


@dataclass(frozen=True, slots=True)
class TitanEmbedder:
    """One text a call, so a few calls run at once."""

    runtime: _Runtime

    @property
    def model(self) -> str:
        return self.runtime.model

    @property
    def dimensions(self) -> int:
        return self.runtime.dimensions

    def passages(self, texts: Sequence[str]) -> list[Vector]:
        with ThreadPoolExecutor(CONCURRENT_CALLS, "embedding") as pool:
            return list(pool.map(self.query, texts))

    def query(self, text: str) -> Vector:
        request = {"inputText": text[:TITAN_CHARS], "dimensions": self.dimensions, "normalize": True}
        return self.runtime.checked([self.runtime.invoke(request)["embedding"]], 1)[0]


@dataclass(frozen=True, slots=True)
class CohereEmbedder:
    """Up to 96 texts a call; passages and queries are told apart, and embedded differently."""

    runtime: _Runtime

    @property
    def model(self) -> str:
        return self.runtime.model

    @property
    def dimensions(self) -> int:
        return self.runtime.dimensions

    def passages(self, texts: Sequence[str]) -> list[Vector]:
        parts = [self._embed(part, "search_document") for part in batched(texts, COHERE_TEXTS, strict=False)]
        return list(chain.from_iterable(parts))

    def query(self, text: str) -> Vector:
        return self._embed((text,), "search_query")[0]

    def _embed(
        self, texts: tuple[str, ...], input_type: Literal["search_document", "search_query"]
    ) -> list[Vector]:
        answer = self.runtime.invoke(self._request(texts, input_type))
        found = answer["embeddings"]
        # A list for v3; by type for v4, or wherever types were asked for.
        return self.runtime.checked(found["float"] if isinstance(found, dict) else found, len(texts))

    def _request(self, texts: tuple[str, ...], input_type: str) -> dict[str, Any]:
        """v4 offers a choice of sizes and takes long texts; v3 has 1,024 dimensions and a limit on length."""
        if "embed-v4" in self.model:
            request = {"embedding_types": ["float"], "output_dimension": self.dimensions}
            return {"texts": texts, "input_type": input_type, **request}
        cut = [text[:COHERE_V3_CHARS] for text in texts]
        return {"texts": cut, "input_type": input_type, "truncate": "END"}
