"""All the subscribers, in one process: keeps what comes and when, and looks into it only afterwards."""

import json
import selectors
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bench.fanout.frames import Broken, Peer

QUERY = 'subscription { onSend(room: "one") { room body } }'
KEEP_ALIVE = b'{"type":"ka"}'
STALLED = 15.0  # seconds without any delivery until the missing ones count as lost
LINGER = 0.2  # seconds to wait for one delivery too many

type Arrival = tuple[int, float, bytes]  # which connection, when, what
type Rows = Mapping[tuple[int, str], int]  # which connection and id is which subscriber


@dataclass(frozen=True, slots=True)
class Received:
    """`times` has a row per subscriber and a column per mutation. `cpu` and `wall` are of the receiving."""

    times: NDArray[np.float64]
    cpu: float
    wall: float


def receivers(port: int, key: str, connections: int, subscriptions: int) -> partial[Received]:
    """Connects and subscribes, under ids as Amplify makes them; the result takes orders."""
    peers = [Peer(port, key) for _ in range(connections)]
    selector, rows = selectors.DefaultSelector(), dict[tuple[int, str], int]()
    for index, peer in enumerate(peers):
        for _ in range(subscriptions):
            id_ = str(uuid.uuid4())
            peer.subscribe(id_, QUERY)
            rows[index, id_] = len(rows)
        selector.register(peer.socket, selectors.EVENT_READ, (index, peer))
    return partial(receive, selector, rows)


def receive(selector: selectors.BaseSelector, rows: Rows, first: int, mutations: int) -> Received:
    """Takes the deliveries of mutations number `first` and on. Raises Broken for a lost or a doubled one."""
    began, cpu = time.perf_counter(), time.process_time()
    arrivals = list[Arrival]()
    while len(arrivals) < len(rows) * mutations and take(selector, arrivals, STALLED):
        pass
    used, wall = time.process_time() - cpu, time.perf_counter() - began
    while take(selector, arrivals, LINGER):
        pass
    return Received(tabulate(arrivals, rows, first, mutations), used, wall)


def take(selector: selectors.BaseSelector, arrivals: list[Arrival], patience: float) -> bool:
    """Whether anything came. A delivery's time is when it was read, however long it had been there."""
    ready = selector.select(patience)
    for selected, _ in ready:
        index, peer = selected.data
        texts = peer.receive()
        now = time.perf_counter()
        arrivals.extend((index, now, text) for text in texts if text != KEEP_ALIVE)
    return bool(ready)


def tabulate(arrivals: Sequence[Arrival], rows: Rows, first: int, mutations: int) -> NDArray[np.float64]:
    times = np.full((len(rows), mutations), np.nan)
    for index, when, text in arrivals:
        frame = json.loads(text)
        row = rows.get((index, frame.get("id")))
        if frame["type"] != "data" or row is None:
            raise Broken(f"a frame that is nobody's delivery: {text[:200]!r}")
        column = int(frame["payload"]["data"]["onSend"]["body"].partition(" ")[0]) - first
        if not 0 <= column < mutations or not np.isnan(times[row, column]):
            raise Broken(f"a delivery too many: {text[:200]!r}")
        times[row, column] = when
    lost = int(np.isnan(times).sum())
    if lost:
        raise Broken(f"{lost} of {times.size} deliveries never came")
    return times
