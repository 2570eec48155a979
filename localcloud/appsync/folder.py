"""An API as a folder: `schema.graphql`, `resolvers/*.js` and a mapping, `appsync.yaml`.

The mapping becomes the CloudFormation document that a template would have been, so there is one definition
format below this. `docs/appsync-local.md` describes the mapping.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.events import folder as events
from localcloud.appsync.mapping import (
    API_KEYS,
    MAPPING,
    Resources,
    api_keys,
    belonging,
    check_names,
    data_source,
    first_line,
    given_keys,
    provider,
    read_ways,
    section,
    source_of,
)

EXAMPLE = Path(__file__).with_name("example")
KNOWN = frozenset({
    "name", "schema", "environment", "authentication", "dataSources", "functions", "resolvers", "limits",
    "events",
})  # fmt: skip
LIMITS = {
    "queryDepth": "QueryDepthLimit",
    "resolverCount": "ResolverCountLimit",
    "introspection": "IntrospectionConfig",
}
STEPS = {
    "functions": ("dataSource", "code"),
    "resolvers": ("dataSource", "code", "maxBatchSize", "pipeline"),
}


class Folder:
    """The folder of one API. Raises DefinitionError, here and in every method, for what cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mapping = section(self._read_mapping(), MAPPING)
        check_names(self._mapping, KNOWN, MAPPING)
        self._ways = read_ways(self._mapping.get("authentication") or API_KEYS, "authentication")

    def document(self) -> Json:
        """The CloudFormation template that says the same."""
        graphql = belonging("Api", {**self._api(), **self._attached()}) if self._has_schema() else {}
        resources = {**graphql, **self._events()}
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

    def _has_schema(self) -> bool:
        """An API of Events alone has none."""
        named = {"schema", "resolvers"} & set(self._mapping)
        return "events" not in self._mapping or bool(named) or (self._path / "schema.graphql").is_file()

    def _events(self) -> Resources:
        if "events" not in self._mapping:
            return {}
        given = section(self._mapping["events"], "events")
        sources = {name: data_source(name, each) for name, each in self._named("dataSources")}
        name = self._mapping.get("name", self._path.resolve().name)
        return events.resources({"name": name, **given}, self._ways, sources, self._code_of)

    def _code_of(self, name: str, path: str | None) -> str | None:
        """The text at `path`, else that of the usual file when it is there."""
        found = path or (name if (self._path / name).is_file() else None)
        return self._text(found) if found else None

    def _named(self, key: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        for name, each in section(self._mapping.get(key), key).items():
            yield name, section(each, f"{key}.{name}")

    def _text(self, name: str) -> str:
        try:
            return (self._path / name).read_text()
        except OSError as error:
            raise DefinitionError(f"{self._path / name} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise DefinitionError(f"{self._path / name} is no text") from error

    def _api(self) -> Resources:
        first, *others = map(provider, self._ways)
        api = {"Name": self._mapping.get("name", self._path.resolve().name), **first, **self._limits()}
        if others:
            api["AdditionalAuthenticationProviders"] = others
        variables = section(self._mapping.get("environment"), "environment")
        if variables:
            api["EnvironmentVariables"] = {name: str(value) for name, value in variables.items()}
        schema = {"Definition": self._text(self._mapping.get("schema", "schema.graphql"))}
        return {
            "Api": ("AWS::AppSync::GraphQLApi", api),
            "Schema": ("AWS::AppSync::GraphQLSchema", schema),
            **api_keys("Key", self._ways),
        }

    def _limits(self) -> dict[str, Json]:
        limits = section(self._mapping.get("limits"), "limits")
        check_names(limits, LIMITS, "limits")
        return {LIMITS[name]: value for name, value in limits.items()}

    def values(self) -> dict[str, str]:
        """The API keys, which a template leaves for AWS to make."""
        own = given_keys("Key", self._ways)
        if "events" not in self._mapping:
            return own
        return {**own, **events.values(section(self._mapping["events"], "events"), self._ways)}

    def _attached(self) -> Resources:
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
            step = {"dataSource": each} if isinstance(each, str) else section(each, f"{key}.{name}")
            check_names(step, STEPS[key], f"{key}.{name}")
            yield name, step

    def _code(self, name: str, step: Mapping[str, Json]) -> dict[str, Json]:
        """What the step names as its code, else `resolvers/<name>.js` when that is there."""
        code = self._code_of(f"resolvers/{name}.js", step.get("code"))
        runtime = {"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"}
        return {} if code is None else {"Runtime": runtime, "Code": code}

    def _function(self, name: str, step: Mapping[str, Json]) -> Json:
        return {"Name": name, "DataSourceName": source_of(name, step), **self._code(name, step)}

    def _function_id(self, place: str, name: str) -> Json:
        if name not in section(self._mapping.get("functions"), "functions"):
            raise DefinitionError(f"pipeline {place} names function '{name}', which is not there")
        return {"Fn::GetAtt": [f"Function{name}", "FunctionId"]}

    def _resolver(self, place: str, step: Mapping[str, Json]) -> Json:
        parent, dot, field = place.partition(".")
        if not dot:
            raise DefinitionError(f"resolver '{place}' is not named Type.field")
        both = {"TypeName": parent, "FieldName": field, **self._code(place, step)}
        if "pipeline" in step:
            functions = [self._function_id(place, name) for name in step["pipeline"]]
            return {**both, "Kind": "PIPELINE", "PipelineConfig": {"Functions": functions}}
        batch = {"MaxBatchSize": step["maxBatchSize"]} if "maxBatchSize" in step else {}
        return {**both, **batch, "Kind": "UNIT", "DataSourceName": source_of(place, step)}
