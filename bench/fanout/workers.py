"""Processes beside the one that measures, so that the parts of the load do not slow each other down."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

PATIENCE = 120.0


class Died(Exception):
    """A worker ended early; what went wrong is on its standard error."""


class Worker:
    """The parent's end: one order, one answer."""

    def __init__(self, name: str, pipe: "Connection[Any, Any]") -> None:
        self._name = name
        self._pipe = pipe

    def order(self, *arguments: object) -> None:
        self._pipe.send(arguments)

    def answer(self) -> Any:  # noqa: ANN401  (each worker's own, and its caller knows)
        try:
            if self._pipe.poll(PATIENCE):
                return self._pipe.recv()
        except EOFError:
            raise Died(f"the {self._name} failed") from None
        raise Died(f"the {self._name} said nothing for {PATIENCE:.0f} seconds")

    def ask(self, *arguments: object) -> Any:  # noqa: ANN401  (as above)
        self.order(*arguments)
        return self.answer()


@contextmanager
def worker(make: Callable[..., Callable[..., object]], *arguments: object) -> Iterator[Worker]:
    """Calls `make` in a process of its own and sends every order to what that returns."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, make, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Worker(make.__name__, ours)
    finally:
        ours.close()
        process.join(5)
        process.kill()


def _serve(
    pipe: "Connection[Any, Any]", make: Callable[..., Callable[..., object]], arguments: tuple[object, ...]
) -> None:
    obey = make(*arguments)
    pipe.send(None)  # ready
    while True:
        try:
            given = pipe.recv()
        except EOFError:
            return
        pipe.send(obey(*given))
