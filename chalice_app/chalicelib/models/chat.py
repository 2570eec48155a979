"""Chat models: a prompt in, a stream of typed events out. Over Bedrock's `converse_stream`.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from chalicelib.errors import ModelUnavailable
from chalicelib.models.bedrock import model_failures
from chalicelib.models.retrying import Backoff

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_bedrock_runtime.type_defs import ConverseStreamOutputTypeDef, MessageUnionTypeDef


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A system text, then messages that take turns and begin and end with the user's."""

    system: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of every complete stream; `stop_reason` in Bedrock's words."""

    stop_reason: str
    input_tokens: int
    output_tokens: int


type ModelEvent = TextDelta | Finished


class ChatModel(Protocol):
    """Whatever writes answers."""

    @property
    def model(self) -> str:
        """The id to report and to price."""

    def stream(self, prompt: Prompt) -> Iterator[ModelEvent]:
        """Yields text, then Finished. Raises Throttled, ModelUnavailable or ModelRefused, also midway."""


@dataclass(frozen=True, slots=True)
class BedrockChat:
    """One model behind the Bedrock runtime.

    The client's read timeout notices a model that stalls; `total_seconds` bounds one that drips.
    """

    client: "BedrockRuntimeClient"
    model: str
    max_tokens: int = 2_048
    total_seconds: float = 120.0
    backoff: Backoff = field(default_factory=Backoff)
    clock: Callable[[], float] = time.monotonic

    def stream(self, prompt: Prompt) -> Iterator[ModelEvent]:
        """As ChatModel says. Failures before the first event are tried again, later ones never."""
        first, rest = self.backoff.call(lambda: self._begun(prompt))
        with closing(rest):
            yield first
            yield from rest

    def _begun(self, prompt: Prompt) -> tuple[ModelEvent, Generator[ModelEvent]]:
        """The first event, which is what proves a stream to work, and the rest."""
        events = self._events(prompt)
        return next(events), events

    def _events(self, prompt: Prompt) -> Generator[ModelEvent]:
        deadline = self.clock() + self.total_seconds
        reading = _Reading(self.model)
        with model_failures(self.model):
            answer = self.client.converse_stream(
                modelId=self.model,
                system=[{"text": prompt.system}],
                messages=[_message(message) for message in prompt.messages],
                inferenceConfig={"maxTokens": self.max_tokens, "temperature": 0},
            )
            with closing(answer["stream"]) as stream:
                for event in stream:
                    self._check(deadline)
                    yield from reading.read(event)
        yield reading.finished()

    def _check(self, deadline: float) -> None:
        if self.clock() > deadline:
            raise ModelUnavailable(f"model '{self.model}' took longer than {self.total_seconds:g} s")


class _Reading:
    """What has been read of one stream. Reasoning and tool use are not text and are passed over."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._stop_reason: str | None = None
        self._tokens = (0, 0)

    def read(self, event: "ConverseStreamOutputTypeDef") -> Iterator[TextDelta]:
        if text := event.get("contentBlockDelta", {}).get("delta", {}).get("text"):
            yield TextDelta(text)
        if "messageStop" in event:
            self._stop_reason = event["messageStop"]["stopReason"]
        if "metadata" in event:
            usage = event["metadata"]["usage"]
            self._tokens = (usage["inputTokens"], usage["outputTokens"])

    def finished(self) -> Finished:
        """Raises ModelUnavailable when the stream ended without saying so: the connection was cut."""
        if self._stop_reason is None:
            raise ModelUnavailable(f"model '{self._model}' broke off")
        return Finished(self._stop_reason, *self._tokens)


def _message(message: Message) -> "MessageUnionTypeDef":
    return {"role": message.role, "content": [{"text": message.text}]}
