"""Embeddings over the wire, in Titan's and in Cohere's shape."""

from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

from tests.localcloud.bedrock.conftest import CHAT, COHERE, TITAN, Bedrock, embed

LOCAL = "local.all-minilm-l6-v2"


def refusal(bedrock: Bedrock, model: str, **body: object) -> str:
    with pytest.raises(ClientError) as caught:
        embed(bedrock, model, **body)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    return caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("model", [TITAN, LOCAL])
def test_titans_shape_gives_a_unit_vector_and_the_count_of_tokens(bedrock: Bedrock, model: str) -> None:
    reply = embed(bedrock, model, inputText="Hello world", dimensions=384, normalize=True)
    assert len(reply["embedding"]) == 384
    assert np.linalg.norm(reply["embedding"]) == pytest.approx(1, abs=1e-5)
    assert reply["embeddingsByType"] == {"float": reply["embedding"]}
    assert reply["inputTextTokenCount"] == 4


def test_titan_gives_binary_vectors_when_asked(bedrock: Bedrock) -> None:
    reply = embed(bedrock, TITAN, inputText="Hello", embeddingTypes=["binary"])
    assert reply["embeddingsByType"]["binary"] == [int(value > 0) for value in reply["embedding"]]


def test_coheres_shape_gives_a_vector_for_each_text(bedrock: Bedrock) -> None:
    reply = embed(bedrock, COHERE, texts=["one", "two", "one"], input_type="search_document", truncate="END")
    assert reply["response_type"] == "embeddings_floats"
    assert reply["id"]
    assert reply["texts"] == ["one", "two", "one"]
    one, two, again = reply["embeddings"]
    assert one == pytest.approx(again, abs=1e-5)
    assert one != pytest.approx(two, abs=1e-2)


def test_cohere_gives_embeddings_by_type_when_asked(bedrock: Bedrock) -> None:
    reply = embed(bedrock, COHERE, texts=["one"], input_type="search_query", embedding_types=["float"])
    assert reply["response_type"] == "embeddings_by_type"
    assert len(reply["embeddings"]["float"][0]) == 384


def test_both_shapes_give_the_same_vector(bedrock: Bedrock) -> None:
    text = "The steam engine was improved by James Watt."
    titan = embed(bedrock, TITAN, inputText=text)["embedding"]
    cohere = embed(bedrock, COHERE, texts=[text], input_type="search_document")["embeddings"][0]
    assert titan == pytest.approx(cohere, abs=1e-5)


def test_like_texts_are_nearer_than_unlike_ones(bedrock: Bedrock) -> None:
    texts = ["A cat sat on the mat.", "A kitten rested on the rug.", "Interest rates rose again."]
    cat, kitten, rates = np.array(embed(bedrock, COHERE, texts=texts, input_type="clustering")["embeddings"])
    assert cat @ kitten > cat @ rates + 0.3


@pytest.mark.parametrize(
    ("model", "body", "said"),
    [
        (TITAN, {}, "inputText"),
        (TITAN, {"inputText": " "}, "inputText"),
        (TITAN, {"inputText": "x" * 50_001}, "50001 characters; the limit is 50000"),
        (
            TITAN,
            {"inputText": "x", "dimensions": 1024},
            "dimensions is 1024; the local embedding model has 384",
        ),
        (TITAN, {"inputText": "x", "embeddingTypes": ["int8"]}, "int8"),
        (COHERE, {"texts": ["x"]}, "input_type"),
        (COHERE, {"texts": [], "input_type": "search_query"}, "at least one text"),
        (COHERE, {"texts": ["x"] * 97, "input_type": "search_query"}, "97 items; the limit is 96"),
        (
            COHERE,
            {"texts": ["x" * 2_049], "input_type": "search_query"},
            "expected maxLength: 2048, actual: 2049",
        ),
        (
            COHERE,
            {"texts": ["word " * 300], "input_type": "search_query"},
            "302 tokens; the local model reads 256",
        ),
        (COHERE, {"texts": ["x"], "input_type": "search_query", "truncate": "START"}, "NONE and END"),
        ("cohere.embed-v4:0", {"texts": ["x"], "input_type": "search_query", "output_dimension": 512}, "384"),
    ],
)
def test_a_wrong_embedding_request_is_refused(
    bedrock: Bedrock, model: str, body: dict[str, Any], said: str
) -> None:
    assert said in refusal(bedrock, model, **body)


def test_fields_nobody_here_knows_are_tolerated(bedrock: Bedrock) -> None:
    assert embed(bedrock, TITAN, inputText="x", somethingNew=True)["embedding"]


def test_an_embedding_model_does_not_stream(bedrock: Bedrock) -> None:
    with pytest.raises(ClientError, match="does not stream"):
        bedrock.client().invoke_model_with_response_stream(modelId=TITAN, body='{"inputText": "x"}')


def test_a_chat_model_gives_no_embedding(bedrock: Bedrock) -> None:
    assert "messages" in refusal(bedrock, CHAT, inputText="x")
