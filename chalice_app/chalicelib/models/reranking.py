"""Reranking passages with a Bedrock model: Cohere Rerank or Amazon Rerank, which take the same request.

https://docs.aws.amazon.com/bedrock/latest/userguide/rerank.html
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chalicelib.errors import ModelRefused
from chalicelib.models.bedrock import base_model, model_failures
from chalicelib.models.retrying import Backoff

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

COHERE_API = 2

TEXT_CHARS = 8_000
"""More than a passage has; what is beyond a model's window it leaves out."""


def _once_more() -> Backoff:
    """Somebody waits for the search, and its order is good without this."""
    return Backoff(attempts=2, first=0.2, longest=0.2, patience=3)


@dataclass(frozen=True, slots=True)
class BedrockReranker:
    client: "BedrockRuntimeClient"
    model: str
    backoff: Backoff = field(default_factory=_once_more)

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question, from 0 to 1.

        Raises Throttled, ModelUnavailable or ModelRefused.
        """
        body = json.dumps(self._request(question, [text[:TEXT_CHARS] for text in texts]))
        return self._in_order(self.backoff.call(lambda: self._invoke(body)), len(texts))

    def _request(self, question: str, texts: list[str]) -> dict[str, Any]:  # JSON of the model's own shape
        request: dict[str, Any] = {"query": question, "documents": texts, "top_n": len(texts)}
        return (
            request | {"api_version": COHERE_API} if base_model(self.model).startswith("cohere.") else request
        )

    def _invoke(self, body: str) -> list[dict[str, Any]]:
        with model_failures(self.model):
            answer = self.client.invoke_model(
                modelId=self.model, body=body, contentType="application/json", accept="application/json"
            )
            return list(json.loads(answer["body"].read())["results"])

    def _in_order(self, results: list[dict[str, Any]], count: int) -> list[float]:
        """Results come best first, with each text's place; a text without one is an error of the model's."""
        scores = {int(each["index"]): float(each["relevance_score"]) for each in results}
        if scores.keys() != set(range(count)):
            raise ModelRefused(f"model '{self.model}' gave {len(scores)} scores for {count} texts")
        return [scores[place] for place in range(count)]
