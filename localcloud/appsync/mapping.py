"""What the parts of `appsync.yaml` become in a CloudFormation template, one at a time."""

from collections.abc import Collection, Mapping

from localcloud.appsync.errors import DefinitionError, Json

MAPPING = "appsync.yaml"
API_KEYS = [{"type": "API_KEY"}]  # the modes of an API that names none
PROVIDERS = {
    "AMAZON_COGNITO_USER_POOLS": (
        "UserPoolConfig",
        {
            "userPoolId": "UserPoolId",
            "region": "AwsRegion",
            "clientIdRegex": "AppIdClientRegex",
            "defaultAction": "DefaultAction",
        },
    ),
    "OPENID_CONNECT": (
        "OpenIDConnectConfig",
        {"issuer": "Issuer", "clientId": "ClientId", "authTTL": "AuthTTL", "iatTTL": "IatTTL"},
    ),
    "AWS_LAMBDA": (
        "LambdaAuthorizerConfig",
        {
            "function": "AuthorizerUri",
            "ttl": "AuthorizerResultTtlInSeconds",
            "tokenRegex": "IdentityValidationExpression",
        },
    ),
}
SOURCES = {
    "NONE": {},
    "AWS_LAMBDA": {"function": ("LambdaConfig", "LambdaFunctionArn")},
    "AMAZON_DYNAMODB": {"table": ("DynamoDBConfig", "TableName")},
    "HTTP": {"endpoint": ("HttpConfig", "Endpoint")},
}


type Resources = dict[str, tuple[str, Json]]
type Ways = list[Mapping[str, Json]]


def read_ways(ways: Json, name: str) -> Ways:
    if not isinstance(ways, list) or not ways:
        raise DefinitionError(f"{name} is a list of modes; the first is the default")
    return [read_way(section(each, name), name) for each in ways]


def read_way(way: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    _, names = PROVIDERS.get(str(way.get("type")), ("", {}))
    check_names(way, {"type", "keys", *names}, name)
    if not isinstance(way.get("keys") or [], list):
        raise DefinitionError(f"the keys of {name} are a list")
    return way


def provider(way: Mapping[str, Json]) -> dict[str, Json]:
    kind = way.get("type")
    renamed = PROVIDERS.get(str(kind))
    if renamed is None:
        return {"AuthenticationType": str(kind)}
    config, names = renamed
    return {
        "AuthenticationType": kind,
        config: {names[name]: value for name, value in way.items() if name in names},
    }


def api_keys(prefix: str, ways: Ways) -> Resources:
    """One resource per key; the mode without any gets one that is made."""
    keys = [key for way in ways if way.get("type") == "API_KEY" for key in way.get("keys") or [None]]
    return {f"{prefix}{number}": ("AWS::AppSync::ApiKey", {}) for number, _ in enumerate(keys, 1)}


def given_keys(prefix: str, ways: Ways) -> dict[str, str]:
    """What the keys are, which a template leaves for AWS to make."""
    given = [key for way in ways for key in way.get("keys") or []]
    return {f"{prefix}{number}.ApiKey": str(key) for number, key in enumerate(given, 1)}


def belonging(api: str, resources: Resources) -> Resources:
    """The same with the API named that each is of, since there may be two."""
    own = {"ApiId": {"Fn::GetAtt": [api, "ApiId"]}}
    return {
        name: (kind, each if name == api else {**own, **each}) for name, (kind, each) in resources.items()
    }


def data_source(name: str, source: Mapping[str, Json]) -> Json:
    kind = str(source.get("type"))
    made: dict[str, Json] = {"Name": name, "Type": kind}
    if kind in SOURCES:
        check_names(source, {"type", "endpoint", *SOURCES[kind]}, f"data source '{name}'")
    for key, (config, property_) in SOURCES.get(kind, {}).items():
        if key not in source:
            raise DefinitionError(f"data source '{name}' of type {kind} has no '{key}'")
        made[config] = {property_: source[key]}
    return made


def source_of(name: str, step: Mapping[str, Json]) -> str:
    if not isinstance(step.get("dataSource"), str):
        raise DefinitionError(f"'{name}' names no dataSource")
    return str(step["dataSource"])


def section(value: Json, name: str) -> Mapping[str, Json]:
    """A part of the mapping that has names in it; absent is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DefinitionError(f"{name} in {MAPPING} is not a list of names and values")
    return value


def check_names(given: Mapping[str, Json], known: Collection[str], name: str) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise DefinitionError(f"{name} has '{unknown[0]}', which is none of {', '.join(sorted(known))}")


def first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
