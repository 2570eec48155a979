"""Names for what a template would create: functions, tables, pools and keys, as they are called here.

On AWS, CloudFormation makes physical names up while it deploys. Here a resource is called what its own name
property says where somebody asks for it by that, else by its logical id, which is also what
`sam local start-lambda` calls a function.
"""

import hashlib
from collections.abc import Iterator, Mapping

from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.template import PSEUDO, Template

NAMES = {
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Serverless::Function": "FunctionName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Serverless::SimpleTable": "TableName",
    "AWS::Cognito::UserPool": "",
    "AWS::Cognito::UserPoolClient": "",
    "AWS::IAM::Role": "RoleName",
    "AWS::AppSync::GraphQLApi": "",
    "AWS::AppSync::Api": "",
    "AWS::AppSync::ApiKey": "",
}
# Where the API is served, for functions that are told its address.
ADDRESSES = {
    "AWS::AppSync::GraphQLApi": {
        "GraphQLUrl": "http://localhost:{port}/graphql",
        "GraphQLDns": "localhost:{port}",
        "RealtimeUrl": "ws://localhost:{port}/graphql/realtime",
        "RealtimeDns": "localhost:{port}",
    },
    "AWS::AppSync::Api": {"Dns.Http": "localhost:{port}", "Dns.Realtime": "localhost:{port}"},
}


def physical_names(document: Json, given: Mapping[str, str], port: int = 8000) -> dict[str, str]:
    """Values for `Ref` and `Fn::GetAtt` of the template's resources; what is `given` stays as it is."""
    template = Template(document, given)
    made = {logical: logical for logical in document["Resources"]}
    for kind, property_ in NAMES.items():
        for logical, properties in template.all(kind):
            made |= attributes(kind, logical, own_name(template, properties.get(property_)) or logical)
    for kind, found in ADDRESSES.items():
        for logical, _ in template.all(kind):
            made |= {f"{logical}.{key}": value.format(port=port) for key, value in found.items()}
    return {**made, **given}


def own_name(template: Template, name: Json) -> str | None:
    """The name a resource's property gives it, unless that depends on what nobody has created either."""
    try:
        return template.text(name) if name is not None else None
    except DefinitionError:
        return None


def attributes(kind: str, logical: str, name: str) -> dict[str, str]:
    return {logical: name} | {f"{logical}.{key}": value for key, value in attributes_of(kind, name)}


def attributes_of(kind: str, name: str) -> Iterator[tuple[str, str]]:
    region, account = PSEUDO["AWS::Region"], PSEUDO["AWS::AccountId"]
    match kind:
        case "AWS::Lambda::Function" | "AWS::Serverless::Function":
            yield "Arn", f"arn:aws:lambda:{region}:{account}:function:{name}"
        case "AWS::DynamoDB::Table":
            yield "Arn", f"arn:aws:dynamodb:{region}:{account}:table/{name}"
        case "AWS::IAM::Role":
            yield "Arn", f"arn:aws:iam::{account}:role/{name}"
        case "AWS::Cognito::UserPool":
            yield "Arn", f"arn:aws:cognito-idp:{region}:{account}:userpool/{name}"
        case "AWS::AppSync::GraphQLApi" | "AWS::AppSync::Api":
            arn = "Arn" if kind == "AWS::AppSync::GraphQLApi" else "ApiArn"
            yield "ApiId", name
            yield arn, f"arn:aws:appsync:{region}:{account}:apis/{name}"
        case "AWS::AppSync::ApiKey":
            yield "ApiKey", made_key(name)


def made_key(name: str) -> str:
    """The same at every start, so that a client's configuration lasts. It guards nothing but this machine."""
    return f"da2-{hashlib.sha256(name.encode()).hexdigest()[:26]}"
