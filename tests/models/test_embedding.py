"""Embedding in both request shapes, over real HTTP."""

import re
import time
from typing import Any

import pytest
from chalicelib.errors import ModelRefused, ModelUnavailable, Throttled
from chalicelib.models.embedding import (
    COHERE_TEXTS,
    COHERE_TOKENS,
    Embedder,
    bedrock_embedder,
    by_tokens,
)
from chalicelib.models.retrying import Backoff

from tests.models.runtime import Reply, Runtime

HASTY = Backoff(attempts=3, sleep=lambda _: None)


def embedder(runtime: Runtime, model: str, dimensions: int = 2) -> Embedder:
    return bedrock_embedder(runtime.client, model, dimensions, HASTY)


def number(text: str) -> float:
    return float(re.sub(r"\D", "", text) or 0)


def titan(request: dict[str, Any]) -> Reply:
    """The later a text, the sooner its answer: order must not depend on it."""
    time.sleep(0.02 / (1 + number(request["inputText"])))
    return Reply(body={"embedding": [number(request["inputText"]), 1.0], "inputTextTokenCount": 2})


def cohere_v3(request: dict[str, Any]) -> Reply:
    return Reply(
        body={"embeddings": [[number(text), 1.0] for text in request["texts"]], "texts": request["texts"]}
    )


def cohere_v4(request: dict[str, Any]) -> Reply:
    return Reply(body={"embeddings": {"float": [[number(text), 1.0] for text in request["texts"]]}})


@pytest.mark.parametrize("model", ["amazon.titan-embed-text-v2:0", "local.all-minilm-l6-v2"])
def test_titans_shape_takes_one_text_a_call_and_keeps_order(runtime: Runtime, model: str) -> None:
    runtime.respond = titan
    vectors = list(embedder(runtime, model).passages([f"text {index}" for index in range(9)]))
    assert vectors == [[float(index), 1.0] for index in range(9)]
    assert set(runtime.models) == {model}
    assert runtime.requests[0].keys() == {"inputText", "dimensions", "normalize"}


@pytest.mark.parametrize("model", ["cohere.embed-multilingual-v3", "eu.cohere.embed-multilingual-v3"])
def test_coheres_shape_takes_many_texts_a_call(runtime: Runtime, model: str) -> None:
    runtime.respond = cohere_v3
    vectors = list(embedder(runtime, model).passages([f"text {index}" for index in range(COHERE_TEXTS + 4)]))
    assert vectors == [[float(index), 1.0] for index in range(COHERE_TEXTS + 4)]
    assert sorted(len(request["texts"]) for request in runtime.requests) == [4, COHERE_TEXTS]
    assert {request["input_type"] for request in runtime.requests} == {"search_document"}


def test_cohere_embeds_a_query_as_one(runtime: Runtime) -> None:
    runtime.respond = cohere_v3
    assert embedder(runtime, "cohere.embed-english-v3").query("7?" + "x" * 3_000) == [7.0, 1.0]
    assert runtime.requests[0]["input_type"] == "search_query"
    assert len(runtime.requests[0]["texts"][0]) == 2_048


def test_cohere_v4_is_asked_for_the_dimensions_of_the_index(runtime: Runtime) -> None:
    runtime.respond = cohere_v4
    assert embedder(runtime, "us.cohere.embed-v4:0").query("5") == [5.0, 1.0]
    assert runtime.requests[0]["output_dimension"] == 2


@pytest.mark.parametrize("model", ["local.all-minilm-l6-v2", "cohere.embed-english-v3"])
def test_no_texts_are_no_vectors_and_no_call(runtime: Runtime, model: str) -> None:
    assert list(embedder(runtime, model).passages([])) == []
    assert not runtime.requests


def test_vectors_of_another_size_than_the_index_are_refused(runtime: Runtime) -> None:
    runtime.respond = titan
    with pytest.raises(ModelRefused, match="gave 2 dimensions; the index has 384"):
        embedder(runtime, "local.all-minilm-l6-v2", 384).query("text")


def test_missing_vectors_are_refused(runtime: Runtime) -> None:
    runtime.replies = [Reply(body={"embeddings": [[1.0, 1.0]]})]
    with pytest.raises(ModelRefused, match="gave 1 vectors for 2 texts"):
        list(embedder(runtime, "cohere.embed-english-v3").passages(["a", "b"]))


def test_a_throttled_call_is_tried_again(runtime: Runtime) -> None:
    runtime.replies = [Reply(429, code="ThrottlingException"), titan({"inputText": "3"})]
    assert embedder(runtime, "local.all-minilm-l6-v2").query("3") == [3.0, 1.0]


def test_an_embedder_reports_its_failures_in_our_words(runtime: Runtime) -> None:
    runtime.replies = [Reply(429, code="ThrottlingException")] * 3
    with pytest.raises(Throttled, match="all-minilm"):
        list(embedder(runtime, "local.all-minilm-l6-v2").passages(["a"]))
    runtime.replies = [Reply(500, code="InternalServerException")] * 3
    with pytest.raises(ModelUnavailable):
        embedder(runtime, "cohere.embed-english-v3").query("a")


def test_a_throttled_call_loses_no_vector_of_the_others(runtime: Runtime) -> None:
    asked: list[str] = []

    def respond(request: dict[str, Any]) -> Reply:
        asked.append(request["inputText"])
        return Reply(429, code="ThrottlingException") if request["inputText"] == "3" else titan(request)

    runtime.respond = respond
    made = embedder(runtime, "local.all-minilm-l6-v2")
    with pytest.raises(Throttled):
        list(made.passages(["3", "4", "5"]))
    known = {"4", "5"} & set(asked)
    asked.clear()
    runtime.respond = lambda request: asked.append(request["inputText"]) or titan(request)  # type: ignore[func-returns-value]  # None, so that what follows counts
    assert list(made.passages(["3", "4", "5"])) == [[3.0, 1.0], [4.0, 1.0], [5.0, 1.0]]
    assert set(asked) == {"3", "4", "5"} - known


def test_coheres_calls_are_bounded_by_tokens_too() -> None:
    texts = ["a" * 3 * COHERE_TOKENS, "b" * 60_000, "c" * 30_000, "d" * 30_000, *"efg"]
    assert [len(call) for call in by_tokens(texts)] == [1, 2, 4]
    assert [each for call in by_tokens(texts) for each in call] == texts


def test_an_embedder_says_what_it_is(runtime: Runtime) -> None:
    for model in ("cohere.embed-english-v3", "amazon.titan-embed-text-v2:0"):
        made = embedder(runtime, model, 1_024)
        assert (made.model, made.dimensions) == (model, 1_024)
