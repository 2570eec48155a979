"""Measures one attempt at an answer, from the moment its worker claimed it."""

from collections.abc import Callable

from chalicelib.models.chat import Finished
from chalicelib.models.cost import cost_usd
from chalicelib.records import Usage


class Meter:
    """A clock in seconds in, milliseconds and dollars out."""

    def __init__(self, model: str, clock: Callable[[], float]) -> None:
        self._model = model
        self._clock = clock
        self._started = clock()
        self._retrieval_ms = 0
        self._first_token_ms: int | None = None
        self._before = Finished("", 0, 0)

    def understood(self, spent: Finished) -> None:
        """What it took to understand the question is part of what the answer takes."""
        self._before = spent

    def retrieved(self) -> None:
        self._retrieval_ms = self._elapsed_ms()

    def spoke(self) -> None:
        """Text has come; the first time counts."""
        if self._first_token_ms is None:
            self._first_token_ms = self._elapsed_ms()

    def usage(self, finished: Finished) -> Usage:
        """What the model reported, with the times and the price."""
        input_tokens = self._before.input_tokens + finished.input_tokens
        output_tokens = self._before.output_tokens + finished.output_tokens
        return Usage(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            model=self._model,
            cached=False,
            retrieval_ms=self._retrieval_ms,
            total_ms=self._elapsed_ms(),
            first_token_ms=self._first_token_ms,
            cost_usd=cost_usd(self._model, input_tokens, output_tokens),
        )

    def unused(self) -> Usage:
        """An answer that no model wrote."""
        return self.usage(Finished("", 0, 0))

    def _elapsed_ms(self) -> int:
        return round((self._clock() - self._started) * 1_000)
