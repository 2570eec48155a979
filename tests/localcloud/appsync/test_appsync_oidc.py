"""Tokens of OpenID providers: which are accepted, and every way in which one may be wrong."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from localcloud.appsync.identity import Mode
from localcloud.audits.here import issuing
from tests.localcloud.appsync.apis import API_KEY, COGNITO, Issuer, oidc, served, template
from tests.localcloud.appsync.clients import client
from tests.localcloud.appsync.world import KEY, NEW, Endpoint

DENIED = "You are not authorized to make this call."
SDL = """
schema { query: Query mutation: Mutation subscription: Subscription }
type Query { echo: AWSJSON @aws_oidc  keyed: String @aws_api_key  both: String @aws_oidc @aws_api_key }
type Mutation { tell: Told @aws_api_key }
type Told @aws_oidc @aws_api_key { id: ID! }
type Subscription { onTell: Told @aws_subscribe(mutations: ["tell"]) @aws_oidc }
"""


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing(Issuer()) as running:
        yield running


@pytest.fixture(scope="module")
def other() -> Iterator[Issuer]:
    elliptic = Issuer(kid="curve", private=ec.generate_private_key(ec.SECP256R1()), alg="ES256")
    with issuing(elliptic) as running:
        yield running


@pytest.fixture(scope="module")
def api(issuer: Issuer, other: Issuer) -> Iterator[Endpoint]:
    """Two providers beside a key and a pool; the first with a client and ages in milliseconds."""
    first = oidc(issuer, ClientId="notes|pages-[0-9]+", IatTTL=300_000, AuthTTL=60_000)
    with served(template(SDL, API_KEY, first, oidc(other), COGNITO)) as endpoint:
        yield endpoint


def signed_in(seconds_ago: float = 0) -> Any:
    return int(time.time() - seconds_ago)


def refused(endpoint: Endpoint, token: str) -> Any:
    answer = endpoint.post("{ both }", headers={"Authorization": token})
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (401, "UnauthorizedException")
    return answer.json()["errors"][0]["message"]


def test_resolvers_are_told_subject_issuer_and_claims(api: Endpoint, issuer: Issuer) -> None:
    token = issuer.token(auth_time=signed_in(), role="reader")
    event = json.loads(api.data("{ echo }", headers={"Authorization": token})["echo"])
    claims = jwt.decode(token, options={"verify_signature": False})
    assert event["identity"] == {"sub": "ada", "issuer": issuer.url, "claims": claims}


def test_each_provider_vouches_for_its_own(api: Endpoint, issuer: Issuer, other: Issuer) -> None:
    assert api.data("{ both }", headers=other.bearer()) == {"both": None}
    foreign = Issuer(url=issuer.url, kid=other.kid, private=other.private, alg="ES256")
    assert refused(api, foreign.token(auth_time=signed_in())) == DENIED


@pytest.mark.parametrize(
    "named",
    [
        {"aud": "pages-7"},
        {"aud": ["x", "notes"]},
        {"aud": "x", "azp": "notes"},
        {"aud": None, "azp": "notes"},
    ],
)
def test_a_client_is_known_by_audience_or_authorised_party(api: Endpoint, issuer: Issuer, named: Any) -> None:
    assert api.data("{ both }", headers=issuer.bearer(auth_time=signed_in(), **named)) == {"both": None}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"aud": "others"}, DENIED),
        ({"aud": "my-notes"}, DENIED),
        ({"aud": None}, DENIED),
        ({"aud": [7], "azp": 7}, DENIED),
        ({"exp": 1_000_000_000}, "Token has expired."),
        ({"exp": None}, DENIED),
        ({"nbf": 4_000_000_000}, DENIED),
        ({"iat": 4_000_000_000}, DENIED),
        ({"iat": signed_in(301)}, DENIED),
        ({"iat": None}, DENIED),
        ({"auth_time": signed_in(61)}, DENIED),
        ({"auth_time": None}, DENIED),
        ({"auth_time": "now"}, DENIED),
        ({"iss": "https://elsewhere.test"}, DENIED),
        ({"iss": None}, DENIED),
        ({"iss": 7}, DENIED),
    ],
)
def test_a_signed_token_with_a_wrong_claim_is_refused(
    api: Endpoint, issuer: Issuer, wrong: dict[str, Any], message: str
) -> None:
    assert refused(api, issuer.token(**{"auth_time": signed_in(), **wrong})) == message


def test_an_issuer_is_compared_to_the_letter_of_its_configuration(api: Endpoint, issuer: Issuer) -> None:
    assert refused(api, issuer.token(iss=f"{issuer.url}/", auth_time=signed_in())) == DENIED


def test_forged_tokens_are_refused(api: Endpoint, issuer: Issuer) -> None:
    head, body, signature = issuer.token(auth_time=signed_in()).split(".")
    nothing = base64.urlsafe_b64encode(b'{"alg":"none","kid":"one"}').decode().rstrip("=")
    stranger = Issuer(issuer.url, private=rsa.generate_private_key(public_exponent=65537, key_size=2048))
    forged = [f"{nothing}.{body}.", f"{nothing}.{body}.{signature}", f"{head}.{body}."]
    for token in [*forged, stranger.token(auth_time=signed_in())]:
        assert refused(api, token) == DENIED


def test_a_public_key_is_no_secret_to_sign_with(api: Endpoint, issuer: Issuer) -> None:
    """The classic confusion: HMAC with the text of the published RSA key."""
    body = issuer.token(auth_time=signed_in()).split(".")[1]
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').decode().rstrip("=")
    public = NEW.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        f"{head}.{body}".encode(), public
    )
    text = base64.urlsafe_b64encode(signature).decode().rstrip("=")
    assert refused(api, f"{head}.{body}.{text}") == DENIED


def test_what_is_no_token_is_told_so(api: Endpoint) -> None:
    for text in ("Bearer aaaa.bbbb.cccc", "something", "a.b", "Bearer " + "[" * 5_000):
        assert refused(api, text) == "Unable to parse JWT token."


def test_a_pools_token_is_not_for_a_provider(api: Endpoint) -> None:
    answer = api.post("{ both }", headers=api.bearer())
    assert answer.json()["errors"][0]["message"] == "Not Authorized to access both on type Query"


def test_directives_admit_the_mode(api: Endpoint, issuer: Issuer) -> None:
    headers = issuer.bearer(auth_time=signed_in())
    errors = api.post("{ both keyed }", headers=headers).json()["errors"]
    assert [error["message"] for error in errors] == ["Not Authorized to access keyed on type Query"]
    errors = api.post("{ both echo }", headers={"x-api-key": KEY}).json()["errors"]
    assert [error["message"] for error in errors] == ["Not Authorized to access echo on type Query"]


def test_a_subscription_is_opened_with_a_token(api: Endpoint, issuer: Issuer) -> None:
    async def check() -> Any:
        auth = {"host": api.host, "Authorization": issuer.token(auth_time=signed_in())}
        async with client(api.host, auth) as socket:
            await socket.subscribe("1", "subscription { onTell { id } }")
            by_key = {"host": api.host, "x-api-key": KEY}
            return await socket.start("2", "subscription { onTell { id } }", auth=by_key)

    assert asyncio.run(check())["payload"]["errors"][0]["errorType"] == "Unauthorized"


@pytest.mark.parametrize("alg", ["RS256", "RS512", "PS256", "PS384"])
def test_a_key_without_an_algorithm_is_good_for_those_of_its_kind(alg: str) -> None:
    with issuing(Issuer(alg=alg)) as issuer, served(template(SDL, oidc(issuer))) as endpoint:
        assert endpoint.data("{ both }", headers=issuer.bearer()) == {"both": None}


def test_a_key_is_used_as_published_only() -> None:
    with (
        issuing(Issuer(alg="RS512", published={"alg": "RS256"})) as issuer,
        served(template(SDL, oidc(issuer))) as endpoint,
    ):
        assert refused(endpoint, issuer.token()) == DENIED
        issuer.alg = "RS256"
        assert endpoint.data("{ both }", headers=issuer.bearer()) == {"both": None}


@pytest.mark.parametrize(
    "published", [{"use": "enc"}, {"kty": "oct", "k": "c2VjcmV0"}, {"n": "AQ"}, {"n": 5}]
)
def test_a_key_that_is_not_for_signatures_is_not_used(published: Any) -> None:
    with issuing(Issuer(published=published)) as issuer, served(template(SDL, oidc(issuer))) as endpoint:
        assert refused(endpoint, issuer.token()) == DENIED


def test_the_issuer_does_not_count_where_oidc_is_the_only_mode(issuer: Issuer) -> None:
    with served(template(SDL, oidc(issuer))) as endpoint:
        assert endpoint.data("{ both }", headers=issuer.bearer(iss="https://elsewhere.test")) == {
            "both": None
        }
        assert endpoint.api.authorizer.modes == {Mode.OIDC}


def test_new_keys_are_fetched_and_old_ones_forgotten() -> None:
    with issuing(Issuer()) as issuer, served(template(SDL, oidc(issuer))) as endpoint:
        old = issuer.token()
        assert endpoint.data("{ both }", headers={"Authorization": old}) == {"both": None}
        endpoint.api.authorizer.providers[0].keys.refetch_seconds = 0
        issuer.rotate()
        assert endpoint.data("{ both }", headers=issuer.bearer()) == {"both": None}
        assert refused(endpoint, old) == DENIED


def test_unknown_keys_do_not_make_us_pester_the_issuer() -> None:
    with issuing(Issuer()) as issuer, served(template(SDL, oidc(issuer))) as endpoint:
        stranger = Issuer(issuer.url, kid="unknown")
        for _ in range(5):
            assert refused(endpoint, stranger.token()) == DENIED
    assert issuer.fetches == ["/.well-known/openid-configuration", "/keys"]


def test_an_issuer_that_does_not_answer_is_no_fault_of_the_token() -> None:
    with issuing(Issuer()) as issuer, served(template(SDL, oidc(Issuer("http://127.0.0.1:9")))) as endpoint:
        answer = endpoint.post("{ both }", headers=issuer.bearer())
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (503, "ServiceUnavailableException")


def test_an_issuer_that_fails_is_not_asked_for_every_token() -> None:
    with issuing(Issuer(broken=True)) as issuer, served(template(SDL, oidc(issuer))) as endpoint:
        answers = [endpoint.post("{ both }", headers=issuer.bearer()) for _ in range(5)]
        assert {answer.status_code for answer in answers} == {503}
        assert issuer.fetches == ["/.well-known/openid-configuration"]
        issuer.broken = False
        endpoint.api.authorizer.providers[0].keys.refetch_seconds = 0
        assert endpoint.data("{ both }", headers=issuer.bearer()) == {"both": None}
