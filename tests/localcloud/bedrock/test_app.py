"""The server itself: its health, its bounds, clients that leave, and starting with something wrong."""

import os
import subprocess
import sys
import time

import httpx
import pytest

from localcloud.bedrock.app import MAX_BODY
from tests.conftest import ROOT
from tests.localcloud.bedrock.conftest import CHAT, Bedrock, asking

TEXT = "The tuition was $38,000 in that year."
CONVERSE = f"/model/{CHAT}/converse"
STREAM = f"/model/{CHAT}/converse-stream"


def eventually_idle(bedrock: Bedrock, seconds: float = 5) -> bool:
    """Whether no answer is being written, at the latest after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if bedrock.health()["active"] == 0:
            return True
        time.sleep(0.02)
    return False


def refusal(reply: httpx.Response) -> tuple[int, str, str]:
    return reply.status_code, reply.headers["x-amzn-errortype"], reply.json()["message"]


def test_health_names_the_models(bedrock: Bedrock) -> None:
    health = bedrock.health()
    assert health["ready"] is True
    assert health["backend"] == "extractive"
    assert health["chat"] == [CHAT]
    assert (health["embedding"], health["dimensions"]) == ("local.all-minilm-l6-v2", 384)


@pytest.mark.parametrize(
    "page", [{"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "same-site"}]
)
@pytest.mark.parametrize("path", [CONVERSE, "/_faults", "/health"])
def test_web_pages_reach_neither_models_nor_faults(bedrock: Bedrock, path: str, page: dict[str, str]) -> None:
    headers = {"content-type": "text/plain", **page}
    assert httpx.post(bedrock.url + path, content="{}", headers=headers).status_code == 403


def test_a_client_that_leaves_a_stream_stops_it(bedrock: Bedrock) -> None:
    bedrock.fail({"stall_seconds": 60, "after_chunks": 1})
    with httpx.stream(
        "POST", bedrock.url + STREAM, json={"messages": asking("What was the tuition?", TEXT)}
    ) as reply:
        chunks = reply.iter_raw()  # kept: a collected iterator closes the connection
        next(chunks)
        assert bedrock.health()["active"] == 1
    assert eventually_idle(bedrock)


def test_a_client_that_leaves_before_the_whole_answer_stops_it(bedrock: Bedrock) -> None:
    bedrock.fail({"stall_seconds": 60, "after_chunks": 1})
    try:
        httpx.post(
            bedrock.url + CONVERSE, json={"messages": asking("What was the tuition?", TEXT)}, timeout=0.5
        )
    except httpx.ReadTimeout:
        assert eventually_idle(bedrock)
    else:
        raise AssertionError("the stall did not happen")


def test_a_body_beyond_the_limit_is_refused(bedrock: Bedrock) -> None:
    status, code, message = refusal(httpx.post(bedrock.url + CONVERSE, content=b" " * (MAX_BODY + 1)))
    assert (status, code) == (400, "ValidationException")
    assert str(MAX_BODY) in message


def test_a_body_that_is_no_json_object_is_refused(bedrock: Bedrock) -> None:
    for content in (b"", b"{", b"[]", b"\xff"):
        status, code, _ = refusal(httpx.post(bedrock.url + CONVERSE, content=content))
        assert (status, code) == (400, "ValidationException")


def test_another_host_name_is_refused(bedrock: Bedrock) -> None:
    assert httpx.get(f"{bedrock.url}/health", headers={"host": "attacker.example"}).status_code == 400


def test_a_wrong_model_setting_stops_the_start_with_a_sentence_that_says_what_to_write() -> None:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "RIFFLE_MODEL": "gpt"}
    command = [sys.executable, "-m", "localcloud.bedrock", "--port", "1"]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "RIFFLE_MODEL=openai:http://" in done.stderr
    assert "Traceback" not in done.stderr
