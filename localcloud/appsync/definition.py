"""What the CloudFormation template says of the API: its modes, keys, data sources and resolvers.

Only properties that are used here are resolved: roles and policies may refer to what is not there locally.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appsync.packaging import package
from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.identity import Mode
from localcloud.appsync.js import Code
from localcloud.appsync.schema import Coordinate

PSEUDO = {
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "local",
}
NOTHING = object()


@dataclass(frozen=True, slots=True)
class SourceDefinition:
    """A data source; `target` is the function's name or ARN, or the table's name."""

    name: str
    kind: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class ResolverDefinition:
    """A unit resolver; without code it is a direct Lambda resolver."""

    place: Coordinate
    source: str
    code: Code | None


@dataclass(frozen=True, slots=True)
class PoolDefinition:
    """The API's Cognito user pool."""

    pool_id: str
    region: str
    client_pattern: str | None
    default_action: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One API as a template defines it."""

    name: str
    default: Mode
    additional: frozenset[Mode]
    pools: tuple[PoolDefinition, ...]
    api_keys: Mapping[str, datetime | None]
    sdl: str
    sources: tuple[SourceDefinition, ...]
    resolvers: tuple[ResolverDefinition, ...]


def read(path: Path, values: Mapping[str, str]) -> Definition:
    """Raises DefinitionError for a template without an API, or with something that cannot be served.

    `values` holds parameters by name, physical ids by logical id, and attributes as `LogicalId.Attribute`.
    """
    try:
        template = Template(package(path), values)
    except OSError as error:
        raise DefinitionError(f"{error.filename} cannot be read: {error.strerror}") from error
    api = template.only("AWS::AppSync::GraphQLApi")
    providers = [api, *template.resolve(api.get("AdditionalAuthenticationProviders", []))]
    modes = [mode(template.resolve(each["AuthenticationType"])) for each in providers]
    return Definition(
        name=template.text(api["Name"]),
        default=modes[0],
        additional=frozenset(modes[1:]),
        pools=tuple(
            read_pool(template, each["UserPoolConfig"]) for each in providers if "UserPoolConfig" in each
        ),
        api_keys=dict(read_keys(template)),
        sdl=template.text(template.only("AWS::AppSync::GraphQLSchema")["Definition"]),
        sources=tuple(read_source(template, each) for _, each in template.all("AWS::AppSync::DataSource")),
        resolvers=tuple(read_resolver(template, each) for _, each in template.all("AWS::AppSync::Resolver")),
    )


def mode(name: str) -> Mode:
    try:
        return Mode(name)
    except ValueError:
        raise DefinitionError(f"authorisation mode {name} is not served here") from None


def read_pool(template: "Template", config: Json) -> PoolDefinition:
    pattern = template.resolve(config.get("AppIdClientRegex"))
    return PoolDefinition(
        pool_id=template.text(config["UserPoolId"]),
        region=template.text(config.get("AwsRegion", {"Ref": "AWS::Region"})),
        client_pattern=None if pattern in (None, NOTHING) else pattern,
        default_action=template.text(config.get("DefaultAction", "ALLOW")),
    )


def read_keys(template: "Template") -> Iterator[tuple[str, datetime | None]]:
    for name, properties in template.all("AWS::AppSync::ApiKey"):
        expires = template.resolve(properties.get("Expires"))
        when = None if expires in (None, NOTHING) else datetime.fromtimestamp(float(expires), UTC)
        yield template.text({"Fn::GetAtt": [name, "ApiKey"]}), when


def read_source(template: "Template", properties: Json) -> SourceDefinition:
    name, kind = template.text(properties["Name"]), properties["Type"]
    match kind:
        case "NONE":
            return SourceDefinition(name, kind)
        case "AWS_LAMBDA":
            return SourceDefinition(
                name, kind, template.text(properties["LambdaConfig"]["LambdaFunctionArn"])
            )
        case "AMAZON_DYNAMODB":
            return SourceDefinition(name, kind, template.text(properties["DynamoDBConfig"]["TableName"]))
    raise DefinitionError(f"data source '{name}' is of type {kind}, which is not served here")


def read_resolver(template: "Template", properties: Json) -> ResolverDefinition:
    place = (template.text(properties["TypeName"]), template.text(properties["FieldName"]))
    name = ".".join(place)
    if properties.get("Kind", "UNIT") != "UNIT" or "RequestMappingTemplate" in properties:
        raise DefinitionError(
            f"resolver {name} is a pipeline or written in VTL; only unit resolvers are served here"
        )
    code = Code(name, template.text(properties["Code"])) if "Code" in properties else None
    return ResolverDefinition(place, template.text(properties["DataSourceName"]), code)


class Template:
    """A template whose intrinsic functions can be resolved, one property at a time."""

    def __init__(self, document: Json, values: Mapping[str, str]) -> None:
        self._document = document
        defaults = {
            name: parameter["Default"]
            for name, parameter in document.get("Parameters", {}).items()
            if "Default" in parameter
        }
        self._values: Mapping[str, Json] = {**PSEUDO, **defaults, **values}

    def all(self, kind: str) -> list[tuple[str, Json]]:
        """Logical id and properties of every resource of a type whose condition holds."""
        return [
            (name, resource.get("Properties", {}))
            for name, resource in self._document["Resources"].items()
            if resource["Type"] == kind and self._exists(resource)
        ]

    def only(self, kind: str) -> Json:
        found = self.all(kind)
        if len(found) != 1:
            raise DefinitionError(f"the template has {len(found)} resources of type {kind}; one is needed")
        return found[0][1]

    def text(self, value: Json) -> str:
        resolved = self.resolve(value)
        if isinstance(resolved, str | int | float):
            return str(resolved)
        raise DefinitionError(f"{value} is not a text")

    def resolve(self, value: Json) -> Json:
        """The value with its functions worked out; `AWS::NoValue` is NOTHING, and left out of lists."""
        if isinstance(value, list):
            return [each for each in map(self.resolve, value) if each is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in FUNCTIONS:
                return FUNCTIONS[name](self, argument)
        resolved = {name: self.resolve(each) for name, each in value.items()}
        return {name: each for name, each in resolved.items() if each is not NOTHING}

    def ref(self, name: str) -> Json:
        if name == "AWS::NoValue":
            return NOTHING
        if name not in self._values:
            raise DefinitionError(f"the template refers to '{name}', which has no value")
        return self._values[name]

    def attribute(self, argument: Json) -> Json:
        """`Name.Attribute` of the values; a data source's `Name` is its own property."""
        name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        properties = self._document["Resources"].get(name, {}).get("Properties", {})
        if attribute == "Name" and f"{name}.Name" not in self._values and "Name" in properties:
            return self.resolve(properties["Name"])
        return self.ref(f"{name}.{attribute}")

    def substitute(self, argument: Json) -> str:
        text, names = argument if isinstance(argument, list) else (argument, {})

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in names:
                return self.text(names[name])
            return str(self.attribute(name) if "." in name else self.ref(name))

        return re.sub(r"\$\{([^}]+)\}", value, text)

    def join(self, argument: Json) -> str:
        separator, parts = argument
        return str(separator).join(self.text(part) for part in self.resolve(parts))

    def choose(self, argument: Json) -> Json:
        name, yes, no = argument
        return self.resolve(yes if self.holds({"Condition": name}) else no)

    def select(self, argument: Json) -> Json:
        index, values = argument
        return self.resolve(values)[int(index)]

    def holds(self, condition: Json) -> bool:
        ((name, argument),) = condition.items()
        match name:
            case "Condition":
                return self.holds(self._document["Conditions"][argument])
            case "Fn::Equals":
                return self.text(argument[0]) == self.text(argument[1])
            case "Fn::Not":
                return not self.holds(argument[0])
            case "Fn::And":
                return all(self.holds(each) for each in argument)
            case "Fn::Or":
                return any(self.holds(each) for each in argument)
        raise DefinitionError(f"{name} is not a condition")

    def _exists(self, resource: Json) -> bool:
        return "Condition" not in resource or self.holds({"Condition": resource["Condition"]})


FUNCTIONS = {
    "Ref": Template.ref,
    "Fn::GetAtt": Template.attribute,
    "Fn::Sub": Template.substitute,
    "Fn::Join": Template.join,
    "Fn::If": Template.choose,
    "Fn::Select": Template.select,
}
