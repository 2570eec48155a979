"""What every chat model here takes and gives: one request, then pieces of text, then how it ended."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

type Json = dict[str, Any]  # Any: request and reply bodies, whose shapes converse and messages check
type StopReason = Literal["end_turn", "max_tokens", "stop_sequence", "content_filtered"]

DEFAULT_MAX_TOKENS = 4_096


@dataclass(frozen=True, slots=True)
class Image:
    """`media` in Bedrock's words: png, jpeg, gif or webp; the bytes in base64, as they came."""

    media: str
    data: str


@dataclass(frozen=True, slots=True)
class Turn:
    role: Literal["user", "assistant"]
    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A conversation to be continued; `model` is the id the caller named."""

    model: str
    turns: tuple[Turn, ...]
    system: str = ""
    max_tokens: int = DEFAULT_MAX_TOKENS
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """The last thing the user said."""
        return next((turn.text for turn in reversed(self.turns) if turn.role == "user"), "")

    @property
    def pictured(self) -> bool:
        return any(turn.images for turn in self.turns)

    @property
    def whole(self) -> str:
        """Everything the model is given to read."""
        return "\n".join([self.system, *(turn.text for turn in self.turns)])


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    stop_reason: StopReason
    input_tokens: int
    output_tokens: int


type ChatEvent = Text | Finished


class ChatModel(Protocol):
    """Continues a conversation. Raises ServiceError, before the first event or after any."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[ChatEvent]: ...

    async def close(self) -> None: ...
