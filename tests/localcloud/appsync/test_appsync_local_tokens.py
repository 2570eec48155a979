"""Tokens that this machine signs in place of pools and providers: who takes them, and who does not."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import jwt
import pytest

from localcloud.appsync import __main__ as main
from localcloud.appsync.command import Options, offered, prepared
from localcloud.appsync.errors import Json
from localcloud.appsync.issuers import (
    PATH,
    Issuer,
    NoIssuer,
    Person,
    choose,
    client_for,
    issuers_of,
    pool_issuer,
    read_claim,
    seconds,
)
from localcloud.appsync.providers import IssuerDefinition, PoolDefinition, Providers
from localcloud.appsync.signer import FILE, new_key, signer_of
from localcloud.appsync.summary import summarise
from localcloud.audits.here import started
from tests.conftest import ROOT

POOL = "us-east-1_shop"
COGNITO = pool_issuer(POOL)
PROVIDER = "http://127.0.0.1:9/"  # nobody is there: its keys cannot be fetched
NOWHERE = {"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "http://127.0.0.1:9"}
SCHEMA = """
type Query @aws_cognito_user_pools @aws_oidc @aws_api_key {
  who: AWSJSON
  edited: String @aws_cognito_user_pools(cognito_groups: ["editors"])
}
"""
MAPPING = f"""
authentication:
  - {{ type: API_KEY }}
  - {{ type: AMAZON_COGNITO_USER_POOLS, userPoolId: {POOL}, clientIdRegex: "^web$" }}
  - {{ type: OPENID_CONNECT, issuer: "{PROVIDER}", clientId: shop }}
dataSources: {{ nothing: {{ type: NONE }} }}
resolvers: {{ Query.who: nothing, Query.edited: nothing }}
"""
WHO = "export const request = (ctx) => ({ payload: ctx.identity });"
EDITED = "export const request = () => ({ payload: 'edited' });"
RESPONSE = "export const response = (ctx) => ctx.result;"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "resolvers").mkdir(parents=True)
    (folder / "schema.graphql").write_text(SCHEMA)
    (folder / "appsync.yaml").write_text(MAPPING)
    (folder / "resolvers/Query.who.js").write_text(f"{WHO}\n{RESPONSE}\n")
    (folder / "resolvers/Query.edited.js").write_text(f"{EDITED}\n{RESPONSE}\n")
    return folder


@contextmanager
def serving(folder: Path, keys: Path | None, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    options = Options(folder=folder, token_keys=keys, port=0)
    with prepared(options, environ or {}) as ready, started(ready.server) as port:
        yield f"http://localhost:{port}"


def ask(origin: str, token: str, query: str = "{ who }") -> Json:
    headers = {"Authorization": token}
    return httpx.post(f"{origin}/graphql", json={"query": query}, headers=headers, trust_env=False).json()


def refusal(answer: Json) -> str:
    assert "data" not in answer, answer
    return str(answer["errors"][0]["errorType"])


def test_a_pools_user_is_who_the_token_says_and_in_its_groups(shop: Path, tmp_path: Path) -> None:
    signer, web = signer_of(tmp_path / "keys"), Issuer(COGNITO, "web")
    ada = Person("ada", ("editors",), {"custom:shop": "7"})
    with serving(shop, tmp_path / "keys") as origin:
        answer = ask(origin, signer.sign(ada.claims_for(web)), "{ who edited }")
        stranger = ask(origin, signer.sign(Person("bob").claims_for(web)), "{ edited }")
    who = json.loads(answer["data"]["who"])
    assert (who["username"], who["groups"], who["issuer"]) == ("ada", ["editors"], COGNITO)
    assert who["claims"]["custom:shop"] == "7"
    assert answer["data"]["edited"] == "edited"
    assert stranger["errors"][0]["errorType"] == "Unauthorized"


@pytest.mark.parametrize("by_id", [False, True])
def test_access_and_id_tokens_are_both_taken(by_id: bool, shop: Path, tmp_path: Path) -> None:
    claims = Person("ada", by_id=by_id).claims_for(Issuer(COGNITO, "web"))
    with serving(shop, tmp_path) as origin:
        answer = ask(origin, signer_of(tmp_path).sign(claims))
    assert json.loads(answer["data"]["who"])["username"] == "ada"
    assert claims["token_use"] == ("id" if by_id else "access")


def test_a_providers_user_is_taken_without_asking_the_provider(shop: Path, tmp_path: Path) -> None:
    claims = Person("ada").claims_for(Issuer(PROVIDER, "shop"))
    with serving(shop, tmp_path) as origin:
        answer = ask(origin, signer_of(tmp_path).sign(claims))
    who = json.loads(answer["data"]["who"])
    assert (who["sub"], who["issuer"]) == ("ada", PROVIDER)


WRONG: dict[str, tuple[Issuer, dict[str, Json]]] = {
    "another-client": (Issuer(COGNITO, "elsewhere"), {}),
    "another-pool": (Issuer(pool_issuer("us-east-1_other"), "web"), {}),
    "another-use": (Issuer(COGNITO, "web"), {"token_use": "refresh"}),
    "another-audience": (Issuer(PROVIDER, "elsewhere"), {}),
    "expired": (Issuer(COGNITO, "web"), {"exp": 1}),
}


@pytest.mark.parametrize("case", WRONG)
def test_everything_but_the_key_is_checked_as_ever(case: str, shop: Path, tmp_path: Path) -> None:
    issuer, changes = WRONG[case]
    token = signer_of(tmp_path).sign(Person("ada", claims=changes).claims_for(issuer))
    with serving(shop, tmp_path) as origin:
        assert refusal(ask(origin, token)) == "UnauthorizedException"


def test_another_machines_key_is_refused_also_under_this_ones_name(shop: Path, tmp_path: Path) -> None:
    own, claims = signer_of(tmp_path), Person("ada").claims_for(Issuer(COGNITO, "web"))
    forged = jwt.encode(claims, new_key(), "RS256", {"kid": own.name})
    keyless = jwt.encode(claims, "", "none", {"kid": own.name})
    with serving(shop, tmp_path) as origin:
        assert [refusal(ask(origin, each)) for each in (forged, keyless)] == ["UnauthorizedException"] * 2


def test_without_being_asked_to_no_endpoint_takes_them(shop: Path, tmp_path: Path) -> None:
    signer = signer_of(tmp_path)
    tokens = [
        signer.sign(Person("ada").claims_for(each))
        for each in (Issuer(COGNITO, "web"), Issuer(PROVIDER, "shop"))
    ]
    with serving(shop, None, NOWHERE) as origin:
        assert [refusal(ask(origin, each)) for each in tokens] == ["ServiceUnavailableException"] * 2
        assert httpx.get(f"{origin}{PATH}", trust_env=False).status_code == 404


def test_the_process_of_make_dev_refuses_them_though_the_key_is_beside_its_certificates(
    shop: Path, tmp_path: Path
) -> None:
    token = signer_of(tmp_path).sign(Person("ada").claims_for(Issuer(COGNITO, "web")))
    template = tmp_path / "template.json"
    template.write_text(json.dumps(offered(Options(folder=shop)).document))
    given = ["--template", str(template), "--certificates", str(tmp_path), "--port", "0"]
    with started(main.server_for(main.parser().parse_args(given), NOWHERE)) as port:
        assert refusal(ask(f"http://localhost:{port}", token)) == "ServiceUnavailableException"


def test_the_key_is_its_owners_alone_and_stays(tmp_path: Path) -> None:
    first = signer_of(tmp_path).name
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert signer_of(tmp_path).name == first


@pytest.mark.parametrize("harm", ["readable", "damaged"])
def test_a_key_that_others_could_read_or_that_is_damaged_is_replaced(harm: str, tmp_path: Path) -> None:
    first = signer_of(tmp_path).name
    (tmp_path / FILE).chmod(0o640) if harm == "readable" else (tmp_path / FILE).write_text("no key")
    assert signer_of(tmp_path).name != first
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_an_api_without_pools_has_no_key_and_its_start_says_nothing_of_tokens(tmp_path: Path) -> None:
    (tmp_path / "schema.graphql").write_text("type Query { a: Int }")
    options = Options(schema=tmp_path / "schema.graphql", token_keys=tmp_path / "keys", port=0)
    with prepared(options, {}) as ready:
        told = dict(summarise(ready.offer, 8000, tls=True, signing="riffle appsync token ada"))
    assert "token of a user" not in told
    assert not (tmp_path / "keys").exists()


def test_the_start_says_how_to_get_a_token(shop: Path) -> None:
    told = dict(summarise(offered(Options(folder=shop)), 8000, tls=True, signing="riffle appsync token ada"))
    assert told["token of a user"] == "riffle appsync token ada"


def test_an_apis_issuers_are_its_pools_and_then_its_providers_each_once() -> None:
    pools = (PoolDefinition("eu-west-1_a", "eu-west-1"), PoolDefinition("us-east-1_b", "us-east-1", "x|y"))
    providers = Providers((), pools, (IssuerDefinition("https://id.example.com", r"\d+"),))
    assert issuers_of([providers, providers]) == [
        Issuer("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a", "local"),
        Issuer("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_b", "x"),
        Issuer("https://id.example.com", None),
    ]


@pytest.mark.parametrize(
    ("pattern", "client"),
    [(None, "local"), (".*", "local"), ("web", "web"), ("^web$", "web"), ("(a|b)", "a"), ("[a-f]{9}", None)],
)
def test_a_client_is_found_that_the_api_takes(pattern: str | None, client: str | None) -> None:
    assert client_for(pattern) == client


def test_issuers_are_chosen_by_pool_or_address_and_the_first_by_default() -> None:
    served = [Issuer(COGNITO, "web"), Issuer(PROVIDER, None)]
    assert choose(served, None, None) == served[0]
    assert choose(served, POOL, "app") == Issuer(COGNITO, "app")
    assert choose([], "eu-west-1_x", None).url.startswith("https://cognito-idp.eu-west-1.")
    for named, sentence in {PROVIDER: "name one with --client", "nobody": "does not know 'nobody'"}.items():
        with pytest.raises(NoIssuer, match=sentence):
            choose(served, named, None)


def test_times_and_claims_are_read_as_they_are_written() -> None:
    assert [seconds(each) for each in ("45s", "30m", "1h", "7d", "-1h")] == [45, 1800, 3600, 604800, -3600]
    assert [read_claim(each) for each in ("7", '"7"', "acme", '["a"]')] == [7, "7", "acme", ["a"]]
    with pytest.raises(NoIssuer, match="'soon' is no time"):
        seconds("soon")


def test_a_person_has_the_same_sub_every_time_and_another_in_another_pool() -> None:
    here, there = Issuer(COGNITO), Issuer(pool_issuer("us-east-1_other"))
    subs = [Person("ada").claims_for(each)["sub"] for each in (here, here, there)]
    assert subs[0] == subs[1] != subs[2]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.run(
        [sys.executable, "-m", "riffle", "appsync", "token", *arguments],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_command_prints_a_token_that_the_api_it_asked_takes(shop: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    with serving(shop, keys) as origin:
        port = origin.rpartition(":")[2]
        done = command("ada", "--group", "editors", "--port", port, "--tls", str(keys))
        answer = ask(origin, done.stdout.strip(), "{ edited }")
    assert (done.returncode, done.stderr) == (0, "")
    assert answer == {"data": {"edited": "edited"}}


def test_the_command_signs_for_a_named_pool_before_anything_is_served(tmp_path: Path) -> None:
    done = command("ada", "--pool", "eu-west-1_x", "--port", "9", "--tls", str(tmp_path))
    key = signer_of(tmp_path).trusted()[signer_of(tmp_path).name]
    issuer = pool_issuer("eu-west-1_x")
    assert jwt.decode(done.stdout.strip(), key.public, ["RS256"], issuer=issuer)["username"] == "ada"


def test_the_command_says_in_one_line_what_is_missing(tmp_path: Path) -> None:
    done = command("ada", "--port", "9", "--tls", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "No token was signed: no API is served at http://localhost:9.\n"
