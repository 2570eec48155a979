"""What the CloudFormation template says of the GraphQL API: its modes, keys, schema and what answers it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from localcloud.appsync.attachments import Attachments, read_attachments
from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.identity import Mode
from localcloud.appsync.template import NOTHING, Template


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
    attachments: Attachments


def read(template: Template) -> Definition:
    """Raises DefinitionError for a template without an API, or with something that cannot be served."""
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
        attachments=read_attachments(template),
    )


def mode(name: str) -> Mode:
    try:
        return Mode(name)
    except ValueError:
        raise DefinitionError(f"authorisation mode {name} is not served here") from None


def read_pool(template: Template, config: Json) -> PoolDefinition:
    pattern = template.resolve(config.get("AppIdClientRegex"))
    return PoolDefinition(
        pool_id=template.text(config["UserPoolId"]),
        region=template.text(config.get("AwsRegion", {"Ref": "AWS::Region"})),
        client_pattern=None if pattern in (None, NOTHING) else pattern,
        default_action=template.text(config.get("DefaultAction", "ALLOW")),
    )


def read_keys(template: Template) -> Iterator[tuple[str, datetime | None]]:
    for name, properties in template.all("AWS::AppSync::ApiKey"):
        expires = template.resolve(properties.get("Expires"))
        when = None if expires in (None, NOTHING) else datetime.fromtimestamp(float(expires), UTC)
        yield template.text({"Fn::GetAtt": [name, "ApiKey"]}), when
