"""Who may reach MiniStack: programs of this machine and the page's uploads, no other web site."""

import httpx
import pytest

from localcloud.stack.guard import Scope, changes_state, refusal
from tests.localcloud.stack.conftest import PAGE, Stack

ORIGINS = frozenset({PAGE})
FORM = "multipart/form-data; boundary=x"


def request(method: str = "POST", path: str = "/", **headers: str) -> Scope:
    named = {"host": "127.0.0.1:4566"} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    return {"type": "http", "method": method, "path": path, "headers": raw}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:4566", "[::1]:4566", "files.s3.localhost:4566"])
def test_names_of_this_machine_may_enter(host: str) -> None:
    assert refusal(request(host=host), ORIGINS) is None


@pytest.mark.parametrize(
    "host", ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example:4566"]
)
def test_other_names_are_refused(host: str) -> None:
    assert refusal(request(host=host), ORIGINS) == "The Host header does not name this machine."


@pytest.mark.parametrize(
    "path", ["/_ministack/reset", "/_ministack/config", "/_localstack/init", "/_aws/ses"]
)
def test_administration_is_switched_off(path: str) -> None:
    assert "is switched off" in (refusal(request(path=path), ORIGINS) or "")


@pytest.mark.parametrize("path", ["/_ministack/health", "/bucket/_ministack/reset"])
def test_health_and_objects_of_such_names_are_open(path: str) -> None:
    assert refusal(request("GET", path), ORIGINS) is None


def test_pages_of_other_sites_are_refused() -> None:
    assert "evil.example" in (refusal(request(origin="http://evil.example"), ORIGINS) or "")
    assert "null" in (refusal(request(origin="null"), ORIGINS) or "")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_images_and_links_on_other_sites_are_refused(site: str) -> None:
    query = request("GET", "/?Action=DeleteQueue", sec_fetch_site=site)
    assert refusal(query, ORIGINS) == "Pages may not load resources from here."


def test_sockets_are_for_programs() -> None:
    socket = {"type": "websocket", "path": "/", "headers": [(b"host", b"localhost:4566")]}
    assert refusal(socket, ORIGINS) is None
    socket["headers"] = [*socket["headers"], (b"origin", b"http://evil.example")]
    assert refusal(socket, ORIGINS) == "Pages may not open sockets here."


def test_the_page_may_transfer_objects_and_nothing_else() -> None:
    assert refusal(request(origin=PAGE, content_type=FORM), ORIGINS) is None
    assert refusal(request("OPTIONS", origin=PAGE), ORIGINS) is None
    call = request(origin=PAGE, content_type="application/x-amz-json-1.0")
    assert refusal(call, ORIGINS) == "The page may only transfer objects here."


@pytest.mark.parametrize("target", ["DynamoDB_20120810.PutItem", "AmazonSQS.ReceiveMessage", ""])
def test_calls_that_may_change_something_count_as_changes(target: str) -> None:
    assert changes_state(request(x_amz_target=target))


@pytest.mark.parametrize(
    "target", ["DynamoDB_20120810.Query", "AmazonSQS.GetQueueUrl", "Logs.DescribeLogGroups"]
)
def test_calls_that_only_read_do_not(target: str) -> None:
    assert not changes_state(request(x_amz_target=target))
    assert not changes_state(request("GET"))


def test_a_running_stack_refuses_what_the_rules_refuse(stack: Stack) -> None:
    reset = httpx.post(f"{stack.url}/_ministack/reset")
    foreign = httpx.get(stack.url, headers={"origin": "http://evil.example"})
    rebound = httpx.get(stack.url, headers={"host": "evil.example"})
    assert [reset.status_code, foreign.status_code, rebound.status_code] == [403, 403, 403]
