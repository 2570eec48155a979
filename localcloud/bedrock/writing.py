"""The extractive writer: picks sentences of the passages that answer the question, cites them, or declines.

It composes nothing of its own. It is no language model and does not pretend to be one. Asked for what to
search for, it answers by the rules of `understanding`.
"""

import re
from collections.abc import AsyncGenerator, Sequence

from localcloud.bedrock import prompt, understanding
from localcloud.bedrock.chat import ChatEvent, ChatRequest, Finished, Text
from localcloud.bedrock.embedding import Embedder
from localcloud.bedrock.errors import invalid
from localcloud.bedrock.evidence import Sentence
from localcloud.bedrock.scoring import choose

MODEL_ID = "local.extractive-v1"
NO_ANSWER = "NO_ANSWER"
NO_PASSAGES = (
    "I can only answer from passages: send them numbered in <passages>, and the <question> after them."
)

_PIECE = re.compile(r"\S+\s*")


class ExtractiveWriter:
    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ChatEvent]:
        """The answer word by word; each chosen sentence is verbatim and followed by its marker."""
        if request.pictured:
            raise invalid(
                f"the embedded writer {MODEL_ID!r} reads no images; RIFFLE_MODEL names a model that does"
            )
        asked = self._embedder.count_tokens(request.whole)
        spent = 0
        for piece in _PIECE.findall(await self._answer(request.question)):
            cost = self._embedder.count_tokens(piece)
            if spent + cost > request.max_tokens:
                yield Finished("max_tokens", asked, spent)
                return
            spent += cost
            yield Text(piece)
        yield Finished("end_turn", asked, spent)

    async def close(self) -> None:
        """Nothing of its own to close: the embedder belongs to the server."""

    async def _answer(self, text: str) -> str:
        if request := understanding.parse(text):
            return understanding.reply(request)
        parsed = prompt.parse(text)
        if parsed is None:
            return NO_PASSAGES
        chosen = await choose(self._embedder, parsed)
        return compose(chosen) if chosen else NO_ANSWER


def compose(chosen: Sequence[Sentence]) -> str:
    """The sentences as they stand, each followed by the marker of its passage."""
    return " ".join(f"{sentence.text} [{sentence.n}]" for sentence in chosen)
