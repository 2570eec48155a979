"""What the CloudFormation template says of the GraphQL API: its modes, keys, schema and what answers it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from localcloud.appsync.attachments import Attachments, read_attachments
from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.limits import RESOLVERS, QueryLimits
from localcloud.appsync.providers import Providers, optional, read_providers
from localcloud.appsync.template import Template


@dataclass(frozen=True, slots=True)
class Place:
    """Where an API is, as far as its name tells: policies and authorisers are told this."""

    api_id: str
    region: str = "us-east-1"
    account_id: str = "000000000000"
    partition: str = "aws"

    @property
    def arn(self) -> str:
        return f"arn:{self.partition}:appsync:{self.region}:{self.account_id}:apis/{self.api_id}"


@dataclass(frozen=True, slots=True)
class Definition:
    """One API as a template defines it."""

    name: str
    place: Place
    providers: Providers
    api_keys: Mapping[str, datetime | None]
    sdl: str
    attachments: Attachments
    limits: QueryLimits
    environment: Mapping[str, str]


def read(template: Template) -> Definition:
    """Raises DefinitionError for a template without an API, or with something that cannot be served."""
    with of_another_shape():
        return read_definition(template)


@contextmanager
def of_another_shape() -> Iterator[None]:
    """A property that is missing, or a text where CloudFormation has a list, could be anywhere in it."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise DefinitionError(f"the template is not of CloudFormation's shape: {what}") from error


def read_definition(template: Template) -> Definition:
    logical_id, api = template.only("AWS::AppSync::GraphQLApi")
    return Definition(
        name=template.text(api["Name"]),
        place=read_place(template, logical_id),
        providers=read_providers(
            template, [api, *template.resolve(api.get("AdditionalAuthenticationProviders", []))]
        ),
        api_keys=dict(read_keys(template, logical_id)),
        sdl=template.text(template.only("AWS::AppSync::GraphQLSchema")[1]["Definition"]),
        attachments=read_attachments(template, logical_id),
        limits=read_limits(template, api),
        environment={
            name: template.text(value) for name, value in api.get("EnvironmentVariables", {}).items()
        },
    )


def read_place(template: Template, logical_id: str) -> Place:
    """Here an API needs no id; the template's own name for it does where no other is given."""
    return Place(
        api_id=template.given(f"{logical_id}.ApiId", logical_id),
        region=template.text({"Ref": "AWS::Region"}),
        account_id=template.text({"Ref": "AWS::AccountId"}),
        partition=template.text({"Ref": "AWS::Partition"}),
    )


def read_limits(template: Template, api: Json) -> QueryLimits:
    """0 is AppSync's word for none."""
    return QueryLimits(
        depth=within(optional(template, api.get("QueryDepthLimit")), 75) or None,
        resolvers=within(optional(template, api.get("ResolverCountLimit")), RESOLVERS) or RESOLVERS,
        introspection=optional(template, api.get("IntrospectionConfig")) != "DISABLED",
    )


def whole(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise DefinitionError(f"{name} of '{text}' is no number") from error


def within(text: str | None, highest: int) -> int:
    value = whole(text or "0", "a limit")
    if not 0 <= value <= highest:
        raise DefinitionError(f"a limit of {value} is not between 0 and {highest}")
    return value


def read_keys(template: Template, logical_id: str) -> Iterator[tuple[str, datetime | None]]:
    for name, properties in template.of_api("AWS::AppSync::ApiKey", logical_id):
        expires = optional(template, properties.get("Expires"))
        when = datetime.fromtimestamp(float(expires), UTC) if expires else None
        yield template.text({"Fn::GetAtt": [name, "ApiKey"]}), when
