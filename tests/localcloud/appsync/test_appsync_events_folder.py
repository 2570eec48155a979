"""The section `events` of a folder: the Events API that a template would have defined."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.appsync import definition as graphql
from localcloud.appsync.command import Options, offered, prepared
from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.events import definition
from localcloud.appsync.events.definition import EventsDefinition, HandlerDefinition
from localcloud.appsync.folder import EXAMPLE
from localcloud.appsync.identity import Mode
from localcloud.appsync.summary import summarise
from localcloud.audits.here import started
from tests.conftest import ROOT
from tests.localcloud.appsync.events_world import events_client
from tests.localcloud.appsync.world import Lambda, Pool, http_service

CHANNELS = """
dataSources:
  audit: { type: AWS_LAMBDA, function: audit }
  unasked: { type: NONE }
events:
  authentication:
    - { type: API_KEY, keys: [da2-channels] }
    - { type: AWS_IAM }
    - { type: AMAZON_COGNITO_USER_POOLS, userPoolId: us-east-1_a, region: us-east-1, clientIdRegex: web }
  publish: [API_KEY, AWS_IAM]
  namespaces:
    plain:
    loud:
    members: { publish: [AWS_IAM], subscribe: [AMAZON_COGNITO_USER_POOLS] }
    audited: { onPublish: audit, onSubscribe: { function: audit, wait: false } }
    stored: { code: shared/stored.js, onPublish: { dataSource: audit } }
"""
LOUD = (
    "export const onPublish = (ctx) => ctx.events.map((each) => ({ ...each, payload: `${each.payload}!` }));"
)
STORED = """
export const onPublish = {
  request: (ctx) => ({ operation: 'Invoke', payload: ctx.events }),
  response: (ctx) => ctx.events.map((each) => ({ ...each, payload: ctx.result })),
};
"""


@pytest.fixture
def channels(tmp_path: Path) -> Path:
    """An Events API alone: there is no schema."""
    for name, text in {
        "appsync.yaml": CHANNELS, "handlers/loud.js": LOUD, "shared/stored.js": STORED,
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def read(folder: Path) -> EventsDefinition:
    found = definition.read(offered(Options(folder=folder)).template)
    assert found is not None
    return found


@contextmanager
def serving(folder: Path, lambda_endpoint: str | None = None) -> Iterator[str]:
    options = Options(folder=folder, port=0, lambda_endpoint=lambda_endpoint)
    with prepared(options, {}) as ready, started(ready.server) as port:
        yield f"localhost:{port}"


def publish(host: str, channel: str, key: str, *events: Json) -> httpx.Response:
    body = {"channel": channel, "events": [json.dumps(each) for each in events]}
    return httpx.post(f"http://{host}/event", json=body, headers={"x-api-key": key}, trust_env=False)


async def hear(host: str, channel: str, key: str, event: Json) -> Json:
    """What a subscriber is sent of an event that is then published."""
    async with events_client(host, {"host": host, "x-api-key": key}) as client:
        id_ = await client.subscribe(channel)
        assert (await asyncio.to_thread(publish, host, channel, key, event)).status_code == 200
        return await client.event(id_)


def test_the_folder_says_all_that_a_template_does(channels: Path) -> None:
    found = read(channels)
    every = frozenset({Mode.API_KEY, Mode.IAM, Mode.COGNITO})
    spaces = {each.name: each for each in found.namespaces}
    assert (found.connect_modes, list(found.api_keys)) == (every, ["da2-channels"])
    assert [each.pool_id for each in found.providers.pools] == ["us-east-1_a"]
    assert [each.name for each in found.sources] == ["audit"]
    assert spaces["plain"].publish_modes == frozenset({Mode.API_KEY, Mode.IAM})
    assert spaces["plain"].subscribe_modes == every
    assert spaces["members"].publish_modes == frozenset({Mode.IAM})
    assert spaces["audited"].on_subscribe == HandlerDefinition("DIRECT", "audit", wait=False)
    assert spaces["stored"].on_publish == HandlerDefinition("CODE", "audit")


def test_code_beside_the_mapping_handles_the_namespace_of_its_name(channels: Path) -> None:
    with serving(channels) as host:
        heard = asyncio.run(hear(host, "/loud/a", "da2-channels", "hello"))
        plain = asyncio.run(hear(host, "/plain/a", "da2-channels", "hello"))
    assert (heard, plain) == ("hello!", "hello")


class Audit(Lambda):
    """Answers the events that it is sent, and anything else with their number."""

    def invoke(self, event: Any) -> tuple[Any, str | None]:
        self.events.append(event)
        return (event if isinstance(event, dict) else len(event)), None


def test_functions_are_sent_events_as_they_are_or_by_the_code(channels: Path) -> None:
    functions = Audit()
    with http_service(functions, Pool()) as url, serving(channels, url) as host:
        assert publish(host, "/audited/a", "da2-channels", 1).status_code == 200
        counted = asyncio.run(hear(host, "/stored/a", "da2-channels", "hello"))
    assert functions.events[0]["info"]["operation"] == "PUBLISH"
    assert counted == 1


def test_modes_are_those_of_the_namespace(channels: Path) -> None:
    with serving(channels) as host:
        codes = [
            publish(host, f"/{name}/a", "da2-channels", 1).status_code for name in ("plain", "members", "no")
        ]
    assert codes == [200, 401, 401]


def test_the_example_has_channels_of_the_same_modes_and_key() -> None:
    with serving(EXAMPLE) as host:
        assert asyncio.run(hear(host, "/rooms/a", "da2-rooms", {"text": "hello"})) == {"text": "hello"}
        query = {"query": "{ ping }"}
        headers = {"x-api-key": "da2-rooms"}
        answer = httpx.post(f"http://{host}/graphql", json=query, headers=headers, trust_env=False)
    assert answer.json() == {"data": {"ping": "pong"}}


def test_the_start_names_channels_and_a_shared_key_once() -> None:
    told = list(summarise(offered(Options(folder=EXAMPLE)), 8000, tls=False))
    assert ("channels", "/rooms/*") in told
    assert told.count(("API key", "da2-rooms")) == 1


def test_each_api_has_its_own_keys(channels: Path) -> None:
    (channels / "schema.graphql").write_text("type Query { a: Int }")
    mapping = (channels / "appsync.yaml").read_text()
    (channels / "appsync.yaml").write_text("authentication: [{ type: API_KEY, keys: [da2-own] }]\n" + mapping)
    query = {"query": "{ a }"}
    with serving(channels) as host:
        codes = [
            httpx.post(f"http://{host}/graphql", json=query, headers={"x-api-key": key}, trust_env=False)
            for key in ("da2-own", "da2-channels")
        ]
        assert [each.status_code for each in codes] == [200, 401]
        assert publish(host, "/plain/a", "da2-own", 1).status_code == 401


def test_what_the_manual_shows_of_a_folder_is_read(tmp_path: Path) -> None:
    text = (ROOT / "docs/appsync-local.md").read_text()
    (tmp_path / "appsync.yaml").write_text(text.partition("```yaml\n")[2].partition("```")[0])
    for name in ("schema.graphql", "shared/reviews.js", "shared/orders.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("# as it is\n")
    found, template = read(tmp_path), offered(Options(folder=tmp_path)).template
    assert [each.name for each in found.namespaces] == ["offers", "orders", "audit"]
    assert {each.name for each in found.sources} == {"books", "prices"}
    assert list(graphql.read(template).api_keys) == ["da2-bookshop"]


WRONG = {
    "no-section": ("events: []", "events in appsync.yaml is not a list of names and values"),
    "unknown": ("events: { channels: {} }", "events has 'channels', which is none of authentication, "),
    "no-modes": ("events: { publish: API_KEY }", r"events.publish is a list of modes, such as \[API_KEY\]"),
    "no-such-mode": ("events: { namespaces: { a: { publish: [KEY] } } }", "mode KEY is not one"),
    "no-ways": ("events: { authentication: [] }", "events.authentication is a list of modes"),
    "in-namespace": ("events: { namespaces: { a: { handler: b } } }", "namespaces.a has 'handler', which"),
    "in-handler": ("events: { namespaces: { a: { onPublish: {} } } }", "either a function or a dataSource"),
    "no-source": ("events: { namespaces: { a: { onPublish: b } } }", "names data source 'b', which is not"),
    "no-code": ("events: { namespaces: { a: { code: a.js } } }", "a.js cannot be read"),
    "no-name": ("events: { namespaces: { a/b: {} } }", "'a/b' is no name for a namespace"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_one_sentence(case: str, tmp_path: Path) -> None:
    text, sentence = WRONG[case]
    (tmp_path / "appsync.yaml").write_text(text)
    with pytest.raises(DefinitionError, match=sentence), prepared(Options(folder=tmp_path, port=0), {}):
        pass


def test_what_the_folder_becomes_names_the_api_of_everything(channels: Path) -> None:
    document = offered(Options(folder=channels)).document
    for name, each in document["Resources"].items():
        if name != "EventsApi":
            assert each["Properties"]["ApiId"] == {"Fn::GetAtt": ["EventsApi", "ApiId"]}, name
