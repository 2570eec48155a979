"""The endpoint under test, over the schema, template and resolvers in `fixtures/`."""

from collections.abc import Iterator

import pytest

from localcloud.appsync.app import create_app
from tests.localcloud.appsync.events_world import EventsEndpoint, Functions, build_events
from tests.localcloud.appsync.world import LIMITS, Endpoint, Lambda, Pool, build_api, http_service, running


@pytest.fixture(scope="session")
def pool() -> Pool:
    return Pool()


@pytest.fixture(scope="session")
def functions() -> Lambda:
    return Lambda()


@pytest.fixture(scope="session")
def service(pool: Pool, functions: Lambda) -> Iterator[str]:
    with http_service(functions, pool) as url:
        yield url


@pytest.fixture(scope="session")
def endpoint(service: str, pool: Pool, functions: Lambda) -> Iterator[Endpoint]:
    api = build_api(service)
    with running(create_app(api, LIMITS)) as host:
        yield Endpoint(host, api, pool, functions)


@pytest.fixture(scope="session")
def events_endpoint(pool: Pool) -> Iterator[EventsEndpoint]:
    functions = Functions()
    with http_service(functions, pool) as url:
        channels = build_events(url)
        with running(create_app(build_api(url), LIMITS, channels=channels)) as host:
            yield EventsEndpoint(host, channels, pool, functions, url)
