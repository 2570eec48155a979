"""The whole local cloud, once for all flow tests of a session."""

from collections.abc import Iterator

import pytest

from tests.flows.cloud import Cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A running cloud. Tests share it: each brings users of its own, and none stops it."""
    running = Cloud(tmp_path_factory.mktemp("cloud") / "state")
    running.start()
    try:
        yield running
    finally:
        running.stop()
