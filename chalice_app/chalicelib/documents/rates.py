"""How quickly this process embeds, for saying how long a document will take."""

import math

_MEMORY = 20.0
"""Seconds of embedding after which what was measured counts for a third."""


class Rate:
    """Passages a second while there was something to embed, what is recent counting most."""

    def __init__(self) -> None:
        self._passages = 0.0
        self._seconds = 0.0

    def add(self, passages: int, seconds: float) -> None:
        kept = math.exp(-seconds / _MEMORY)
        self._passages = self._passages * kept + passages
        self._seconds = self._seconds * kept + seconds

    def seconds(self, passages: int) -> int | None:
        """How long so many will take, in whole seconds; None before anything was measured."""
        if not self._passages:
            return None
        return math.ceil(passages * self._seconds / self._passages)
