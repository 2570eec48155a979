"""What AppSync knows without being told: its scalars and its directives, so that Strawberry can name them."""

from collections.abc import Callable
from typing import NewType

import strawberry
from strawberry.schema_directive import Location
from strawberry.types.arguments import StrawberryArgumentAnnotation
from strawberry.types.field import StrawberryField
from strawberry.types.scalar import ScalarDefinition

AWSDateTime = NewType("AWSDateTime", str)
AWSJSON = NewType("AWSJSON", str)
AWSURL = NewType("AWSURL", str)

SCALARS: dict[object, ScalarDefinition] = {
    kind: strawberry.scalar(name=kind.__name__, serialize=str, parse_value=str)
    for kind in (AWSDateTime, AWSJSON, AWSURL)
}

_ANYWHERE = [Location.OBJECT, Location.FIELD_DEFINITION]


@strawberry.schema_directive(locations=_ANYWHERE, name="aws_cognito_user_pools")
class CognitoUserPools:
    """Signed-in people may use it."""


@strawberry.schema_directive(locations=_ANYWHERE, name="aws_iam")
class Iam:
    """Workers, which sign with their role, may use it."""


@strawberry.schema_directive(locations=_ANYWHERE, name="aws_api_key")
class ApiKey:
    """Anyone with the page's API key may use it."""


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION], name="aws_subscribe")
class Subscribe:
    """The mutations whose results subscribers of this field receive."""

    mutations: list[str]


PEOPLE: list[object] = [CognitoUserPools()]
WORKERS: list[object] = [Iam()]
BOTH: list[object] = [CognitoUserPools(), Iam()]
EVERYONE: list[object] = [CognitoUserPools(), Iam(), ApiKey()]


def subscribes(mutation: str) -> list[object]:
    """The directives of a subscription field that people may open."""
    return [Subscribe(mutations=[mutation]), CognitoUserPools()]


def root_field(
    kind: object, directives: list[object], description: str
) -> Callable[[Callable[..., None]], StrawberryField]:
    """Makes a method's signature a field of type `kind`. There is no body: `resolvers` answers."""

    def make(signature: Callable[..., None]) -> StrawberryField:
        made = strawberry.field(graphql_type=kind, directives=directives, description=description)(signature)
        if not isinstance(made, StrawberryField):
            raise TypeError("not a field of Strawberry's")
        return made

    return make


def argument(description: str, name: str | None = None) -> StrawberryArgumentAnnotation:
    """Describes an argument, and gives it the name that would hide a built-in of Python's."""
    return strawberry.argument(description=description, name=name)
