"""One endpoint that serves the audits' own API, and a proxy that breaks its rules on demand."""

from collections.abc import Iterator

import pytest
import uvicorn

from localcloud.appsync.server import configure
from localcloud.audits.here import served, started
from localcloud.audits.target import Target
from tests.localcloud.audits.breaking import Breaker

SETTINGS = {"keep_alive_seconds": "0.5"}


@pytest.fixture(scope="session")
def target() -> Iterator[Target]:
    with served(SETTINGS) as target:
        yield target


@pytest.fixture(scope="session")
def breaker(target: Target) -> Breaker:
    return Breaker(target.host)


@pytest.fixture(scope="session")
def broken(breaker: Breaker, target: Target) -> Iterator[Target]:
    with started(uvicorn.Server(configure(breaker.app(), 0))) as port:
        host = f"http://localhost:{port}"
        yield Target(f"{host}/graphql", target.callers, f"{host}/event")
