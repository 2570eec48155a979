"""RIFFLE_MODEL: an OpenAI-compatible server, the real service, or a sentence that says what to write."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from localcloud.bedrock.backends import Backend, WrongModel, chat_model_id
from localcloud.bedrock.forwarding import Forwarder, real_client
from tests.conftest import free_port
from tests.localcloud.bedrock.conftest import CHAT, TITAN, Bedrock, answer, asking, embed, serving

ASKED: list[dict[str, Any]] = []  # what the OpenAI-compatible server was sent


class OpenAIServer(BaseHTTPRequestHandler):
    """Streams two words; a question that names a status, or `broken`, gets that instead."""

    def do_POST(self) -> None:  # the base class's name
        ASKED.append(body := json.loads(self.rfile.read(int(self.headers["content-length"]))))
        asked = body["messages"][-1]["content"]
        if isinstance(asked, str) and asked.isdigit():
            self.send_error(int(asked))
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for word in ("Hello ", "there"):
            self.tell({"choices": [{"delta": {"content": word}, "finish_reason": None}]})
        if asked != "broken":
            self.tell({"choices": [{"delta": {}, "finish_reason": "length" if asked == "long" else "stop"}]})
            self.tell({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 2}})
            self.wfile.write(b"data: [DONE]\n\n")

    def tell(self, chunk: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def openai_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), OpenAIServer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"openai:http://127.0.0.1:{server.server_port}/v1#tiny:1b"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def openai() -> Iterator[Bedrock]:
    with openai_server() as setting, serving(RIFFLE_MODEL=setting) as bedrock:
        yield bedrock


def say(bedrock: Bedrock, text: str) -> Any:
    messages: Any = [{"role": "user", "content": [{"text": text}]}]
    config: Any = {"maxTokens": 77, "temperature": 0.1}
    return bedrock.client().converse(
        modelId="openai.tiny:1b", messages=messages, system=[{"text": "Be brief."}], inferenceConfig=config
    )


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (None, "local.extractive-v1"),
        ("", "local.extractive-v1"),
        ("openai:http://127.0.0.1:11434/v1#llama3.2:3b", "openai.llama3.2:3b"),
        ("bedrock:anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"),
    ],
)
def test_the_model_id_follows_the_setting(setting: str | None, expected: str) -> None:
    assert chat_model_id(setting) == expected


@pytest.mark.parametrize(
    "setting", ["llama3", "openai:", "openai:http://x/v1", "openai:ftp://x#y", "bedrock:", "azure:x"]
)
def test_a_wrong_setting_is_answered_with_what_to_write(setting: str) -> None:
    with pytest.raises(WrongModel, match="write RIFFLE_MODEL=openai:http:"):
        Backend.parse(setting)


def test_an_openai_server_answers_through_converse(openai: Bedrock) -> None:
    reply = say(openai, "Hi")
    assert reply["output"]["message"]["content"] == [{"text": "Hello there"}]
    assert reply["usage"] == {"inputTokens": 11, "outputTokens": 2, "totalTokens": 13}
    assert ASKED[-1]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]
    assert (ASKED[-1]["model"], ASKED[-1]["max_tokens"], ASKED[-1]["temperature"]) == ("tiny:1b", 77, 0.1)


def test_an_openai_server_is_shown_images(openai: Bedrock) -> None:
    image = {"image": {"format": "png", "source": {"bytes": b"pixels"}}}
    messages: Any = [{"role": "user", "content": [image, {"text": "Transcribe."}]}]
    reply = openai.client().converse(modelId="openai.tiny:1b", messages=messages)
    assert reply["output"]["message"]["content"] == [{"text": "Hello there"}]
    assert ASKED[-1]["messages"][0]["content"] == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,cGl4ZWxz"}},
        {"type": "text", "text": "Transcribe."},
    ]


def test_an_openai_servers_reason_to_stop_is_passed_on(openai: Bedrock) -> None:
    assert say(openai, "Hi")["stopReason"] == "end_turn"
    assert say(openai, "long")["stopReason"] == "max_tokens"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ValidationException"),
        (401, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (429, "ThrottlingException"),
        (500, "ModelErrorException"),
        (503, "ServiceUnavailableException"),
    ],
)
def test_an_openai_servers_failures_become_the_services(openai: Bedrock, status: int, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        say(openai, str(status))
    assert caught.value.response["Error"]["Code"] == code


def test_a_stream_that_ends_without_a_reason_is_an_error_in_the_stream(openai: Bedrock) -> None:
    messages: Any = [{"role": "user", "content": [{"text": "broken"}]}]
    stream = openai.client().converse_stream(modelId="openai.tiny:1b", messages=messages)["stream"]
    with pytest.raises(EventStreamError, match="without a reason"):
        list(stream)
    stream.close()


def test_embeddings_stay_local_whatever_answers(openai: Bedrock) -> None:
    assert len(embed(openai, TITAN, inputText="x")["embedding"]) == 384
    assert openai.health()["chat"] == ["openai.tiny:1b"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        answer(openai, "x", "y")


def test_a_model_server_that_is_not_there_is_named() -> None:
    setting = f"openai:http://127.0.0.1:{free_port()}/v1#tiny:1b"
    with (
        serving(RIFFLE_MODEL=setting) as bedrock,
        pytest.raises(ClientError, match="is it running") as caught,
    ):
        say(bedrock, "Hi")
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailableException"


async def _forwarded(bedrock: Bedrock) -> list[Any]:
    from localcloud.bedrock import converse

    forwarder = Forwarder(bedrock.client(), CHAT)
    request = converse.parse(
        "any", {"messages": asking("How much was the tuition?", "The tuition was $38,000.")}
    )
    try:
        return [event async for event in forwarder.stream(request)]
    finally:
        await forwarder.close()


def test_the_forwarder_passes_text_and_usage_on(bedrock: Bedrock) -> None:
    """Against this endpoint itself, which speaks what the real service speaks."""
    import asyncio

    *texts, end = asyncio.run(_forwarded(bedrock))
    assert "".join(event.text for event in texts) == "The tuition was $38,000. [1]"
    assert (end.stop_reason, end.output_tokens > 5) == ("end_turn", True)


def test_the_forwarder_keeps_the_services_errors(bedrock: Bedrock) -> None:
    import asyncio

    from localcloud.bedrock.errors import ServiceError

    bedrock.fail({"error": "AccessDeniedException"}, {"error": "ThrottlingException", "after_chunks": 1})
    for code in ("AccessDeniedException", "ThrottlingException"):
        with pytest.raises(ServiceError) as caught:
            asyncio.run(_forwarded(bedrock))
        assert caught.value.code == code


def test_the_real_service_is_reached_whatever_endpoint_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    client = real_client()
    assert client.meta.endpoint_url == "https://bedrock-runtime.eu-central-1.amazonaws.com"
    client.close()
