"""The events our functions receive, read by Powertools' own models, classes and resolvers."""

import json
from typing import Any

import httpx
import pytest
from aws_lambda_powertools.event_handler import AppSyncResolver
from aws_lambda_powertools.utilities.data_classes import AppSyncResolverEvent
from aws_lambda_powertools.utilities.data_classes.appsync_resolver_event import (
    AppSyncIdentityCognito,
    AppSyncIdentityIAM,
)
from aws_lambda_powertools.utilities.parser import parse
from aws_lambda_powertools.utilities.parser.models import AppSyncResolverEventModel
from aws_lambda_powertools.utilities.parser.models.appsync import (
    AppSyncCognitoIdentity,
    AppSyncIamIdentity,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from tests.localcloud.appsync.clients import sign
from tests.localcloud.appsync.world import ARN, CLIENT, ISSUER, KEY, Endpoint

QUERY = 'query Q($text: String) { echo(text: $text, source: "s") }'
VARIABLES = {"text": "x"}


def api_key(_: Endpoint, __: bytes) -> Any:
    return {"x-api-key": KEY, "user-agent": "notes/1"}


def pool_user(endpoint: Endpoint, _: bytes) -> Any:
    return endpoint.bearer("ada", **{"cognito:groups": ["editors"]})


def principal(endpoint: Endpoint, body: bytes) -> Any:
    return sign(endpoint.host, "/graphql", body.decode())


def received(endpoint: Endpoint, credentials: Any = api_key, query: str = QUERY) -> Any:
    """What the function was sent for one request of a caller."""
    body = json.dumps({"query": query, "variables": VARIABLES}).encode()
    endpoint.functions.events.clear()
    answer = httpx.post(endpoint.url, content=body, headers=credentials(endpoint, body))
    assert "errors" not in answer.json(), answer.text
    return endpoint.functions.events[-1]


@pytest.mark.parametrize(
    ("credentials", "kind"),
    [(api_key, type(None)), (pool_user, AppSyncCognitoIdentity), (principal, AppSyncIamIdentity)],
)
def test_a_direct_event_of_every_mode_parses(endpoint: Endpoint, credentials: Any, kind: type) -> None:
    event = parse(received(endpoint, credentials), AppSyncResolverEventModel)
    assert type(event.identity) is kind
    assert (event.info.parentTypeName, event.info.fieldName) == ("Query", "echo")
    assert (event.arguments, event.info.variables) == ({"text": "x", "source": "s"}, VARIABLES)
    assert (event.source, event.prev, event.stash) == (None, None, {})
    assert event.request.headers["host"] == endpoint.host
    assert event.request.domainName is None


def test_no_member_of_a_direct_event_is_unknown_to_the_model(endpoint: Endpoint) -> None:
    """A member too many would go unnoticed by a model that ignores it, and by nobody who copies the event."""
    event = received(endpoint)
    assert event.keys() == AppSyncResolverEventModel.model_fields.keys()
    model = parse(event, AppSyncResolverEventModel)
    for part in ("request", "info"):
        assert event[part].keys() == type(getattr(model, part)).model_fields.keys()


@pytest.mark.parametrize(
    ("credentials", "model"), [(pool_user, AppSyncCognitoIdentity), (principal, AppSyncIamIdentity)]
)
def test_no_member_of_an_identity_is_unknown_to_its_model(
    endpoint: Endpoint, credentials: Any, model: Any
) -> None:
    assert received(endpoint, credentials)["identity"].keys() == model.model_fields.keys()


def test_every_property_of_a_pool_users_event_can_be_read(endpoint: Endpoint) -> None:
    user = AppSyncResolverEvent(received(endpoint, pool_user)).identity
    assert isinstance(user, AppSyncIdentityCognito)
    assert (user.sub, user.username, user.issuer) == ("ada", "ada", ISSUER)
    assert (user.source_ip, user.default_auth_strategy) == (["127.0.0.1"], "ALLOW")
    assert (user.groups, user.claims["client_id"]) == (["editors"], CLIENT)


def test_every_property_of_a_signed_event_can_be_read(endpoint: Endpoint) -> None:
    who = AppSyncResolverEvent(received(endpoint, principal)).identity
    assert isinstance(who, AppSyncIdentityIAM)
    assert (who.account_id, who.user_arn, who.username) == (ARN.split(":")[4], ARN, "worker")
    assert who.source_ip == ["127.0.0.1"]
    nothing = [who.cognito_identity_id, who.cognito_identity_pool_id, who.cognito_identity_auth_type]
    assert not any([*nothing, who.cognito_identity_auth_provider])


def test_headers_are_found_in_any_case(endpoint: Endpoint) -> None:
    event = AppSyncResolverEvent(received(endpoint))
    assert event.request_headers["X-Api-Key"] == KEY
    assert event.request_headers["User-Agent"] == "notes/1"
    assert event.prev_result is None


def test_powertools_resolver_answers_a_direct_event(endpoint: Endpoint) -> None:
    app = AppSyncResolver()  # type: ignore[no-untyped-call]  # theirs has no annotation

    @app.resolver(type_name="Query", field_name="echo")
    def echo(text: str, source: str) -> str:
        assert app.current_event is not None
        return f"{text}{source} for {app.current_event['identity']['sub']}"

    assert app.resolve(received(endpoint, pool_user), LambdaContext()) == "xs for ada"


def test_a_selection_is_listed_as_powertools_shows_it(endpoint: Endpoint) -> None:
    query = "query Q($text: ID!) { note(id: $text) { id who: author { name } ... on Note { tags } } }"
    info = AppSyncResolverEvent(received(endpoint, api_key, query)).info
    assert info.selection_set_list == ["id", "who", "who/name", "tags"]
    assert (info.selection_set_graphql or "").startswith("{\n  id\n  who: author {")
    assert info.variables == VARIABLES
