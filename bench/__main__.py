"""`python -m bench`: starts local clouds of its own, measures, prints tables. Those of `APART` are apart."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from rich.console import Console

from bench import asking, ingestion
from bench.coldstart import command as coldstart
from bench.corpus import pieces
from bench.fanout import command as fanout
from bench.ingesting import command as ingesting
from bench.load import command as load
from bench.paced import paced_model
from bench.searching import command as searching
from evaluation.stack import LocalCloud, NotStarted, new_account, own_cloud
from riffle import Client, RiffleError

SMALL = 6  # documents to answer from, where only the stream matters
APART = {
    "coldstart": coldstart.main,
    "fanout": fanout.main,
    "ingesting": ingesting.main,
    "load": load.main,
    "searching": searching.main,
}
console = Console()


def main() -> int:
    if sys.argv[1:2] and sys.argv[1] in APART:
        return APART[sys.argv[1]](sys.argv[2:])
    console.print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    try:
        _extractive()
        _paced()
    except (RiffleError, NotStarted) as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        return 1
    return 0


def _extractive() -> None:
    """Ingestion and first text, with the models that are built in."""
    environ = {name: value for name, value in os.environ.items() if name != "RIFFLE_MODEL"}
    with _signed_in(environ) as (cloud, client, account):
        ingestion.documents_per_second(cloud.url, *account).print(console)
        asking.first_delta(client, cloud).print(console)


def _paced() -> None:
    """Streams, with a model of a known pace."""
    with ExitStack() as running:
        model = running.enter_context(paced_model())
        environ = {**os.environ, "RIFFLE_MODEL": model.setting}
        cloud, client, _ = running.enter_context(_signed_in(environ))
        for piece in pieces(SMALL):
            client.wait_ready(client.add_text(piece.name, piece.text).id)
        asking.streams(client, cloud, model).print(console)


@contextmanager
def _signed_in(environ: Mapping[str, str]) -> Iterator[tuple[LocalCloud, Client, tuple[str, str]]]:
    with own_cloud(environ) as cloud:
        name, password = new_account(cloud.url)
        with Client.connect(cloud.url, username=name, password=password) as client:
            yield cloud, client, (name, password)


if __name__ == "__main__":
    sys.exit(main())
