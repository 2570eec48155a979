"""What a template attaches to fields: data sources and resolvers."""

from dataclasses import dataclass

from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.js import Code
from localcloud.appsync.schema import Coordinate
from localcloud.appsync.template import Template


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


def read_source(template: Template, properties: Json) -> SourceDefinition:
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


def read_resolver(template: Template, properties: Json) -> ResolverDefinition:
    place = (template.text(properties["TypeName"]), template.text(properties["FieldName"]))
    name = ".".join(place)
    if properties.get("Kind", "UNIT") != "UNIT" or "RequestMappingTemplate" in properties:
        raise DefinitionError(
            f"resolver {name} is a pipeline or written in VTL; only unit resolvers are served here"
        )
    code = Code(name, template.text(properties["Code"])) if "Code" in properties else None
    return ResolverDefinition(place, template.text(properties["DataSourceName"]), code)


@dataclass(frozen=True, slots=True)
class Attachments:
    """Everything that answers fields, as the template has it."""

    sources: tuple[SourceDefinition, ...]
    resolvers: tuple[ResolverDefinition, ...]


def read_attachments(template: Template) -> Attachments:
    return Attachments(
        tuple(read_source(template, each) for _, each in template.all("AWS::AppSync::DataSource")),
        tuple(read_resolver(template, each) for _, each in template.all("AWS::AppSync::Resolver")),
    )
