"""The benchmarks' own parts: figures from a broken instrument would be worse than none."""

import asyncio
import time

import httpx

from bench.corpus import pieces
from bench.paced import paced_model
from localcloud.bedrock.backends import Backend
from localcloud.bedrock.chat import ChatRequest, Finished, Text, Turn
from localcloud.bedrock.openai import OpenAI


def test_the_corpus_has_the_documents_asked_for_under_different_names() -> None:
    chosen = pieces(60)
    assert len({piece.name for piece in chosen}) == 60
    assert all(piece.text.strip() for piece in chosen)


def test_the_paced_model_keeps_its_pace_and_counts_its_tokens() -> None:
    with paced_model() as model:
        model.tokens, model.per_second = 20, 100.0
        began = time.monotonic()
        text = httpx.post(f"{model.url}/chat/completions", json={}).text
        assert time.monotonic() - began >= 0.19
        assert text.count('"content"') == 20
        assert text.endswith("data: [DONE]\n\n")


def test_the_local_cloud_understands_the_paced_model() -> None:
    with paced_model() as model:
        model.tokens, model.per_second = 5, 1000.0
        backend = Backend.parse(model.setting)
        events = asyncio.run(_heard(OpenAI(backend.url, backend.name, len)))
    assert [type(event) for event in events] == [Text] * 5 + [Finished]


async def _heard(chat: OpenAI) -> list[object]:
    request = ChatRequest(model="paced", system="", turns=(Turn("user", "Go."),))
    events: list[object] = [event async for event in chat.stream(request)]
    await chat.close()
    return events
