"""Embedding models over Bedrock's `invoke_model`, in the two request shapes that exist: Titan's and Cohere's.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from chalicelib.errors import ModelRefused
from chalicelib.models.bedrock import base_model, model_failures
from chalicelib.models.lanes import MOST, Lanes
from chalicelib.models.retrying import Backoff

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

type Vector = list[float]

TITAN_CHARS = 50_000
COHERE_TEXTS = 96
COHERE_V3_CHARS = 2_048
COHERE_TOKENS = 32_000
"""Estimated tokens of one call's texts: passages never come near, a few long texts might."""

_TOKEN_BYTES = 3  # cautious: English has more than four to a token, other scripts have two or three


class Embedder(Protocol):
    """Whatever turns texts into vectors of `dimensions` numbers."""

    @property
    def model(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def passages(self, texts: Sequence[str]) -> Iterable[Vector]:
        """One vector a text, in order, as they are made. Raises Throttled, ModelUnavailable or ModelRefused.

        Vectors that were made and not given out before it raised are not made again.
        """

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
    lanes: Lanes = field(default_factory=Lanes)

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
        with self.lanes.one(), model_failures(self.model):
            answer = self.client.invoke_model(
                modelId=self.model, body=body, contentType="application/json", accept="application/json"
            )
            return dict(json.loads(answer["body"].read()))


class _Line:
    """Texts on their way through calls that run side by side; what a failure leaves over is kept."""

    def __init__(self, embed: Callable[[tuple[str, ...]], list[Vector]]) -> None:
        self._embed = embed
        self._made: dict[str, Vector] = {}

    def through(self, texts: Sequence[str], calls: Iterable[tuple[str, ...]]) -> Iterator[Vector]:
        """The vectors of `texts` in order, of which `calls` has those that are not made yet."""
        coming = self._called(calls)
        for text in texts:
            while text not in self._made:
                next(coming)
            yield self._made[text]
        self._made.clear()

    def missing(self, texts: Sequence[str]) -> list[str]:
        """The texts that are still to be embedded, each once."""
        return [text for text in dict.fromkeys(texts) if text not in self._made]

    def _called(self, calls: Iterable[tuple[str, ...]]) -> Iterator[None]:
        """Makes the calls and comes back whenever the oldest is answered; only so many are ahead of it."""
        running: deque[Future[None]] = deque()
        with ThreadPoolExecutor(MOST, "embedding") as pool:
            try:
                for call in calls:
                    running.append(pool.submit(self._make, call))
                    if len(running) >= 2 * MOST:
                        yield running.popleft().result()
                while running:
                    yield running.popleft().result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _make(self, texts: tuple[str, ...]) -> None:
        self._made.update(zip(texts, self._embed(texts), strict=True))


class TitanEmbedder:
    """One text a call, so several calls run at once."""

    def __init__(self, runtime: _Runtime) -> None:
        self._runtime = runtime
        self._line = _Line(lambda texts: [self.query(text) for text in texts])

    @property
    def model(self) -> str:
        return self._runtime.model

    @property
    def dimensions(self) -> int:
        return self._runtime.dimensions

    def passages(self, texts: Sequence[str]) -> Iterator[Vector]:
        return self._line.through(texts, ((text,) for text in self._line.missing(texts)))

    def query(self, text: str) -> Vector:
        request = {"inputText": text[:TITAN_CHARS], "dimensions": self.dimensions, "normalize": True}
        return self._runtime.checked([self._runtime.invoke(request)["embedding"]], 1)[0]


class CohereEmbedder:
    """Up to 96 texts a call; passages and queries are told apart, and embedded differently."""

    def __init__(self, runtime: _Runtime) -> None:
        self._runtime = runtime
        self._line = _Line(lambda texts: self._embed(texts, "search_document"))

    @property
    def model(self) -> str:
        return self._runtime.model

    @property
    def dimensions(self) -> int:
        return self._runtime.dimensions

    def passages(self, texts: Sequence[str]) -> Iterator[Vector]:
        return self._line.through(texts, by_tokens(self._line.missing(texts)))

    def query(self, text: str) -> Vector:
        return self._embed((text,), "search_query")[0]

    def _embed(
        self, texts: tuple[str, ...], input_type: Literal["search_document", "search_query"]
    ) -> list[Vector]:
        answer = self._runtime.invoke(self._request(texts, input_type))
        found = answer["embeddings"]
        # A list for v3; by type for v4, or wherever types were asked for.
        return self._runtime.checked(found["float"] if isinstance(found, dict) else found, len(texts))

    def _request(self, texts: tuple[str, ...], input_type: str) -> dict[str, Any]:
        """v4 offers a choice of sizes and takes long texts; v3 has 1,024 dimensions and a limit on length."""
        if "embed-v4" in self.model:
            request = {"embedding_types": ["float"], "output_dimension": self.dimensions}
            return {"texts": texts, "input_type": input_type, **request}
        cut = [text[:COHERE_V3_CHARS] for text in texts]
        return {"texts": cut, "input_type": input_type, "truncate": "END"}


def by_tokens(texts: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Texts for one call each: as many as it takes, of so many estimated tokens unless one alone has more."""
    call: list[str] = []
    size = 0
    for text in texts:
        added = len(text.encode()) // _TOKEN_BYTES
        if call and (len(call) == COHERE_TEXTS or size + added > COHERE_TOKENS):
            yield tuple(call)
            call, size = [], 0
        call.append(text)
        size += added
    if call:
        yield tuple(call)
