"""Reranking, over real HTTP."""

from typing import Any

import pytest
from chalicelib.errors import ModelRefused, Throttled
from chalicelib.models.reranking import TEXT_CHARS, BedrockReranker
from chalicelib.models.retrying import Backoff
from chalicelib.settings import Settings

from tests.models.runtime import Reply, Runtime

HASTY = Backoff(attempts=2, sleep=lambda _: None)


def reranker(runtime: Runtime, model: str = "cohere.rerank-v3-5:0") -> BedrockReranker:
    return BedrockReranker(runtime.client, model, HASTY)


def by_length(request: dict[str, Any]) -> Reply:
    """The longer a text the better, best first, as the service orders them."""
    scores = [(len(text) / 10, place) for place, text in enumerate(request["documents"])]
    results = [{"index": place, "relevance_score": score} for score, place in sorted(scores, reverse=True)]
    return Reply(body={"results": results})


def test_scores_come_in_the_order_of_the_texts(runtime: Runtime) -> None:
    runtime.respond = by_length
    assert reranker(runtime).scores("how long?", ["aa", "aaaa", "a"]) == [0.2, 0.4, 0.1]
    assert runtime.models == ["cohere.rerank-v3-5:0"]
    assert runtime.requests == [
        {"query": "how long?", "documents": ["aa", "aaaa", "a"], "top_n": 3, "api_version": 2}
    ]


def test_amazons_model_is_asked_without_coheres_version(runtime: Runtime) -> None:
    runtime.respond = by_length
    reranker(runtime, "amazon.rerank-v1:0").scores("q", ["a" * (TEXT_CHARS + 1)])
    assert runtime.requests == [{"query": "q", "documents": ["a" * TEXT_CHARS], "top_n": 1}]


def test_a_text_without_a_score_is_the_models_error(runtime: Runtime) -> None:
    runtime.replies = [Reply(body={"results": [{"index": 0, "relevance_score": 0.5}]})]
    with pytest.raises(ModelRefused, match="gave 1 scores for 2 texts"):
        reranker(runtime).scores("q", ["a", "b"])


def test_a_busy_model_is_asked_once_more_only(runtime: Runtime) -> None:
    busy = Reply(429, {"message": "slow down"}, code="ThrottlingException")
    runtime.replies = [busy, busy]
    with pytest.raises(Throttled):
        reranker(runtime).scores("q", ["a"])
    assert runtime.replies == []


@pytest.mark.parametrize(("given", "model"), [({}, ""), ({"RIFFLE_RERANK_MODEL": "none"}, ""),
    ({"RIFFLE_RERANK_MODEL": "amazon.rerank-v1:0"}, "amazon.rerank-v1:0")])  # fmt: skip
def test_no_model_is_deployed_unless_one_is_named(given: dict[str, str], model: str) -> None:
    names = (
        "STAGE", "BUCKET", "DOCUMENTS_TABLE", "ANSWERS_TABLE", "CONVERSATIONS_TABLE", "INGEST_QUEUE_URL",
        "ANSWER_QUEUE_URL", "GRAPHQL_URL", "CHAT_MODEL", "EMBEDDING_MODEL", "EMBEDDING_DIMENSIONS",
    )  # fmt: skip
    environ = {f"RIFFLE_{name}": "3" for name in names} | given
    assert Settings.from_environ(environ).rerank_model == model
