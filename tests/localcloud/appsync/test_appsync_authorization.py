"""Who may call what: three modes, each with credentials that are wrong in every way, and the directives."""

import asyncio
import base64
import contextlib
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.appsync import sigv4
from localcloud.appsync.access import Access
from localcloud.appsync.errors import BadRequest, Unauthorized
from localcloud.appsync.identity import KeyHolder, Mode, PoolUser
from localcloud.appsync.keys import Keys, KeysUnavailable
from localcloud.appsync.schema import load
from localcloud.appsync.tokens import UserPool
from tests.localcloud.appsync.clients import sign
from tests.localcloud.appsync.world import ACCESS, ARN, ISSUER, KEY, OLD_KEY, SECRET, Endpoint, Pool

DENIED = "You are not authorized to make this call."


def refusal(endpoint: Endpoint, headers: dict[str, str]) -> Any:
    answer = endpoint.post("{ __typename }", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["x-amzn-errortype"] == "UnauthorizedException"
    (error,) = answer.json()["errors"]
    assert error["errorType"] == "UnauthorizedException"
    return error["message"]


def test_no_credentials_wrong_key_and_expired_key_are_refused(endpoint: Endpoint) -> None:
    assert refusal(endpoint, {}) == "Valid authorization header not provided."
    assert refusal(endpoint, {"x-api-key": "da2-wrong"}) == DENIED
    assert refusal(endpoint, {"x-api-key": OLD_KEY}) == DENIED


def test_access_and_id_tokens_are_accepted_with_and_without_bearer(endpoint: Endpoint) -> None:
    access = endpoint.pool.token()
    identity = endpoint.pool.token(token_use="id", client_id=None, aud="notesclient")
    for text in (access, f"Bearer {access}", identity):
        assert endpoint.data("{ ours }", headers={"Authorization": text}) == {"ours": "ours"}


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"},
        {"client_id": "another"},
        {"client_id": None},
        {"token_use": "refresh"},
        {"token_use": None},
        {"token_use": "id"},
        {"exp": None},
        {"sub": None},
    ],
)
def test_a_signed_token_with_a_wrong_claim_is_refused(endpoint: Endpoint, claims: dict[str, Any]) -> None:
    refusal(endpoint, endpoint.bearer(**claims))


def test_an_expired_token_is_told_so(endpoint: Endpoint) -> None:
    assert refusal(endpoint, endpoint.bearer(exp=int(time.time()) - 5)) == "Token has expired."


def test_forged_tokens_are_refused(endpoint: Endpoint) -> None:
    head, body, signature = endpoint.pool.token().split(".")
    stranger = Pool(rsa.generate_private_key(public_exponent=65537, key_size=2048)).token()
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    other = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "eve"}).encode()).decode().rstrip("=")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","kid":"first"}').decode().rstrip("=")
    for token in (stranger, f"{head}.{other}.{signature}", f"{unsigned}.{body}.", f"{head}.{body}."):
        refusal(endpoint, {"Authorization": token})
    assert refusal(endpoint, {"Authorization": "Bearer aaaa.bbbb.cccc"}) == "Unable to parse JWT token."


def test_a_key_that_the_pool_started_to_use_is_fetched(endpoint: Endpoint) -> None:
    old = (endpoint.pool.private, endpoint.pool.kid)
    endpoint.data("{ ours }", headers=endpoint.bearer())
    endpoint.pool.private, endpoint.pool.kid = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "second",
    )
    endpoint.api.authorizer.pools[0].keys._fetched = float("-inf")
    try:
        assert endpoint.data("{ ours }", headers=endpoint.bearer()) == {"ours": "ours"}
    finally:
        endpoint.pool.private, endpoint.pool.kid = old
        endpoint.api.authorizer.pools[0].keys._keys.clear()
        endpoint.api.authorizer.pools[0].keys._fetched = float("-inf")


def test_callers_that_come_before_the_keys_are_there_wait_for_them(service: str, pool: Pool) -> None:
    keys = UserPool(ISSUER, Keys(f"{service}/jwks.json"))

    async def check() -> list[Any]:
        return await asyncio.gather(*(keys.verify(pool.token(f"user{n}")) for n in range(5)))

    assert [claims["sub"] for claims in asyncio.run(check())] == [f"user{n}" for n in range(5)]


def test_keys_on_this_machine_are_asked_of_no_proxy(
    service: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    claims = asyncio.run(UserPool(ISSUER, Keys(f"{service}/jwks.json")).verify(pool.token("ada")))
    assert claims["sub"] == "ada"


def test_keys_that_cannot_be_fetched_are_no_fault_of_the_token(pool: Pool) -> None:
    keys = UserPool(ISSUER, Keys("http://127.0.0.1:9/jwks.json"))
    with pytest.raises(KeysUnavailable):
        asyncio.run(keys.verify(pool.token()))


@pytest.mark.parametrize("document", [b"[" * 100_000, b" " * 2_000_000 + b"{}"], ids=["deep", "huge"])
def test_keys_that_are_deep_or_huge_are_no_keys(document: bytes, pool: Pool) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + document)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    async def check() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1") as server:
            port = server.sockets[0].getsockname()[1]
            await UserPool(ISSUER, Keys(f"http://127.0.0.1:{port}/jwks.json")).verify(pool.token())

    with pytest.raises(KeysUnavailable):
        asyncio.run(check())


@pytest.mark.parametrize("groups", [5, "staff", {"staff": 1}, [{"staff": 1}], None])
def test_groups_that_are_no_list_of_names_are_none(groups: Any) -> None:
    assert PoolUser({"cognito:groups": groups}, "127.0.0.1").groups == ()


def test_a_signature_over_the_very_body_is_accepted(endpoint: Endpoint) -> None:
    body = '{"query": "{ note(id: \\"1\\") { secret } }"}'
    answer = httpx.post(endpoint.url, content=body, headers=sign(endpoint.host, "/graphql", body))
    assert answer.json() == {"data": {"note": {"secret": "s"}}}


def test_a_signature_over_another_body_is_refused_with_the_canonical_text(endpoint: Endpoint) -> None:
    headers = sign(endpoint.host, "/graphql", '{"query": "{ __typename }"}')
    answer = httpx.post(endpoint.url, content='{"query": "{ ours }"}', headers=headers)
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["errorType"]) == (400, "BadRequestException")
    assert "POST\n/graphql\n" in error["message"]
    assert SECRET not in error["message"]


NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KNOWN = {ACCESS: sigv4.Credential(SECRET, ARN)}


def signed_at(when: datetime, **changes: str) -> sigv4.SignedRequest:
    stamp = f"{when:%Y%m%dT%H%M%SZ}"
    headers = {"host": "localhost", "x-amz-date": stamp}
    bare = sigv4.SignedRequest("/graphql", b"{}", headers)
    text = sigv4.signature(SECRET, stamp, "us-east-1", sigv4.canonical_request(bare, ["host", "x-amz-date"]))
    credential = f"{ACCESS}/{stamp[:8]}/us-east-1/appsync/aws4_request"
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature={text}"
    )
    return sigv4.SignedRequest("/graphql", b"{}", {**headers, "authorization": authorization, **changes})


@pytest.mark.parametrize("minutes", [-4.9, 0, 4.9])
def test_a_clock_off_by_less_than_five_minutes_is_accepted(minutes: float) -> None:
    assert sigv4.verify(signed_at(NOW + timedelta(minutes=minutes)), KNOWN, NOW).arn == ARN


@pytest.mark.parametrize("minutes", [-5.1, 5.1, -10_000])
def test_a_clock_off_by_more_is_refused(minutes: float) -> None:
    with pytest.raises(Unauthorized, match="Signature expired"):
        sigv4.verify(signed_at(NOW + timedelta(minutes=minutes)), KNOWN, NOW)


def test_an_unknown_access_key_and_a_changed_header_are_refused() -> None:
    with pytest.raises(Unauthorized):
        sigv4.verify(signed_at(NOW), {}, NOW)
    with pytest.raises(BadRequest):
        sigv4.verify(signed_at(NOW, host="elsewhere"), KNOWN, NOW)
    with pytest.raises(BadRequest):
        sigv4.verify(signed_at(NOW, authorization="AWS4-HMAC-SHA256 nonsense"), KNOWN, NOW)


def test_a_denied_field_is_null_beside_fields_that_are_not(endpoint: Endpoint) -> None:
    answer = endpoint.post('{ ours echo(text: "x") }').json()
    assert answer["data"]["ours"] is None
    assert answer["data"]["echo"]
    assert [error["message"] for error in answer["errors"]] == ["Not Authorized to access ours on type Query"]
    assert answer["errors"][0]["errorType"] == "Unauthorized"


def test_a_type_without_a_mark_is_closed_to_additional_modes(endpoint: Endpoint) -> None:
    errors = endpoint.post("{ plain { id } }").json()["errors"]
    assert [error["message"] for error in errors] == ["Not Authorized to access id on type Plain"]


def test_a_group_directive_admits_its_members_only(endpoint: Endpoint) -> None:
    member = endpoint.bearer("ada", **{"cognito:groups": ["readers", "editors"]})
    assert endpoint.data("{ editors }", headers=member) == {"editors": "editors"}
    for groups in ([], ["readers"]):
        answer = endpoint.post(
            "{ editors }", headers=endpoint.bearer("ada", **{"cognito:groups": groups})
        ).json()
        assert answer["errors"][0]["errorType"] == "Unauthorized"


SDL = """type Query { open: String  closed: String @aws_auth(cognito_groups: ["a"]) }
type Both @aws_iam { marked: String @aws_cognito_user_pools  unmarked: String }"""


def test_aws_auth_counts_while_cognito_is_the_sole_mode() -> None:
    member, other = PoolUser({"cognito:groups": ["a"]}, ""), PoolUser({}, "")
    sole = Access(load(SDL), Mode.COGNITO, additional=False)
    assert (sole.allows(member, "Query", "closed"), sole.allows(other, "Query", "closed")) == (True, False)
    assert Access(load(SDL), Mode.COGNITO, additional=True).allows(other, "Query", "closed")
    assert not Access(load(SDL), Mode.COGNITO, additional=False, default_action="DENY").allows(
        member, "Query", "open"
    )


def test_a_fields_directives_replace_those_of_its_type() -> None:
    access = Access(load(SDL), Mode.API_KEY, additional=True)
    user = PoolUser({}, "")
    assert access.allows(user, "Both", "marked")
    assert not access.allows(user, "Both", "unmarked")
    assert not access.allows(KeyHolder(), "Both", "marked")
    assert access.allows(KeyHolder(), "Query", "open")


def test_the_key_itself_is_never_in_an_answer(endpoint: Endpoint) -> None:
    assert KEY not in endpoint.post("{ ours }").text
