"""Unmodified Amplify at the Events endpoint, in Node and in Chromium: what its app sees."""

import json
from typing import Any

import pytest

from tests.clients.accounts import Staged
from tests.clients.cases import EVENTS
from tests.clients.events_story import Account, EventsStory

pytestmark = pytest.mark.parametrize("staged", [Staged(EventsStory, case) for case in EVENTS], ids=str)


def events(told: list[Any]) -> str:
    """What was heard, in one word; what is no event makes the test fail."""
    return "".join(each["event"] for each in told)


def test_a_wildcard_hears_every_channel_below_it_in_order(account: Account) -> None:
    assert events(account.heard) == "acdef"


def test_a_channel_hears_its_own_events_in_order(account: Account) -> None:
    assert events(account.heard_by_one) == "adef"


def test_a_post_that_succeeds_has_nothing_to_say(account: Account) -> None:
    assert account.posted == {"result": None}


def test_channels_survive_a_dropped_socket(account: Account) -> None:
    assert events(account.heard_after_drop) == "gh"


def test_nothing_is_heard_after_leaving(account: Account) -> None:
    assert account.heard_after_leaving == []


def test_a_handler_may_refuse_what_is_posted(account: Account) -> None:
    error = account.denied_post["error"]
    assert (error["name"], error["$metadata"]["httpStatusCode"]) == ("MessageProcessingError", 403)
    assert "this channel is closed" in error["_response"]["body"]


def test_a_handler_may_refuse_what_is_published(account: Account) -> None:
    assert account.denied_publish["error"]["message"] == "Publish errors: MessageProcessingError"


def test_a_handler_may_refuse_a_subscription(account: Account) -> None:
    assert account.denied_join["error"]["message"].startswith("Connection failed: Unauthorized: ")


def test_wrong_credentials_are_refused_over_http(staged: Staged, account: Account) -> None:
    assert account.refused_post["error"]["name"] == refusal(staged)


def test_wrong_credentials_are_refused_at_the_websocket(staged: Staged, account: Account) -> None:
    assert account.refused_join["error"]["message"] == refusal(staged), json.dumps(account.refused_join)


def refusal(staged: Staged) -> str:
    """A signature that does not match is a bad request."""
    return "BadRequestException" if staged.case.mode == "iam" else "UnauthorizedException"
