"""The model alone: ConverseStream at the Bedrock endpoint, with no deployment around it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from chalicelib.answering.choosing import choose
from chalicelib.answering.prompting import build_prompt
from chalicelib.models.chat import BedrockChat, Prompt, TextDelta
from chalicelib.records import Passage

import riffle

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient


@dataclass(frozen=True, slots=True)
class Spoken:
    """One stream: seconds until its first text, seconds from the first to the last, and its pieces."""

    first: float
    rest: float
    pieces: int


def runtime(models_url: str) -> "BedrockRuntimeClient":
    """boto3's own client; the endpoint looks at no credentials, but boto3 wants some."""
    config = Config(retries={"mode": "standard", "total_max_attempts": 1})
    session = boto3.Session("test", "test", region_name="us-east-1")
    return session.client("bedrock-runtime", endpoint_url=models_url, config=config)


def speak(client: "BedrockRuntimeClient", model: str, prompt: Prompt) -> Spoken | None:
    """Streams one answer; None when the model gives no text."""
    began = time.monotonic()
    events = BedrockChat(client, model).stream(prompt)
    times = [time.monotonic() for event in events if isinstance(event, TextDelta)]
    return Spoken(times[0] - began, times[-1] - times[0], len(times)) if times else None


def prompt_of(question: str, passages: Sequence[riffle.Passage]) -> Prompt:
    """The prompt that the deployment makes of the same passages."""
    return build_prompt(question, choose([_passage(passage) for passage in passages]))


def _passage(found: riffle.Passage) -> Passage:
    return Passage(
        found.id, found.document_id, found.document_name, found.version, found.text, found.start, found.end,
        found.page, found.score, found.headings, found.language,
    )  # fmt: skip
