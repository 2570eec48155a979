"""Both servers through the whole matrix, in turns: a machine that slows down slows both."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bench.fanout.load import Figures, load
from bench.fanout.servers import Server, riffle, simulator

MUTATIONS = 200
WARM_UP = 50  # mutations before the first figure, for engines that compile what runs often
IN_FLIGHT = (1, 16)

type Name = Literal["riffle", "simulator"]

SERVERS: dict[Name, Callable[[], AbstractContextManager[Server]]] = {"riffle": riffle, "simulator": simulator}


@dataclass(frozen=True, slots=True)
class Cell:
    """One size of audience, and how often it is measured."""

    connections: int
    subscriptions: int
    repetitions: int

    def __str__(self) -> str:
        return f"{self.connections:,} × {self.subscriptions}"


MATRIX = (Cell(10, 1, 5), Cell(50, 4, 5), Cell(200, 1, 5), Cell(1000, 1, 3))


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement."""

    connections: int
    subscriptions: int
    in_flight: int
    repetition: int
    server: Name
    figures: Figures


def runs(matrix: tuple[Cell, ...] = MATRIX) -> Iterator[Run]:
    """A fresh server for each, since its memory is measured; who goes first changes every time."""
    for cell in matrix:
        for repetition in range(cell.repetitions):
            for name in sorted(SERVERS, reverse=repetition % 2 == 1):
                with SERVERS[name]() as server:
                    yield from _measured(name, server, cell, repetition)


def _measured(name: Name, server: Server, cell: Cell, repetition: int) -> Iterator[Run]:
    with load(server, cell.connections, cell.subscriptions) as audience:
        audience.run(WARM_UP, 1)
        for in_flight in IN_FLIGHT:
            figures = audience.run(MUTATIONS, in_flight)
            yield Run(cell.connections, cell.subscriptions, in_flight, repetition, name, figures)


@dataclass(frozen=True, slots=True)
class Versus:
    """All runs of one cell in one mode, which come in pairs."""

    cell: Cell
    in_flight: int
    riffle: list[Figures]
    simulator: list[Figures]

    def both(self, figure: Callable[[Figures], float]) -> tuple[float, float]:
        """The medians, ours first."""
        return median(map(figure, self.riffle)), median(map(figure, self.simulator))

    def ratio(self, figure: Callable[[Figures], float]) -> tuple[float, float, float]:
        """Ours over theirs, pair by pair: median, lowest, highest."""
        ratios = [figure(a) / figure(b) for a, b in zip(self.riffle, self.simulator, strict=True)]
        return median(ratios), min(ratios), max(ratios)


def compare(matrix: tuple[Cell, ...], found: list[Run]) -> Iterator[Versus]:
    for cell in matrix:
        size = (cell.connections, cell.subscriptions)
        for in_flight in IN_FLIGHT:
            here = [
                each
                for each in found
                if (each.connections, each.subscriptions, each.in_flight) == (*size, in_flight)
            ]
            ours = [each.figures for each in here if each.server == "riffle"]
            yield Versus(cell, in_flight, ours, [each.figures for each in here if each.server == "simulator"])
