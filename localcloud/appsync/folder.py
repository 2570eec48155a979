"""An API as a folder: `schema.graphql`, `resolvers/*.js` and a mapping, `appsync.yaml`.

The mapping becomes the CloudFormation document that a template would have been, so there is one definition
format below this. `docs/appsync-local.md` describes the mapping.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from localcloud.appsync.errors import DefinitionError, Json

MAPPING = "appsync.yaml"
EXAMPLE = Path(__file__).with_name("example")
KNOWN = frozenset({
    "name", "schema", "environment", "authentication", "dataSources", "functions", "resolvers", "limits",
})  # fmt: skip
LIMITS = {
    "queryDepth": "QueryDepthLimit",
    "resolverCount": "ResolverCountLimit",
    "introspection": "IntrospectionConfig",
}
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
}  # fmt: skip


class Folder:
    """The folder of one API. Raises DefinitionError, here and in every method, for what cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mapping = section(self._read_mapping(), MAPPING)
        if unknown := sorted(set(self._mapping) - KNOWN):
            raise DefinitionError(
                f"{MAPPING} has '{unknown[0]}', which is none of {', '.join(sorted(KNOWN))}"
            )

    def document(self) -> Json:
        """The CloudFormation template that says the same."""
        resources = {**self._api(), **self._attached()}
        return {"Resources": {name: {"Type": kind, "Properties": p} for name, (kind, p) in resources.items()}}

    def endpoints(self) -> dict[str, str]:
        """Where single data sources' services are; an HTTP source's address is its definition instead."""
        return {
            name: str(source["endpoint"])
            for name, source in self._named("dataSources")
            if "endpoint" in source and source.get("type") != "HTTP"
        }

    def _read_mapping(self) -> Json:
        try:
            return yaml.safe_load((self._path / MAPPING).read_text())
        except NotADirectoryError as error:
            raise DefinitionError(f"{self._path} is no folder; a template is named as --template") from error
        except OSError as error:
            raise DefinitionError(f"{error.filename} cannot be read: {error.strerror}") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise DefinitionError(f"{self._path / MAPPING} is no YAML: {first_line(error)}") from error

    def _named(self, key: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        for name, each in section(self._mapping.get(key), key).items():
            yield name, section(each, f"{key}.{name}")

    def _text(self, name: str) -> str:
        try:
            return (self._path / name).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise DefinitionError(f"{self._path / name} cannot be read: {error}") from error

    def _api(self) -> dict[str, tuple[str, Json]]:
        ways = self._mapping.get("authentication") or [{"type": "API_KEY"}]
        if not isinstance(ways, list):
            raise DefinitionError("authentication is a list of modes; the first is the default")
        first, *others = [provider(section(each, "authentication")) for each in ways]
        api = {"Name": self._mapping.get("name", self._path.resolve().name), **first, **self._limits()}
        if others:
            api["AdditionalAuthenticationProviders"] = others
        variables = section(self._mapping.get("environment"), "environment")
        if variables:
            api["EnvironmentVariables"] = {name: str(value) for name, value in variables.items()}
        schema = {"Definition": self._text(self._mapping.get("schema", "schema.graphql"))}
        keys = {f"Key{number}": key for number, key in enumerate(api_keys(ways), 1)}
        return {
            "Api": ("AWS::AppSync::GraphQLApi", api),
            "Schema": ("AWS::AppSync::GraphQLSchema", schema),
            **{name: ("AWS::AppSync::ApiKey", key) for name, key in keys.items()},
        }

    def _limits(self) -> dict[str, Json]:
        limits = section(self._mapping.get("limits"), "limits")
        if unknown := sorted(set(limits) - set(LIMITS)):
            raise DefinitionError(f"limits has '{unknown[0]}', which is none of {', '.join(LIMITS)}")
        return {LIMITS[name]: value for name, value in limits.items()}

    def values(self) -> dict[str, str]:
        """The API keys, which a template leaves for AWS to make."""
        ways = self._mapping.get("authentication") or [{"type": "API_KEY"}]
        given = [key for way in ways for key in way.get("keys") or []]
        return {f"Key{number}.ApiKey": str(key) for number, key in enumerate(given, 1)}

    def _attached(self) -> dict[str, tuple[str, Json]]:
        sources = {f"Source{name}": data_source(name, each) for name, each in self._named("dataSources")}
        functions = {f"Function{name}": self._function(name, each) for name, each in self._steps("functions")}
        resolvers = {
            f"Resolver{place}": self._resolver(place, each) for place, each in self._steps("resolvers")
        }
        return {
            **{name: ("AWS::AppSync::DataSource", each) for name, each in sources.items()},
            **{name: ("AWS::AppSync::FunctionConfiguration", each) for name, each in functions.items()},
            **{name: ("AWS::AppSync::Resolver", each) for name, each in resolvers.items()},
        }

    def _steps(self, key: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """`place: source` is short for `place: {dataSource: source}`."""
        for name, each in section(self._mapping.get(key), key).items():
            yield name, {"dataSource": each} if isinstance(each, str) else section(each, f"{key}.{name}")

    def _code(self, name: str, step: Mapping[str, Json]) -> dict[str, Json]:
        """What the step names as its code, else `resolvers/<name>.js` when that is there."""
        usual = f"resolvers/{name}.js"
        path = step.get("code") or (usual if (self._path / usual).is_file() else None)
        runtime = {"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"}
        return {"Runtime": runtime, "Code": self._text(path)} if path else {}

    def _function(self, name: str, step: Mapping[str, Json]) -> Json:
        return {"Name": name, "DataSourceName": source_of(name, step), **self._code(name, step)}

    def _resolver(self, place: str, step: Mapping[str, Json]) -> Json:
        parent, dot, field = place.partition(".")
        if not dot:
            raise DefinitionError(f"resolver '{place}' is not named Type.field")
        both = {"TypeName": parent, "FieldName": field, **self._code(place, step)}
        if "pipeline" in step:
            functions = [{"Fn::GetAtt": [f"Function{name}", "FunctionId"]} for name in step["pipeline"]]
            return {**both, "Kind": "PIPELINE", "PipelineConfig": {"Functions": functions}}
        batch = {"MaxBatchSize": step["maxBatchSize"]} if "maxBatchSize" in step else {}
        return {**both, **batch, "Kind": "UNIT", "DataSourceName": source_of(place, step)}


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


def api_keys(ways: list[Mapping[str, Json]]) -> Iterator[Json]:
    """One resource per key; the mode without any gets one that is made."""
    for way in ways:
        if way.get("type") == "API_KEY":
            for _ in way.get("keys") or [None]:
                yield {}


def data_source(name: str, source: Mapping[str, Json]) -> Json:
    kind = str(source.get("type"))
    made: dict[str, Json] = {"Name": name, "Type": kind}
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


def first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
