"""What a template says of an Events API, and what is refused when the API is built from it."""

from typing import Any

import pytest

from localcloud.appsync.assembly import Surroundings
from localcloud.appsync.definition import read as read_graphql
from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.events.assembly import assemble
from localcloud.appsync.events.definition import EventsDefinition, read
from localcloud.appsync.identity import Mode
from localcloud.appsync.template import Template, load
from tests.localcloud.appsync.events_world import KEY, VALUES
from tests.localcloud.appsync.world import FIXTURES

MODES = [{"AuthType": "API_KEY"}]
CONFIG = {
    "AuthProviders": MODES,
    "ConnectionAuthModes": MODES,
    "DefaultPublishAuthModes": MODES,
    "DefaultSubscribeAuthModes": MODES,
}


def resource(kind: str, **properties: Any) -> Any:
    return {"Type": f"AWS::AppSync::{kind}", "Properties": properties}


def defined(**namespaces: Any) -> EventsDefinition:
    """An API with namespaces of these properties, named as the arguments are unless they say otherwise."""
    resources = {"Events": resource("Api", Name="e", EventConfig=CONFIG)}
    for name, properties in namespaces.items():
        resources[name] = resource("ChannelNamespace", **{"Name": name, **properties})
    definition = read(Template({"Resources": resources}, {}))
    assert definition
    return definition


def test_a_template_without_an_events_api_has_none() -> None:
    assert read(Template({"Resources": {}}, {})) is None


def test_an_events_api_has_its_own_keys_sources_and_namespaces() -> None:
    definition = read(load(FIXTURES / "events.yaml", VALUES))
    assert definition
    assert (definition.name, dict(definition.api_keys)) == ("notes-events", {KEY: None})
    assert [each.name for each in definition.sources] == ["function"]
    assert definition.place.arn == "arn:aws:appsync:us-east-1:000000000000:apis/events1"
    names = [each.name for each in definition.namespaces]
    assert names == ["plain", "members", "scripted", "stored", "direct", "told"]


def test_a_namespace_takes_the_apis_modes_where_it_has_none() -> None:
    (one, other) = defined(a={}, b={"PublishAuthModes": [{"AuthType": "AWS_IAM"}]}).namespaces
    assert one.publish_modes == one.subscribe_modes == other.subscribe_modes == {Mode.API_KEY}
    assert other.publish_modes == {Mode.IAM}


def test_only_one_events_api_is_served() -> None:
    two = {name: resource("Api", Name="e", EventConfig=CONFIG) for name in "ab"}
    with pytest.raises(DefinitionError, match="2 resources of type AWS::AppSync::Api"):
        read(Template({"Resources": two}, {}))


@pytest.mark.parametrize(
    ("properties", "word"),
    [
        ({"Name": "no_name"}, "no_name"),
        ({"Name": "b"}, "namespaces"),
        ({"HandlerConfigs": {"OnPublish": {"Behavior": "MAGIC"}}}, "MAGIC"),
        ({"PublishAuthModes": [{"AuthType": "MAGIC"}]}, "MAGIC"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(properties: Any, word: str) -> None:
    with pytest.raises(DefinitionError, match=word):
        defined(b={}, a=properties)


@pytest.mark.parametrize(
    "properties",
    [
        {"CodeHandlers": "export function onPublish(ctx) {"},
        {"CodeHandlers": "export const onPublish = {request: (ctx) => ctx}"},
        {"HandlerConfigs": {"OnPublish": {"Behavior": "DIRECT", "Integration": {"DataSourceName": "x"}}}},
    ],
)
def test_handlers_that_cannot_run_are_refused_when_the_api_is_built(properties: Any) -> None:
    with pytest.raises(DefinitionError):
        assemble(defined(a=properties), Surroundings())


def test_code_that_exports_other_things_handles_nothing() -> None:
    (namespace,) = defined(a={"CodeHandlers": "export const other = 1;"}).namespaces
    assert namespace.code
    assemble(defined(a={"CodeHandlers": namespace.code.text}), Surroundings())


def test_two_apis_of_one_template_keep_their_keys_and_sources_apart() -> None:
    of = {name: {"Fn::GetAtt": [name, "ApiId"]} for name in ("Graph", "Events")}
    resources = {
        "Graph": resource("GraphQLApi", Name="g", AuthenticationType="API_KEY"),
        "Schema": resource("GraphQLSchema", Definition="type Query { a: Int }"),
        "Events": resource("Api", Name="e", EventConfig=CONFIG),
        **{f"{name}Key": resource("ApiKey", ApiId=id_) for name, id_ in of.items()},
        **{
            f"{name}Source": resource("DataSource", ApiId=id_, Name=name, Type="NONE")
            for name, id_ in of.items()
        },
    }
    template = Template({"Resources": resources}, {"GraphKey.ApiKey": "da2-g", "EventsKey.ApiKey": "da2-e"})
    graph, events = read_graphql(template), read(template)
    assert events
    assert (list(graph.api_keys), [each.name for each in graph.attachments.sources]) == (["da2-g"], ["Graph"])
    assert (list(events.api_keys), [each.name for each in events.sources]) == (["da2-e"], ["Events"])
