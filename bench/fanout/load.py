"""One server under load: subscribers in one process, the publisher in another, this one measures."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np

from bench.fanout.publisher import publisher
from bench.fanout.receivers import Received, receivers
from bench.fanout.servers import Server
from bench.fanout.workers import Worker, worker


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run gave. Latency is from the mutation's sending to the delivery's reading."""

    deliveries: int
    per_second: float
    p50_ms: float
    p99_ms: float
    server_cpu_us: float  # per delivery
    client_busy: float  # the receivers' share of one core
    rss_before_mb: float
    rss_peak_mb: float


class Load:
    """Subscribers that are connected, and a publisher."""

    def __init__(self, server: Server, receiving: Worker, publishing: Worker) -> None:
        self._server = server
        self._receiving = receiving
        self._publishing = publishing
        self._numbered = 0

    def run(self, mutations: int, in_flight: int) -> Figures:
        """Raises Broken or Died when a delivery was lost, doubled or garbled."""
        first, self._numbered = self._numbered, self._numbered + mutations
        cpu = self._server.cpu_seconds()
        self._receiving.order(first, mutations)
        sent = np.array(self._publishing.ask(first, mutations, in_flight))
        received = cast("Received", self._receiving.answer())
        return self._figures(sent, received, self._server.cpu_seconds() - cpu)

    def _figures(
        self, sent: "np.ndarray[tuple[int], np.dtype[np.float64]]", got: Received, cpu: float
    ) -> Figures:
        latencies = (got.times - sent) * 1000
        p50, p99 = np.percentile(latencies, (50, 99))
        seconds = float(got.times.max() - sent[0])
        count = got.times.size
        return Figures(
            deliveries=count,
            per_second=count / seconds,
            p50_ms=float(p50),
            p99_ms=float(p99),
            server_cpu_us=cpu / count * 1e6,
            client_busy=got.cpu / got.wall,
            rss_before_mb=self._server.rss_before / 1e6,
            rss_peak_mb=self._server.rss_peak / 1e6,
        )


@contextmanager
def load(server: Server, connections: int, subscriptions: int) -> Iterator[Load]:
    """Yields once everybody is subscribed."""
    with (
        worker(receivers, server.port, server.key, connections, subscriptions) as receiving,
        worker(publisher, server.port, server.key) as publishing,
    ):
        receiving.answer()
        publishing.answer()
        yield Load(server, receiving, publishing)
