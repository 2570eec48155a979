"""A clock and a store for each test."""

from collections.abc import Iterator

import boto3
import pytest
from chalicelib.stores.answers import AnswerStore

from tests.answering.tables import Clock, answer_store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def answers(aws: boto3.Session, clock: Clock) -> Iterator[AnswerStore]:
    with answer_store(aws, clock) as store:
        yield store
