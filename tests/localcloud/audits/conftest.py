"""One endpoint that serves the audits' own API, and a proxy that breaks its rules on demand."""

from collections.abc import Iterator

import pytest
import uvicorn

from localcloud.appsync.server import configure
from localcloud.audits.bench import Bench
from localcloud.audits.here import served, started
from tests.localcloud.audits.breaking import Breaker

SETTINGS = {"keep_alive_seconds": "0.5"}


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    with served(SETTINGS) as bench:
        yield bench


@pytest.fixture(scope="session")
def breaker(bench: Bench) -> Breaker:
    return Breaker(bench.host)


@pytest.fixture(scope="session")
def broken(breaker: Breaker, bench: Bench) -> Iterator[Bench]:
    with started(uvicorn.Server(configure(breaker.app(), 0))) as port:
        host = f"http://localhost:{port}"
        yield Bench(f"{host}/graphql", bench.callers, f"{host}/event")
