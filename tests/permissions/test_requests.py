"""The reading of signed requests, and of policies, on which the other tests rely."""

import json
from collections.abc import Mapping

import pytest

from tests.permissions.evaluating import allowed
from tests.permissions.requests import Call, Request, calls

TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table"


def signed(service: str, **headers: str) -> dict[str, str]:
    scope = f"LKIAABCDEFGHIJKLMNOP/20300101/us-east-1/{service}/aws4_request"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0", **named}


def s3(method: str, path: str, query: str = "", body: bytes = b"", **headers: str) -> set[Call]:
    return set(calls(Request(method, path, query, signed("s3", **headers), body)))


def dynamodb(operation: str, body: Mapping[str, object]) -> set[Call]:
    headers = signed("dynamodb", x_amz_target=f"DynamoDB_20120810.{operation}")
    return set(calls(Request("POST", "/", "", headers, json.dumps(body).encode())))


def test_transaction_is_read_as_the_writes_it_is_made_of() -> None:
    items = [{"Put": {"TableName": "answers"}}, {"Update": {"TableName": "conversations"}}]
    assert dynamodb("TransactWriteItems", {"TransactItems": items}) == {
        Call("dynamodb:PutItem", f"{TABLE}/answers"),
        Call("dynamodb:UpdateItem", f"{TABLE}/conversations"),
    }


def test_query_of_an_index_is_on_the_index() -> None:
    asked = dynamodb("Query", {"TableName": "answers", "IndexName": "byId"})
    assert asked == {Call("dynamodb:Query", f"{TABLE}/answers/index/byId")}


@pytest.mark.parametrize(
    ("method", "query", "action"),
    [
        ("GET", "", "GetObject"),
        ("HEAD", "", "GetObject"),
        ("PUT", "", "PutObject"),
        ("POST", "uploads=", "PutObject"),
        ("PUT", "partNumber=1&uploadId=u", "PutObject"),
        ("POST", "uploadId=u", "PutObject"),
        ("DELETE", "uploadId=u", "AbortMultipartUpload"),
        ("DELETE", "", "DeleteObject"),
    ],
)
def test_requests_for_an_object(method: str, query: str, action: str) -> None:
    assert s3(method, "/bucket/index/a%20b", query) == {Call(f"s3:{action}", "arn:aws:s3:::bucket/index/a b")}


def test_copy_reads_its_source_too() -> None:
    asked = s3("PUT", "/bucket/new", x_amz_copy_source="/bucket/old")
    assert {each.action: each.resource for each in asked}["s3:GetObject"] == "arn:aws:s3:::bucket/old"


def test_deletion_of_many_is_one_action_for_each_key() -> None:
    body = b"<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>"
    assert {each.resource[-1] for each in s3("POST", "/bucket", "delete=", body)} == {"a", "b"}


def test_setting_of_an_object_that_nobody_here_reads_is_not_taken_for_its_content() -> None:
    with pytest.raises(KeyError, match="acl"):
        s3("PUT", "/bucket/key", "acl=")


STATEMENTS = [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/texts/*"},
    {
        "Effect": "Allow",
        "Action": ["s3:ListBucket"],
        "Resource": ["arn:aws:s3:::bucket"],
        "Condition": {"StringLikeIfExists": {"s3:prefix": ["texts/*"]}},
    },
]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (Call("s3:GetObject", "arn:aws:s3:::bucket/texts/o/d"), True),
        (Call("s3:GetObject", "arn:aws:s3:::bucket/uploads/o/d"), False),
        (Call("s3:PutObject", "arn:aws:s3:::bucket/texts/o/d"), False),
        (Call("s3:ListBucket", "arn:aws:s3:::bucket", "texts/"), True),
        (Call("s3:ListBucket", "arn:aws:s3:::bucket", ""), False),
        (Call("s3:ListBucket", "arn:aws:s3:::other", "texts/"), False),
    ],
)
def test_policy_allows_its_actions_on_its_resources_under_its_condition(call: Call, expected: bool) -> None:
    assert allowed(STATEMENTS, call) == expected


def test_statement_of_an_unknown_kind_is_not_passed_over() -> None:
    with pytest.raises(AssertionError):
        allowed([{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}], Call("s3:GetObject", "any"))
