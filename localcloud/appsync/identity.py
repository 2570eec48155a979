"""Who calls: one type per authorisation mode, and what resolvers are told about each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from localcloud.appsync.errors import Json
from localcloud.appsync.policies import Policy
from localcloud.appsync.schema import Coordinate


class Mode(StrEnum):
    """An authorisation mode, named as in CloudFormation."""

    API_KEY = "API_KEY"
    IAM = "AWS_IAM"
    COGNITO = "AMAZON_COGNITO_USER_POOLS"
    OIDC = "OPENID_CONNECT"
    LAMBDA = "AWS_LAMBDA"


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Somebody who knows an API key; resolvers see no identity."""

    mode = Mode.API_KEY
    groups: tuple[str, ...] = ()

    def event(self) -> Json:
        return None


@dataclass(frozen=True, slots=True)
class PoolUser:
    """A user of a Cognito pool, by a verified ID or access token."""

    mode = Mode.COGNITO
    claims: Json
    source_ip: str
    default_action: str = "ALLOW"

    @property
    def groups(self) -> tuple[str, ...]:
        given = self.claims.get("cognito:groups")
        return tuple(each for each in given if isinstance(each, str)) if isinstance(given, list) else ()

    def event(self) -> Json:
        username = self.claims.get("cognito:username") or self.claims.get("username")
        return {
            "sub": self.claims["sub"], "issuer": self.claims["iss"], "username": username,
            "claims": self.claims,
            "sourceIp": [self.source_ip], "groups": list(self.groups) or None,
            "defaultAuthStrategy": self.default_action,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """A user of an OpenID provider, by a verified token."""

    mode = Mode.OIDC
    claims: Json
    groups: tuple[str, ...] = ()

    def event(self) -> Json:
        return {"sub": self.claims.get("sub"), "issuer": self.claims.get("iss"), "claims": self.claims}


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody whom the API's own function let in, except to the fields in `denied`.

    `member` is what `context` is called where resolvers see it: handlers of channels know it by another name.
    """

    mode = Mode.LAMBDA
    context: Mapping[str, Json]
    denied: frozenset[Coordinate] = frozenset()
    member: str = "resolverContext"
    groups: tuple[str, ...] = ()

    def event(self) -> Json:
        return {self.member: dict(self.context)}


@dataclass(frozen=True, slots=True)
class Principal:
    """A holder of AWS credentials, by a verified signature; without a policy everything is allowed."""

    mode = Mode.IAM
    arn: str
    source_ip: str
    policy: Policy | None = None
    groups: tuple[str, ...] = ()

    def event(self) -> Json:
        return {
            "accountId": self.arn.split(":")[4], "cognitoIdentityPoolId": None, "cognitoIdentityId": None,
            "sourceIp": [self.source_ip], "username": self.arn.rsplit("/", 1)[-1], "userArn": self.arn,
            "cognitoIdentityAuthType": None, "cognitoIdentityAuthProvider": None,
        }  # fmt: skip


type Identity = KeyHolder | PoolUser | TokenHolder | Admitted | Principal
