"""One Bedrock endpoint for the whole test session, in a process of its own, and clients that talk to it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore.config import Config

from localcloud.bedrock.embedding import Embedder
from tests.conftest import CREDENTIALS, ROOT, free_port, wait_for

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

CHAT = "local.extractive-v1"
TITAN = "amazon.titan-embed-text-v2:0"
COHERE = "cohere.embed-english-v3"
CACHE = ROOT / ".riffle/models"  # the graph is written once per checkout and not once per run


@dataclass(frozen=True)
class Bedrock:
    """A running endpoint."""

    url: str

    def client(self, attempts: int = 1) -> "BedrockRuntimeClient":
        config = Config(retries={"mode": "standard", "total_max_attempts": attempts}, read_timeout=20)
        return boto3.client(
            "bedrock-runtime",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=config,
        )

    def fail(self, *faults: dict[str, Any], tokens_per_second: float | None = None) -> None:
        """What will go wrong next, and at what pace."""
        body = {"faults": faults, "tokens_per_second": tokens_per_second}
        httpx.post(f"{self.url}/_faults", json=body).raise_for_status()

    def health(self) -> dict[str, Any]:
        reply: dict[str, Any] = httpx.get(f"{self.url}/health").json()
        return reply


@contextmanager
def serving(*arguments: str, **environ: str) -> Iterator[Bedrock]:
    """An endpoint with these arguments and variables until the block ends."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [
        sys.executable,
        "-m",
        "localcloud.bedrock",
        "--port",
        str(port),
        "--cache",
        str(CACHE),
        *arguments,
    ]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **CREDENTIALS, **environ}
    child = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"{url}/health")
        yield Bedrock(url)
    finally:
        child.terminate()
        child.wait(10)


@pytest.fixture(scope="session")
def server() -> Iterator[Bedrock]:
    with serving("--faults") as bedrock:
        yield bedrock


@pytest.fixture
def bedrock(server: Bedrock) -> Iterator[Bedrock]:
    """The session's endpoint, with no fault or pace left by another test."""
    server.fail()
    yield server
    server.fail()


@pytest.fixture(scope="session")
def embedder() -> Iterator[Embedder]:
    embedder = Embedder(CACHE)
    yield embedder
    embedder.close()


def asking(question: str, *passages: str) -> Any:
    """Messages in the format that the product's prompts have."""
    escaped = [text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for text in passages]
    listed = "\n".join(
        f'<passage n="{n}" document="File {n}.pdf" page="{n}">\n{text}\n</passage>'
        for n, text in enumerate(escaped, 1)
    )
    text = f"<passages>\n{listed}\n</passages>\n<question>\n{question}\n</question>"
    return [{"role": "user", "content": [{"text": text}]}]


def embed(bedrock: Bedrock, model: str, **body: object) -> Any:
    reply = bedrock.client().invoke_model(modelId=model, body=json.dumps(body))
    return json.loads(reply["body"].read())


def answer(bedrock: Bedrock, question: str, *passages: str) -> str:
    reply = bedrock.client().converse(modelId=CHAT, messages=asking(question, *passages))
    return reply["output"]["message"]["content"][0]["text"]
