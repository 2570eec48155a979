"""The client's fixtures: a living fake deployment, and clients signed in to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from riffle import Client, Sessions
from tests.riffle.fake import Fake, running
from tests.riffle.samples import ABOUT

NAME, PASSWORD = "ada@example.com", "Lovelace-1815"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with running() as fake:
        fake.fields["about"] = lambda _: ABOUT
        yield fake


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path / "config" / "sessions.json")


@pytest.fixture
def client(fake: Fake) -> Iterator[Client]:
    with Client.connect(fake.url, username=NAME, password=PASSWORD) as client:
        yield client
