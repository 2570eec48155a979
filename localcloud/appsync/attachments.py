"""What a template attaches to fields: data sources, functions and resolvers."""

from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.js import Code
from localcloud.appsync.schema import Coordinate
from localcloud.appsync.template import Template

FUNCTIONS = 10
BATCH = 2000
VTL = frozenset({"RequestMappingTemplate", "ResponseMappingTemplate"})


@dataclass(frozen=True, slots=True)
class SigningDefinition:
    """What requests to an HTTP endpoint are signed for."""

    region: str
    service: str


@dataclass(frozen=True, slots=True)
class SourceDefinition:
    """A data source; `target` is the function's name or ARN, the table's name, or the endpoint's address."""

    name: str
    kind: str
    target: str = ""
    signing: SigningDefinition | None = None


@dataclass(frozen=True, slots=True)
class StepDefinition:
    """What asks one data source: a unit resolver, or a function of a pipeline. Without code it is direct."""

    name: str
    source: str
    code: Code | None
    batch: int = 0


@dataclass(frozen=True, slots=True)
class ResolverDefinition:
    """A unit resolver has one step; a pipeline has several, and code of its own around them."""

    place: Coordinate
    steps: tuple[StepDefinition, ...]
    pipeline: bool = False
    code: Code | None = None


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
        case "HTTP":
            return read_endpoint(template, name, properties.get("HttpConfig", {}))
    raise DefinitionError(f"data source '{name}' is of type {kind}, which is not served here")


def read_endpoint(template: Template, name: str, config: Json) -> SourceDefinition:
    endpoint = template.text(config.get("Endpoint", ""))
    if not endpoint.startswith(("http://", "https://")):
        raise DefinitionError(f"the endpoint of data source '{name}' is '{endpoint}', which is no address")
    signing = None
    if "AuthorizationConfig" in config:
        iam = template.resolve(config["AuthorizationConfig"]).get("AwsIamConfig", {})
        if not {"SigningRegion", "SigningServiceName"} <= set(iam):
            raise DefinitionError(f"data source '{name}' does not say which region and service to sign for")
        signing = SigningDefinition(iam["SigningRegion"], iam["SigningServiceName"])
    return SourceDefinition(name, "HTTP", endpoint, signing)


def read_code(template: Template, name: str, properties: Json) -> Code | None:
    if found := VTL & {key.removesuffix("S3Location") for key in properties}:
        raise DefinitionError(f"{name} is written in VTL ({min(found)}); only APPSYNC_JS is served here")
    return Code(name, template.text(properties["Code"])) if "Code" in properties else None


def read_step(template: Template, name: str, properties: Json) -> StepDefinition:
    given = template.text(properties.get("MaxBatchSize", 0))
    batch = int(given) if given.isdecimal() else -1
    if not 0 <= batch <= BATCH:
        raise DefinitionError(f"{name} has a MaxBatchSize of {given}; it is between 0 and {BATCH}")
    source = template.text(properties["DataSourceName"])
    return StepDefinition(name, source, read_code(template, name, properties), batch)


def read_functions(template: Template) -> Mapping[str, StepDefinition]:
    """By the id that pipelines name them with, which is the one the template knows for them."""
    return {
        template.text({"Fn::GetAtt": [logical, "FunctionId"]}): read_step(
            template, f"function {template.text(properties['Name'])}", properties
        )
        for logical, properties in template.all("AWS::AppSync::FunctionConfiguration")
    }


def read_resolver(
    template: Template, functions: Mapping[str, StepDefinition], properties: Json
) -> ResolverDefinition:
    place = (template.text(properties["TypeName"]), template.text(properties["FieldName"]))
    name = ".".join(place)
    if properties.get("Kind", "UNIT") == "UNIT":
        return ResolverDefinition(place, (read_step(template, f"resolver {name}", properties),))
    ids = template.resolve(properties.get("PipelineConfig", {})).get("Functions", [])
    if len(ids) > FUNCTIONS:
        raise DefinitionError(f"pipeline {name} has {len(ids)} functions; at most {FUNCTIONS} are allowed")
    if missing := [each for each in ids if each not in functions]:
        raise DefinitionError(f"pipeline {name} names function '{missing[0]}', which is not there")
    code = read_code(template, f"pipeline {name}", properties)
    return ResolverDefinition(place, tuple(functions[each] for each in ids), pipeline=True, code=code)


@dataclass(frozen=True, slots=True)
class Attachments:
    """Everything that answers fields, as the template has it."""

    sources: tuple[SourceDefinition, ...]
    resolvers: tuple[ResolverDefinition, ...]


def read_attachments(template: Template, api: str) -> Attachments:
    functions = read_functions(template)
    resolvers = template.all("AWS::AppSync::Resolver")
    return Attachments(
        tuple(read_source(template, each) for _, each in template.of_api("AWS::AppSync::DataSource", api)),
        tuple(read_resolver(template, functions, each) for _, each in resolvers),
    )
