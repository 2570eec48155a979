"""Builds an Events API out of a definition: where modes, namespaces, code and AWS clients meet."""

from collections.abc import Mapping

from localcloud.appsync.assembly import Surroundings, authorizer
from localcloud.appsync.datasources import DataSource
from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.events.api import EventsApi, Namespace, Settings
from localcloud.appsync.events.authorization import Doorkeeper
from localcloud.appsync.events.definition import EventsDefinition, HandlerDefinition, NamespaceDefinition
from localcloud.appsync.events.handlers import Direct, Export, Handler, Script
from localcloud.appsync.js import JavaScript
from localcloud.appsync.wiring import Connections, data_source

type Sources = Mapping[str, DataSource]


def assemble(
    definition: EventsDefinition, around: Surroundings, settings: Settings | None = None
) -> EventsApi:
    """Raises DefinitionError when code does not compile, or a handler has no data source."""
    engine = JavaScript()
    sources = {
        each.name: data_source(each, Connections(around.session, around.endpoints))
        for each in definition.sources
    }
    place, keys = definition.place, definition.api_keys
    return EventsApi(
        Doorkeeper(authorizer(definition.providers, keys, place, around, "handlerContext"), place.arn),
        definition.connect_modes,
        {each.name: namespace(each, sources, engine) for each in definition.namespaces},
        settings or Settings(),
    )


def namespace(each: NamespaceDefinition, sources: Sources, engine: JavaScript) -> Namespace:
    exported = engine.check(each.code) if each.code else frozenset()

    def handler(defined: HandlerDefinition, export: Export) -> Handler | None:
        if defined.behavior == "DIRECT":
            return Direct(named(sources, defined, each.name), defined.wait)
        if each.code is None:
            return None
        if export in exported:
            return Script(engine, each.code, export)
        around = {f"{export}.request", f"{export}.response"} & exported
        return Script(engine, each.code, export, named(sources, defined, each.name)) if around else None

    return Namespace(
        each.name,
        each.publish_modes,
        each.subscribe_modes,
        handler(each.on_publish, "onPublish"),
        handler(each.on_subscribe, "onSubscribe"),
    )


def named(sources: Sources, defined: HandlerDefinition, namespace: str) -> DataSource:
    source = sources.get(defined.source or "")
    if source is None:
        raise DefinitionError(
            f"a handler of namespace '{namespace}' names data source '{defined.source}', which is not there"
        )
    return source
