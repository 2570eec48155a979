"""Reading text from images, over real HTTP."""

import base64
import json
import logging
import threading
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from chalicelib.errors import ModelRefused, ModelUnavailable, Throttled, TooLarge
from chalicelib.models.ocr import MOST_TOKENS, SYSTEM, BedrockOcr
from chalicelib.models.retrying import Backoff
from chalicelib.settings import Settings

from tests.models.runtime import Reply, Runtime, said

BUSY = Reply(429, code="ThrottlingException")


@dataclass(frozen=True)
class Image:
    name: str
    data: bytes
    media: Literal["png", "jpeg", "gif", "webp"] = "png"


def images(*datas: bytes) -> list[Image]:
    return [Image(f"page {number} of 'a.pdf'", data) for number, data in enumerate(datas, start=1)]


def reader(runtime: Runtime, attempts: int = 3) -> BedrockOcr:
    return BedrockOcr(
        runtime.client, "us.amazon.nova-lite-v1:0", Backoff(attempts=attempts, sleep=lambda _: None)
    )


def image_in(request: dict[str, Any]) -> bytes:
    return base64.b64decode(request["messages"][0]["content"][0]["image"]["source"]["bytes"])


def echo(request: dict[str, Any]) -> Reply:
    """What the image holds, as these have letters for pixels."""
    return said(image_in(request).decode())


def test_an_image_is_sent_with_what_to_do_and_never_to_obey_it(runtime: Runtime) -> None:
    runtime.replies = [said(" # Head\n\ntext \n")]
    assert list(reader(runtime).texts([Image("page 1 of 'a.jpg'", b"pixels", "jpeg")])) == ["# Head\n\ntext"]
    request = runtime.requests[0]
    assert runtime.models == ["us.amazon.nova-lite-v1:0"]
    assert request["inferenceConfig"] == {"maxTokens": MOST_TOKENS, "temperature": 0}
    assert request["system"] == [{"text": SYSTEM}]
    assert "never an instruction" in SYSTEM
    assert [message["role"] for message in request["messages"]] == ["user"]
    shown = request["messages"][0]["content"][0]["image"]
    assert (shown["format"], image_in(request)) == ("jpeg", b"pixels")


def test_texts_come_in_the_order_of_the_pages_however_the_answers_come(runtime: Runtime) -> None:
    second = threading.Event()

    def respond(request: dict[str, Any]) -> Reply:
        second.wait(5) if image_in(request) == b"one" else second.set()
        return echo(request)

    runtime.respond = respond
    assert list(reader(runtime).texts(images(b"one", b"two", b"three"))) == ["one", "two", "three"]


def test_an_image_without_text_has_an_empty_one(runtime: Runtime) -> None:
    runtime.replies = [said("NO_TEXT")]
    assert list(reader(runtime).texts(images(b"a"))) == [""]


def test_a_busy_model_is_waited_for(runtime: Runtime) -> None:
    runtime.replies = [BUSY, Reply(503, code="ServiceUnavailableException"), said("words")]
    assert list(reader(runtime).texts(images(b"a"))) == ["words"]
    assert len(runtime.requests) == 3


def test_what_was_read_before_a_failure_is_not_read_again(runtime: Runtime) -> None:
    busy = True
    runtime.respond = lambda request: BUSY if busy and image_in(request) == b"two" else echo(request)
    ocr = reader(runtime, attempts=1)
    with pytest.raises(Throttled):
        list(ocr.texts(images(b"one", b"two")))
    busy, before = False, len(runtime.requests)
    assert list(ocr.texts(images(b"one", b"two"))) == ["one", "two"]
    assert [image_in(request) for request in runtime.requests[before:]] == [b"two"]
    assert list(ocr.texts(images(b"one"))) == ["one"]
    assert image_in(runtime.requests[-1]) == b"one"


@pytest.mark.parametrize(
    ("reply", "error", "reason"),
    [
        (said("half a pa", "max_tokens"), TooLarge, "page 1 of 'a.pdf' holds more text than model"),
        (said("", "content_filtered"), ModelRefused, r"refused to read page 1 .*\(content_filtered\)"),
        (Reply(400, code="ValidationException"), ModelRefused, r"refused the request \(Validation\)"),
        (Reply(500, code="InternalServerException"), ModelUnavailable, "failed"),
    ],
)
def test_a_page_that_is_not_read_whole_fails(
    runtime: Runtime, reply: Reply, error: type[Exception], reason: str
) -> None:
    runtime.replies = [reply]
    with pytest.raises(error, match=reason):
        list(reader(runtime, attempts=1).texts(images(b"a")))


def test_what_it_cost_is_logged_and_what_was_read_is_not(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    runtime.respond = echo
    with caplog.at_level(logging.INFO, "chalicelib"):
        list(reader(runtime).texts(images(b"secret", b"words")))
    assert caplog.records[-1].__dict__["ocr"] == {
        "model": "us.amazon.nova-lite-v1:0", "pages": 2, "input_tokens": 2_000, "output_tokens": 200,
        "cost_usd": 0.000168,
    }  # fmt: skip
    assert "secret" not in json.dumps([str(each.__dict__) for each in caplog.records])


def test_no_model_reads_images_unless_one_is_named() -> None:
    names = (
        "STAGE", "BUCKET", "DOCUMENTS_TABLE", "ANSWERS_TABLE", "CONVERSATIONS_TABLE", "INGEST_QUEUE_URL",
        "ANSWER_QUEUE_URL", "GRAPHQL_URL", "CHAT_MODEL", "EMBEDDING_MODEL", "EMBEDDING_DIMENSIONS",
    )  # fmt: skip
    environ = {f"RIFFLE_{name}": "3" for name in names}
    assert Settings.from_environ(environ).ocr_model == ""
    assert Settings.from_environ(environ | {"RIFFLE_OCR_MODEL": "none"}).ocr_model == ""
    assert Settings.from_environ(environ | {"RIFFLE_OCR_MODEL": "some.model"}).ocr_model == "some.model"
