"""Unmodified clients at the GraphQL endpoint: what their apps see, over HTTP and over WebSockets."""

import json
from typing import Any

import pytest

from tests.clients.accounts import Staged
from tests.clients.cases import GQL, GRAPHQL
from tests.clients.graphql_story import Account, GraphQLStory
from tests.localcloud.appsync.world import ARN

WHO = {
    "apiKey": "whoever knows the key", "iam": ARN, "identityPool": ARN, "lambda": "a friend", "oidc": "olga",
    "userPool": "ada", "none": "ada",
}  # fmt: skip
pytestmark = pytest.mark.parametrize("staged", [Staged(GraphQLStory, case) for case in GRAPHQL], ids=str)


def ids(told: list[Any]) -> list[str]:
    """Of messages; what is none is shown as it is."""
    return [each["event"]["data"]["onSend"]["id"] if "event" in each else str(each) for each in told]


def says(told: Any) -> str:
    """All that the app is shown of an error."""
    return json.dumps(told["error"])


def test_an_app_queries_as_whom_it_signed_in(staged: Staged, account: Account) -> None:
    assert account.who["result"]["data"] == {"whoami": WHO[staged.case.mode]}


def test_an_app_reads_the_result_of_its_mutation(staged: Staged, account: Account) -> None:
    sent = account.sent["result"]["data"]["send"]
    assert {**sent, "__typename": "Message"} == {
        "__typename": "Message", "id": "1", "room": str(staged.case), "body": "hello",
    }  # fmt: skip


def test_a_subscription_hears_its_own_room_in_order(account: Account) -> None:
    assert ids(account.heard) == ["0", "3", "5"]
    assert ids(account.other) == ["2", "4"]


def test_a_subscription_hears_what_it_selected(account: Account) -> None:
    message = account.heard[0]["event"]["data"]["onSend"]
    assert message.items() - {("__typename", "Message")} == {("id", "0"), ("body", None)}


def test_subscriptions_survive_a_dropped_socket(staged: Staged, account: Account) -> None:
    assert ids(account.heard_after_drop) == ["6", "7"]
    assert bool(account.dropped) is not staged.case.reconnects


def test_an_app_that_must_subscribe_anew_is_told_why(account: Account) -> None:
    errors = [says(each) for each in account.dropped if "error" in each]
    assert all("Connection closed" in error for error in errors)


def test_nothing_is_heard_after_unsubscribing(account: Account) -> None:
    heard, *rest = account.heard_after_forget
    assert ids([heard]) == ["9"]
    assert rest in ([], [{"over": True}])


def test_wrong_credentials_are_refused_over_http(staged: Staged, account: Account) -> None:
    assert refusal(staged, "Unauthorized", "Unknown error") in says(account.refused_query)


def test_wrong_credentials_are_refused_at_the_websocket(staged: Staged, account: Account) -> None:
    prefix = "" if staged.case.client == GQL else "Connection failed: "
    expected = refusal(staged, "UnauthorizedException", "BadRequestException")
    assert prefix + expected in says(account.refused_subscription)


def test_a_denied_field_is_an_error_of_the_query(account: Account) -> None:
    assert "Not Authorized to access vault on type Query" in says(account.denied_query)


def test_a_denied_subscription_is_an_error_of_its_own(account: Account) -> None:
    assert "Not Authorized to access onVault on type Subscription" in says(account.denied_subscription)


def refusal(staged: Staged, unauthorized: str, bad: str) -> str:
    """A signature that does not match is a bad request, which Amplify's queries call an unknown error."""
    if staged.case.mode not in ("iam", "identityPool"):
        return unauthorized
    return (
        bad
        if bad == "BadRequestException" or staged.case.client.startswith("amplify")
        else "BadRequestException"
    )
