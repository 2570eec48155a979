"""Functions written with Powertools' handlers, in batches, behind every authoriser, and for channels."""

import asyncio
from typing import Any

from aws_lambda_powertools.event_handler import AppSyncEventsResolver, AppSyncResolver
from aws_lambda_powertools.utilities.data_classes import AppSyncResolverEvent
from aws_lambda_powertools.utilities.parser import parse
from aws_lambda_powertools.utilities.parser.models import AppSyncResolverEventModel
from aws_lambda_powertools.utilities.parser.models.appsync import (
    AppSyncBatchResolverEventModel,
    AppSyncLambdaIdentity,
    AppSyncOidcIdentity,
)
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from localcloud.audits.here import issuing
from tests.localcloud.appsync.apis import FUNCTION, Decider, Issuer, oidc, served, template
from tests.localcloud.appsync.events_world import EventsEndpoint, events_client
from tests.localcloud.appsync.small import Small, handlers, lambda_service, step

ECHO = "type Query { echo(text: String): AWSJSON }"
ASKED = 'query Q($t: String = "x") { echo(text: $t) }'
NOTES = "type Query { notes: [Note] } type Note { id: ID author(short: Boolean): String }"
TWO = handlers("return { payload: [{ id: '1' }, { id: '2' }] };")


def test_an_event_of_an_openid_user_parses() -> None:
    with issuing(Issuer()) as issuer, served(template(ECHO, oidc(issuer))) as api:
        api.data(ASKED, headers=issuer.bearer())
        (event,) = api.functions.events
    identity = parse(event, AppSyncResolverEventModel).identity
    assert isinstance(identity, AppSyncOidcIdentity)
    assert (identity.sub, identity.issuer) == ("ada", issuer.url)
    assert event["identity"].keys() == AppSyncOidcIdentity.model_fields.keys()


def test_an_event_of_a_caller_whom_a_function_let_in_parses() -> None:
    verdict = {"isAuthorized": True, "resolverContext": {"tenant": "a"}}
    decider = Decider(decide=lambda _: verdict)
    with served(template(ECHO, FUNCTION), decider) as api:
        api.data(ASKED, headers={"Authorization": "a-word"})
    (event,) = decider.events
    identity = parse(event, AppSyncResolverEventModel).identity
    assert isinstance(identity, AppSyncLambdaIdentity)
    assert identity.resolverContext == {"tenant": "a"}


def test_a_batch_resolver_of_powertools_answers_a_batch() -> None:
    app = AppSyncResolver()  # type: ignore[no-untyped-call]  # theirs has no annotation

    @app.batch_resolver(type_name="Note", field_name="author")
    def author(event: list[AppSyncResolverEvent]) -> list[Any]:
        return [{"data": f"of {each.source['id']}, {each.arguments}"} for each in event]

    resolvers = {"Query.notes": step("nothing", TWO), "Note.author": step("function", MaxBatchSize=10)}
    with lambda_service(lambda events: app.resolve(events, LambdaContext())) as (functions, url):
        body = Small(NOTES, resolvers, service=url).ask("{ notes { author(short: true) } }")
    authors = [{"author": f"of {id_}, {{'short': True}}"} for id_ in "12"]
    assert body == {"data": {"notes": authors}}
    (batch,) = functions.events
    first, second = TypeAdapter(AppSyncBatchResolverEventModel).validate_python(batch)
    assert (first.source, second.source) == ({"id": "1"}, {"id": "2"})


async def sent_for(endpoint: EventsEndpoint, channel: str) -> list[Any]:
    """What the function of a namespace got for a subscription and a publish."""
    async with events_client(endpoint.host) as client:
        await client.subscribe(channel)
        await client.publish(channel, [{"n": 1}, {"n": 2}])
    return endpoint.functions.on(channel)


def test_an_events_resolver_of_powertools_answers_channels(
    events_endpoint: EventsEndpoint,
) -> None:
    app, seen = AppSyncEventsResolver(), []  # type: ignore[no-untyped-call]  # theirs has no annotation

    @app.on_subscribe("/direct/*")
    def subscribed() -> None:
        seen.append(app.current_event.info.channel_path)

    @app.on_publish("/direct/*")
    def published(payload: Any) -> Any:
        return {"doubled": payload["n"] * 2}

    subscribe, publish = asyncio.run(sent_for(events_endpoint, "/direct/resolver"))
    assert app.resolve(subscribe, LambdaContext()) is None
    answer = app.resolve(publish, LambdaContext())
    assert seen == ["/direct/resolver"]
    assert [each["payload"] for each in answer["events"]] == [{"doubled": 2}, {"doubled": 4}]
    assert [each["id"] for each in answer["events"]] == [each["id"] for each in publish["events"]]
