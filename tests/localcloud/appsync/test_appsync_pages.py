"""What browsers get: the page with its fallback and headers, its configuration, the way to the user pool."""

from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest

from localcloud.appsync.app import create_app
from localcloud.appsync.pages import Pages
from tests.localcloud.appsync.world import build_api, running

CONFIG = {"region": "us-east-1", "apiKey": "da2-x"}
PREFIX = "AWSCognitoIdentityProviderService."


@pytest.fixture(scope="module")
def site(service: str, ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    dist = tmp_path_factory.mktemp("dist")
    (dist / "assets").mkdir()
    (dist / "index.html").write_text("<!doctype html><title>page</title>")
    (dist / "assets/app.js").write_text("export {}")
    (dist.parent / "secret.txt").write_text("not yours")
    pages = Pages(CONFIG, dist, ministack, ("http://127.0.0.1:4566",))
    with running(create_app(build_api(service), pages=pages)) as host:
        yield f"http://{host}"


def test_the_configuration_is_served(site: str) -> None:
    answer = httpx.get(f"{site}/riffle.json")
    assert answer.json() == CONFIG
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("http://localhost:5173", True),
        ("https://127.0.0.1:5173", True),
        ("https://evil.example", False),
        ("http://localhost:80@evil.example", False),
        ("http://[", False),
        ("null", False),
    ],
)
def test_pages_of_this_machine_may_sign_in_and_other_sites_may_not(
    site: str, origin: str, *, may: bool
) -> None:
    asking = {"Origin": origin, "Access-Control-Request-Headers": "x-amz-target"}
    preflight = httpx.options(f"{site}/cognito", headers=asking)
    assert preflight.status_code == (204 if may else 405)
    operation = httpx.post(f"{site}/cognito", headers=asking | {"x-amz-target": f"{PREFIX}SignUp"}, json={})
    for answer in (preflight, operation, httpx.get(f"{site}/riffle.json", headers=asking)):
        assert answer.headers.get("access-control-allow-origin") == (origin if may else None)


@pytest.mark.parametrize("path", ["/", "/documents/01ABC", "/index.html"])
def test_views_of_the_page_are_the_page(site: str, path: str) -> None:
    answer = httpx.get(site + path)
    assert "<title>page</title>" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


def test_assets_last_and_what_is_missing_is_missing(site: str) -> None:
    assert "immutable" in httpx.get(f"{site}/assets/app.js").headers["cache-control"]
    assert httpx.get(f"{site}/assets/gone.js").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/a%00b.js",
        f"/{'long' * 200}.js",
    ],
)
def test_no_path_leads_out_of_the_page(site: str, path: str) -> None:
    answer = httpx.get(site + path)
    assert answer.status_code == 404
    assert "not yours" not in answer.text


def test_the_page_may_talk_to_here_and_to_the_named_origins_only(site: str) -> None:
    headers = httpx.get(site).headers
    rules = dict(rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";"))
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"].split() == ["'self'", site.replace("http", "ws"), "http://127.0.0.1:4566"]
    assert (rules["default-src"], rules["frame-ancestors"]) == ("'none'", "'none'")
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_the_explorer_needs_nothing_from_elsewhere(site: str) -> None:
    page = httpx.get(f"{site}/explorer").text
    assert "GraphQL explorer" in page
    for name in ("explorer.js", "explorer.css"):
        assert f"/explorer/{name}" in page
        assert httpx.get(f"{site}/explorer/{name}").status_code == 200
    assert "//" not in page.replace("<!doctype", "")


def operate(site: str, operation: str, body: Any) -> httpx.Response:
    return httpx.post(f"{site}/cognito", json=body, headers={"x-amz-target": PREFIX + operation})


def test_a_person_signs_up_and_in_through_the_pass_through(
    site: str, aws: boto3.Session, ministack: str
) -> None:
    pools = aws.client("cognito-idp", endpoint_url=ministack)
    pool = pools.create_user_pool(PoolName="people")["UserPool"]["Id"]
    made = pools.create_user_pool_client(
        UserPoolId=pool,
        ClientName="page",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    client, person = made["UserPoolClient"]["ClientId"], {"Username": "ada", "Password": "Countess-1815"}
    assert operate(site, "SignUp", {"ClientId": client, **person}).status_code == 200
    code = {"ClientId": client, "Username": "ada", "ConfirmationCode": "123456"}
    assert operate(site, "ConfirmSignUp", code).status_code == 200
    given = {"USERNAME": "ada", "PASSWORD": "Countess-1815"}
    answer = operate(
        site, "InitiateAuth", {"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given}
    )
    assert answer.json()["AuthenticationResult"]["AccessToken"]
    assert operate(site, "GetUser", {"AccessToken": "nonsense"}).status_code == 400


@pytest.mark.parametrize("operation", ["AdminCreateUser", "ListUsers", "DeleteUserPool", ""])
def test_what_needs_an_administrator_is_not_passed_on(site: str, operation: str) -> None:
    answer = operate(site, operation, {"UserPoolId": "x"})
    assert (answer.status_code, answer.json()["__type"]) == (403, "AccessDeniedException")


def test_another_services_operation_and_method_are_not_passed_on(site: str) -> None:
    headers = {"x-amz-target": "DynamoDB_20120810.GetUser"}
    assert httpx.post(f"{site}/cognito", json={}, headers=headers).status_code == 403
    assert httpx.get(f"{site}/cognito").status_code == 405
    assert operate(site, "SignUp", {"Username": "x" * 70_000}).status_code == 413
