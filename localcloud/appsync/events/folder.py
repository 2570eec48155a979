"""The section `events` of an API's folder: an Events API, its namespaces and their handlers."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.mapping import (
    Resources,
    Ways,
    api_keys,
    belonging,
    check_names,
    given_keys,
    provider,
    read_ways,
    section,
)

API = "EventsApi"
KNOWN = frozenset({"name", "authentication", "connect", "publish", "subscribe", "namespaces"})
NAMESPACE = frozenset({"code", "publish", "subscribe", "onPublish", "onSubscribe"})
HANDLER = frozenset({"function", "dataSource", "wait"})
DEFAULTS = {
    "connect": "ConnectionAuthModes",
    "publish": "DefaultPublishAuthModes",
    "subscribe": "DefaultSubscribeAuthModes",
}
OWN = {"publish": "PublishAuthModes", "subscribe": "SubscribeAuthModes"}
HANDLERS = {"onPublish": "OnPublish", "onSubscribe": "OnSubscribe"}

type Code = Callable[[str, str | None], str | None]


def resources(given: Mapping[str, Json], ways: Ways, sources: Mapping[str, Json], code_of: Code) -> Resources:
    """What a template would have. `ways` are the folder's modes, the API's where it names none of its own.

    `code_of` reads the file of a name that is usual, or the one that was given. Raises DefinitionError.
    """
    check_names(given, KNOWN, "events")
    own = ways_of(given, ways)
    spaces = section(given.get("namespaces"), "events.namespaces")
    named = {
        name: namespace(name, section(each, f"events.namespaces.{name}"), code_of)
        for name, each in spaces.items()
    }
    made: Resources = {
        API: ("AWS::AppSync::Api", {"Name": f"{given['name']}", "EventConfig": configuration(given, own)}),
        **api_keys("EventsKey", own),
        **{
            f"EventsSource{name}": ("AWS::AppSync::DataSource", sources[name])
            for name in sorted(sources_of(named.values()) & set(sources))
        },
        **{f"Namespace{name}": ("AWS::AppSync::ChannelNamespace", each) for name, each in named.items()},
    }
    return belonging(API, made)


def values(given: Mapping[str, Json], ways: Ways) -> dict[str, str]:
    return given_keys("EventsKey", ways_of(given, ways))


def ways_of(given: Mapping[str, Json], ways: Ways) -> Ways:
    own = given.get("authentication")
    return ways if own is None else read_ways(own, "events.authentication")


def configuration(given: Mapping[str, Json], ways: Ways) -> Json:
    """Every mode may do everything, unless an operation has a list of its own."""
    every = list(dict.fromkeys(str(way.get("type")) for way in ways))
    return {
        "AuthProviders": list(map(channel_provider, ways)),
        **{
            property_: modes(given.get(name, every), f"events.{name}") for name, property_ in DEFAULTS.items()
        },
    }


def channel_provider(way: Mapping[str, Json]) -> Json:
    """Events call two things otherwise than GraphQL does, and know no default action."""
    made = provider(way)
    kind, pool = made.pop("AuthenticationType"), made.pop("UserPoolConfig", None)
    if pool is not None:
        pool.pop("DefaultAction", None)
        made["CognitoConfig"] = pool
    return {"AuthType": kind, **made}


def modes(given: Json, name: str) -> Json:
    if not isinstance(given, list):
        raise DefinitionError(f"{name} is a list of modes, such as [API_KEY]")
    return [{"AuthType": each} for each in given]


def namespace(name: str, given: Mapping[str, Json], code_of: Code) -> Json:
    """Its code is `handlers/<name>.js`, or what it names; each handler may be a function instead."""
    where = f"events.namespaces.{name}"
    check_names(given, NAMESPACE, where)
    code = code_of(f"handlers/{name}.js", given.get("code"))
    handlers = {
        property_: handler(given[key], f"{where}.{key}")
        for key, property_ in HANDLERS.items()
        if key in given
    }
    own = {property_: modes(given[key], f"{where}.{key}") for key, property_ in OWN.items() if key in given}
    return {
        "Name": name,
        **({"CodeHandlers": code} if code is not None else {}),
        **({"HandlerConfigs": handlers} if handlers else {}),
        **own,
    }


def handler(given: Json, where: str) -> Json:
    """`audit` and `{function: audit}` send the events themselves to that data source's function;
    `{dataSource: books}` is what the namespace's code asks.
    """
    step = {"function": given} if isinstance(given, str) else section(given, where)
    check_names(step, HANDLER, where)
    named = [(key, step[key]) for key in ("function", "dataSource") if key in step]
    if len(named) != 1:
        raise DefinitionError(f"{where} names either a function or a dataSource")
    ((key, source),) = named
    wait = {} if step.get("wait", True) else {"LambdaConfig": {"InvokeType": "EVENT"}}
    return {
        "Behavior": "DIRECT" if key == "function" else "CODE",
        "Integration": {"DataSourceName": source, **wait},
    }


def sources_of(namespaces: Iterable[Json]) -> set[str]:
    """The data sources that handlers name."""
    return {source for each in namespaces for source in named_by(each.get("HandlerConfigs", {}))}


def named_by(handlers: Mapping[str, Json]) -> Iterator[str]:
    for each in handlers.values():
        yield str(each["Integration"]["DataSourceName"])
