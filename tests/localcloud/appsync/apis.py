"""Small APIs made for one test module: any modes over a schema, and an OpenID issuer that is really asked."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from localcloud.appsync.api import Api, Settings
from localcloud.appsync.app import create_app
from localcloud.appsync.assembly import Surroundings, assemble
from localcloud.appsync.definition import read
from localcloud.appsync.sigv4 import Credential
from localcloud.appsync.template import Template
from tests.localcloud.appsync.world import (
    KEY,
    LIMITS,
    NEW,
    POOL,
    Endpoint,
    Lambda,
    Pool,
    functions_at,
    http_service,
    running,
)

API_KEY = {"AuthenticationType": "API_KEY"}
IAM = {"AuthenticationType": "AWS_IAM"}
COGNITO = {"AuthenticationType": "AMAZON_COGNITO_USER_POOLS", "UserPoolConfig": {"UserPoolId": POOL}}
FUNCTION = {"AuthenticationType": "AWS_LAMBDA", "LambdaAuthorizerConfig": {"AuthorizerUri": "who-may"}}
SOURCE = {"Name": "fn", "Type": "AWS_LAMBDA", "LambdaConfig": {"LambdaFunctionArn": "fn"}}


def template(sdl: str, *providers: Any, fields: str = "Query.echo", **properties: Any) -> Template:
    """An API with these modes, and functions behind `fields`, which are separated by spaces."""
    api = {"Name": "made", **providers[0], "AdditionalAuthenticationProviders": list(providers[1:])}
    resources = {
        "Api": {"Type": "AWS::AppSync::GraphQLApi", "Properties": {**api, **properties}},
        "Schema": {"Type": "AWS::AppSync::GraphQLSchema", "Properties": {"Definition": sdl}},
        "Key": {"Type": "AWS::AppSync::ApiKey", "Properties": {}},
        "Fn": {"Type": "AWS::AppSync::DataSource", "Properties": SOURCE},
    }
    for name in fields.split():
        parent, _, own = name.partition(".")
        properties = {"TypeName": parent, "FieldName": own, "DataSourceName": "fn"}
        resources[f"On{parent}{own}"] = {"Type": "AWS::AppSync::Resolver", "Properties": properties}
    return Template({"Resources": resources}, {"Key.ApiKey": KEY, "Api.ApiId": "abc"})


def made(
    given: Template,
    service: str,
    credentials: Mapping[str, Credential] | None = None,
    settings: Settings | None = None,
) -> Api:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    with functions_at(service):
        return assemble(read(given), Surroundings(session, service, credentials or {}), settings)


@contextmanager
def served(
    given: Template,
    functions: Lambda | None = None,
    credentials: Mapping[str, Credential] | None = None,
    settings: Settings | None = None,
) -> Iterator[Endpoint]:
    pool, answering = Pool(), functions or Lambda()
    with http_service(answering, pool) as service:
        api = made(given, service, credentials, settings)
        with running(create_app(api, LIMITS)) as host:
            yield Endpoint(host, api, pool, answering)


@dataclass
class Decider(Lambda):
    """A Lambda service with an authoriser; what `decide` raises or returns is the function's.
    `answers` are by field, for those that the world's functions do not answer.
    """

    decide: Callable[[Any], Any] = lambda _: {"isAuthorized": True}
    asked: list[Any] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    def invoke(self, event: Any) -> tuple[Any, str | None]:
        if "authorizationToken" not in event:
            name = event["info"]["fieldName"]
            return (self.answers[name], None) if name in self.answers else super().invoke(event)
        self.asked.append(event)
        try:
            return self.decide(event), None
        except ArithmeticError as error:
            return {"errorMessage": str(error), "errorType": type(error).__name__}, "Unhandled"


@dataclass
class Issuer:
    """An OpenID provider: signs tokens, and publishes its configuration and its keys."""

    url: str = ""
    kid: str = "one"
    private: Any = NEW
    alg: str = "RS256"
    published: Mapping[str, str] = field(default_factory=dict)
    fetches: list[str] = field(default_factory=list)
    broken: bool = False

    def token(self, **changes: Any) -> str:
        now = int(time.time())
        claims = {"sub": "ada", "iss": self.url, "aud": "notes", "iat": now, "exp": now + 600, **changes}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.PyJWS().encode(json.dumps(kept).encode(), self.private, self.alg, {"kid": self.kid})

    def bearer(self, **changes: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(**changes)}"}

    def rotate(self) -> None:
        self.kid, self.private = "two", rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def answer(self, path: str) -> Any:
        self.fetches.append(path)
        if self.broken:
            return "out of order"
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        elliptic = isinstance(self.private, ec.EllipticCurvePrivateKey)
        kind = jwt.algorithms.ECAlgorithm if elliptic else jwt.algorithms.RSAAlgorithm
        key = kind.to_jwk(self.private.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self.kid, **self.published}]}


def oidc(issuer: Issuer, **config: Any) -> dict[str, Any]:
    return {"AuthenticationType": "OPENID_CONNECT", "OpenIDConnectConfig": {"Issuer": issuer.url, **config}}
