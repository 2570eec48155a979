"""Which IAM actions a signed request asks for, on which ARNs: as AWS authorizes the operations that we call.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

import graphql

ACCOUNT, REGION = "000000000000", "us-east-1"
_PART = re.compile(rb'name="([^"]+)"[^\r]*(?:\r\n[^\r]+)*\r\n\r\n([^\r]*)')


@dataclass(frozen=True, slots=True)
class Request:
    """As it came, headers by lower-case name."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form before its file: S3 takes a signature there too."""
        if not self.headers.get("content-type", "").startswith("multipart/form-data"):
            return {}
        return {name.decode(): value.decode("latin-1") for name, value in _PART.findall(self.body[:20_000])}

    @property
    def service(self) -> str:
        """What the signature is for."""
        credential = self.headers.get("authorization") or self.form["x-amz-credential"]
        return credential.split("/aws4_request")[0].rpartition("/")[2]

    @property
    def token(self) -> str:
        """The session token, by which temporary credentials are known."""
        return self.headers.get("x-amz-security-token") or self.form["x-amz-security-token"]


@dataclass(frozen=True, slots=True)
class Call:
    """One action on one ARN; `prefix` is what a listing is limited to, None for anything else."""

    action: str
    resource: str
    prefix: str | None = None


def calls(request: Request) -> Iterator[Call]:
    """Every action that AWS would look for in the caller's policies. Raises KeyError for an unknown one."""
    yield from READERS[request.service](request)


def dynamodb(request: Request) -> Iterator[Call]:
    operation = request.headers["x-amz-target"].rpartition(".")[2]
    asked = json.loads(request.body)
    if operation != "TransactWriteItems":
        yield Call(f"dynamodb:{operation}", _table(asked))
        return
    for item in asked["TransactItems"]:
        for kind, part in item.items():
            yield Call(f"dynamodb:{kind}Item", _table(part))


def _table(asked: Mapping[str, str]) -> str:
    index = f"/index/{asked['IndexName']}" if "IndexName" in asked else ""
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{asked['TableName']}{index}"


def sqs(request: Request) -> Iterator[Call]:
    operation = request.headers["x-amz-target"].rpartition(".")[2]
    queue = json.loads(request.body)["QueueUrl"].rpartition("/")[2]
    yield Call(f"sqs:{operation}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")


def bedrock(request: Request) -> Iterator[Call]:
    _, _, model, operation = request.path.split("/")
    action = {"invoke": "InvokeModel", "converse-stream": "InvokeModelWithResponseStream"}[operation]
    yield Call(f"bedrock:{action}", f"arn:aws:bedrock:{REGION}::foundation-model/{unquote(model)}")


def appsync(request: Request) -> Iterator[Call]:
    """One for every root field; our API's id is not in its address, and is whatever the policy's is."""
    document = graphql.parse(json.loads(request.body)["query"])
    for definition in document.definitions:
        assert isinstance(definition, graphql.OperationDefinitionNode)
        for each in definition.selection_set.selections:
            assert isinstance(each, graphql.FieldNode)
            kind = definition.operation.value.capitalize()
            yield Call("appsync:GraphQL", f"types/{kind}/fields/{each.name.value}")


def s3(request: Request) -> Iterator[Call]:
    _, bucket, *rest = request.path.split("/", 2)
    arn, key = f"arn:aws:s3:::{bucket}", unquote(rest[0]) if rest else ""
    query = parse_qs(request.query, keep_blank_values=True)
    if request.form:
        yield Call("s3:PutObject", f"{arn}/{request.form['key']}")
    elif key:
        yield Call(_object_action(request.method, query), f"{arn}/{key}")
        if source := request.headers.get("x-amz-copy-source"):
            yield Call("s3:GetObject", f"arn:aws:s3:::{unquote(source).lstrip('/')}")
    elif "delete" in query:
        for found in re.findall(rb"<Key>([^<]+)</Key>", request.body):
            yield Call("s3:DeleteObject", f"{arn}/{found.decode()}")
    else:
        assert request.method == "GET", (request.method, request.query)
        yield Call("s3:ListBucket", arn, prefix=query.get("prefix", [""])[0])


def _object_action(method: str, query: Mapping[str, list[str]]) -> str:
    """Parts too: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html tells."""
    if "uploadId" in query and method in {"DELETE", "GET"}:
        return {"DELETE": "s3:AbortMultipartUpload", "GET": "s3:ListMultipartUploadParts"}[method]
    if not query.keys() <= {"uploadId", "uploads", "partNumber", "x-id"}:
        raise KeyError(f"{method} {sorted(query)}")
    actions = {"GET": "GetObject", "HEAD": "GetObject", "DELETE": "DeleteObject"}
    return f"s3:{actions.get(method, 'PutObject')}"


READERS: Mapping[str, Callable[[Request], Iterator[Call]]] = {
    "dynamodb": dynamodb,
    "sqs": sqs,
    "s3": s3,
    "bedrock": bedrock,
    "appsync": appsync,
}
