"""What a CloudFormation template says of an Events API: who may do what, and its namespaces' handlers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from localcloud.appsync.attachments import SourceDefinition, read_source
from localcloud.appsync.definition import Place, read_keys, read_place
from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.events.channels import SEGMENT
from localcloud.appsync.identity import Mode
from localcloud.appsync.js import Code
from localcloud.appsync.providers import Providers, optional, read_providers
from localcloud.appsync.template import Template

API = "AWS::AppSync::Api"
NAMESPACES = 50

type Modes = frozenset[Mode]


@dataclass(frozen=True, slots=True)
class HandlerDefinition:
    """How one kind of operation is handled: by the namespace's code, or by a function alone."""

    behavior: Literal["CODE", "DIRECT"] = "CODE"
    source: str | None = None
    wait: bool = True


@dataclass(frozen=True, slots=True)
class NamespaceDefinition:
    """One namespace; its modes are the API's where it has none of its own."""

    name: str
    publish_modes: Modes
    subscribe_modes: Modes
    code: Code | None
    on_publish: HandlerDefinition
    on_subscribe: HandlerDefinition


@dataclass(frozen=True, slots=True)
class EventsDefinition:
    """One Events API as a template defines it."""

    name: str
    place: Place
    providers: Providers
    api_keys: Mapping[str, datetime | None]
    connect_modes: Modes
    namespaces: tuple[NamespaceDefinition, ...]
    sources: tuple[SourceDefinition, ...]


def read(template: Template) -> EventsDefinition | None:
    """None for a template without an Events API. Raises DefinitionError for more than one of them."""
    if not template.all(API):
        return None
    logical_id, properties = template.only(API)
    config = properties.get("EventConfig", {})
    return EventsDefinition(
        name=template.text(properties["Name"]),
        place=read_place(template, logical_id),
        providers=read_providers(template, template.resolve(config.get("AuthProviders", []))),
        api_keys=dict(read_keys(template, logical_id)),
        connect_modes=read_modes(template, config.get("ConnectionAuthModes", [])),
        namespaces=read_namespaces(template, logical_id, config),
        sources=tuple(
            read_source(template, each) for _, each in template.of_api("AWS::AppSync::DataSource", logical_id)
        ),
    )


def read_modes(template: Template, modes: Json) -> Modes:
    names = [template.text(each["AuthType"]) for each in template.resolve(modes)]
    if unknown := [name for name in names if name not in Mode]:
        raise DefinitionError(f"authorisation mode {unknown[0]} is not one of AppSync's")
    return frozenset(map(Mode, names))


def read_namespaces(template: Template, logical_id: str, config: Json) -> tuple[NamespaceDefinition, ...]:
    found = [
        read_namespace(template, each, config)
        for _, each in template.of_api("AWS::AppSync::ChannelNamespace", logical_id)
    ]
    names = {each.name for each in found}
    if len(names) < len(found) or len(found) > NAMESPACES:
        raise DefinitionError(f"there are {len(found)} namespaces, of {len(names)} different names")
    return tuple(found)


def read_namespace(template: Template, properties: Json, config: Json) -> NamespaceDefinition:
    name = template.text(properties["Name"])
    if not SEGMENT.fullmatch(name):
        raise DefinitionError(f"'{name}' is no name for a namespace")
    code = optional(template, properties.get("CodeHandlers", properties.get("Code")))
    handlers = template.resolve(properties.get("HandlerConfigs", {}))
    return NamespaceDefinition(
        name=name,
        publish_modes=read_modes(
            template, properties.get("PublishAuthModes") or config.get("DefaultPublishAuthModes", [])
        ),
        subscribe_modes=read_modes(
            template, properties.get("SubscribeAuthModes") or config.get("DefaultSubscribeAuthModes", [])
        ),
        code=Code(f"namespace {name}", code) if code else None,
        on_publish=read_handler(handlers.get("OnPublish", {})),
        on_subscribe=read_handler(handlers.get("OnSubscribe", {})),
    )


def read_handler(config: Json) -> HandlerDefinition:
    integration = config.get("Integration", {})
    invoke_type = integration.get("LambdaConfig", {}).get("InvokeType", "REQUEST_RESPONSE")
    behavior = config.get("Behavior", "CODE")
    if behavior not in ("CODE", "DIRECT") or invoke_type not in ("REQUEST_RESPONSE", "EVENT"):
        raise DefinitionError(f"a handler of behaviour {behavior} and invocation type {invoke_type}")
    return HandlerDefinition(behavior, integration.get("DataSourceName"), invoke_type == "REQUEST_RESPONSE")
