"""A scripted Bedrock runtime for each test."""

from collections.abc import Iterator

import pytest

from tests.models.runtime import Runtime, serve


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with serve() as made:
        yield made
