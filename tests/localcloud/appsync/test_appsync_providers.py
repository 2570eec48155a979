"""How a template says who may sign in: read as AppSync would, and refused where AppSync would refuse it."""

from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localcloud.appsync.definition import Place, read
from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.identity import Mode
from localcloud.appsync.providers import FunctionDefinition, IssuerDefinition, PoolDefinition, Providers
from localcloud.appsync.sigv4 import Credential
from localcloud.appsync.template import Template
from tests.localcloud.appsync.apis import API_KEY, COGNITO, FUNCTION, IAM, Decider, served, template
from tests.localcloud.appsync.world import ACCESS, ARN, SECRET

SDL = "type Query { who: AWSJSON @aws_cognito_user_pools @aws_iam }"
ISSUER = {"Issuer": "https://id.test", "ClientId": "a|b", "IatTTL": 5000, "AuthTTL": "250"}
OIDC = {"AuthenticationType": "OPENID_CONNECT", "OpenIDConnectConfig": ISSUER}
OTHER = {"UserPoolId": "eu-west-1_other", "AwsRegion": "eu-west-1", "AppIdClientRegex": "web.*"}


def providers(*given: Any) -> Providers:
    return read(template(SDL, *given)).providers


def test_every_mode_is_read_with_its_configuration() -> None:
    config = {
        "AuthorizerUri": "arn:fn",
        "AuthorizerResultTtlInSeconds": 60,
        "IdentityValidationExpression": "k.*",
    }
    pool = {"AuthenticationType": "AMAZON_COGNITO_USER_POOLS", "UserPoolConfig": OTHER}
    found = providers(IAM, OIDC, {**FUNCTION, "LambdaAuthorizerConfig": config}, COGNITO, pool, API_KEY)
    assert found.modes == (Mode.IAM, Mode.OIDC, Mode.LAMBDA, Mode.COGNITO, Mode.COGNITO, Mode.API_KEY)
    assert found.issuers == (IssuerDefinition("https://id.test", "a|b", 5.0, 0.25),)
    assert found.function == FunctionDefinition("arn:fn", 60, "k.*")
    assert found.pools[1] == PoolDefinition("eu-west-1_other", "eu-west-1", "web.*", "ALLOW")


def test_what_is_left_out_bounds_nothing_and_remembers_nothing() -> None:
    plain = {**OIDC, "OpenIDConnectConfig": {"Issuer": "https://id.test", "IatTTL": 0}}
    found = providers(plain, FUNCTION)
    assert found.issuers == (IssuerDefinition("https://id.test"),)
    assert found.function == FunctionDefinition("who-may", 0, None)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ((API_KEY, API_KEY), "API_KEY is there twice"),
        ((FUNCTION, IAM, FUNCTION), "AWS_LAMBDA is there twice"),
        (({"AuthenticationType": "PASSWORD"},), "PASSWORD is not one of AppSync's"),
        (({"AuthenticationType": "OPENID_CONNECT"},), "OPENID_CONNECT has no configuration"),
        (({"AuthenticationType": "AMAZON_COGNITO_USER_POOLS"},), "has no configuration"),
        (({"AuthenticationType": "AWS_LAMBDA"},), "AWS_LAMBDA has no configuration"),
        (({**OIDC, "OpenIDConnectConfig": {**ISSUER, "ClientId": "("}},), "is no regular expression"),
    ],
)
def test_what_appsync_would_not_take_is_told(given: Any, reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason):
        providers(*given)


def test_keys_of_another_api_in_the_template_do_not_count() -> None:
    resources = {
        "Api": {"Type": "AWS::AppSync::GraphQLApi", "Properties": {"Name": "n", **API_KEY}},
        "Schema": {"Type": "AWS::AppSync::GraphQLSchema", "Properties": {"Definition": SDL}},
        **{
            name: {"Type": "AWS::AppSync::ApiKey", "Properties": {"ApiId": {"Fn::GetAtt": of}}}
            for name, of in {
                "Mine": ["Api", "ApiId"],
                "Dotted": "Api.ApiId",
                "Theirs": ["Events", "ApiId"],
            }.items()
        },
    }
    values = {f"{name}.ApiKey": name.lower() for name in ("Mine", "Dotted", "Theirs")}
    assert set(read(Template({"Resources": resources}, values)).api_keys) == {"mine", "dotted"}


def test_an_api_is_named_after_its_place() -> None:
    assert read(template(SDL, IAM)).place == Place("abc", "us-east-1", "000000000000", "aws")
    assert Place("abc", "eu-west-1", "1", "aws-cn").arn == "arn:aws-cn:appsync:eu-west-1:1:apis/abc"


def test_users_of_several_pools_are_told_apart() -> None:
    pool = {"AuthenticationType": "AMAZON_COGNITO_USER_POOLS", "UserPoolConfig": OTHER}
    issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other"
    with served(template(SDL, COGNITO, pool, fields="Query.who"), Decider(answers={"who": {}})) as endpoint:
        for claims in ({}, {"iss": issuer, "client_id": "web7"}):
            assert endpoint.data("{ who }", headers=endpoint.bearer(**claims)) == {"who": "{}"}
        for claims in ({"iss": issuer}, {"iss": f"{issuer}s", "client_id": "web7"}):
            assert endpoint.post("{ who }", headers=endpoint.bearer(**claims)).status_code == 401


def test_a_query_by_get_is_signed_with_its_address() -> None:
    credentials = {ACCESS: Credential(SECRET, ARN)}
    served_here = served(template(SDL, IAM, fields="Query.who"), Decider(answers={"who": {}}), credentials)
    with served_here as endpoint:
        url = f"{endpoint.url}?query=%7B%20who%20%7D&operationName="
        request = AWSRequest("GET", url, headers={"host": endpoint.host})
        SigV4Auth(Credentials(ACCESS, SECRET), "appsync", "us-east-1").add_auth(request)
        signed = dict(request.headers.items())
        assert httpx.get(url, headers=signed).json() == {"data": {"who": "{}"}}
        assert httpx.get(url.replace("who", "two"), headers=signed).status_code == 400
