"""Hostile requests: each is refused as its line says, and the server answers at once afterwards."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.localcloud.appsync.children import Child, serving
from tests.localcloud.appsync.clients import client
from tests.localcloud.appsync.test_appsync_product import TEMPLATE
from tests.localcloud.appsync.test_appsync_product import VALUES as PRODUCT
from tests.localcloud.appsync.world import KEY

CORPUS = Path(__file__).parents[4] / "shared/evaldata/graphql/hostile_requests.jsonl"
LINES = CORPUS.read_text().splitlines() if CORPUS.exists() else []
CASES = [json.loads(line) for line in LINES]
# What is about credentials is sent with none but its own.
ANONYMOUS = {"introspection", "no authorization header", "garbage bearer token", "alg none token"}
GROWTH_MB = 8
SEND = "mutation S($id: ID!) { send(input: {id: $id}) { id } }"


def refused(answer: httpx.Response) -> bool:
    body = answer.json()
    return bool(body["errors"]) and body.get("data") is None and answer.status_code in (200, 400, 401)


def reported(answer: httpx.Response) -> bool:
    return answer.status_code in (200, 400) and bool(answer.json()["errors"])


def unauthorized(answer: httpx.Response) -> bool:
    return answer.status_code == 401 and answer.json()["errors"][0]["errorType"] == "UnauthorizedException"


# What each expectation of the corpus comes to here, by how it begins.
EXPECTED: dict[str, Callable[[httpx.Response], bool]] = {
    "refused with a GraphQL error": refused,
    "batching refused": refused,
    "400 (or 200 with errors)": reported,
    "answered or refused": lambda answer: answer.status_code in (200, 400),
    "413/400 or answered": lambda answer: answer.status_code in (200, 400, 413),
    "disabled for unauthenticated callers": unauthorized,
    'no "Did you mean"': reported,
    "refused (no preflight forced)": lambda answer: answer.status_code == 415,
    "mutations over GET refused": lambda answer: answer.status_code == 405,
    "401": unauthorized,
}


def send(child: Child, case: Any) -> httpx.Response:
    key = {} if case["category"] in ANONYMOUS else {"x-api-key": child.key}
    return child.http.request(
        case["method"], f"http://{child.host}{case['path']}", headers={**case["headers"], **key},
        content=case.get("body") or "",
    )  # fmt: skip


def quickest(child: Child) -> float:
    """Seconds for the least a client can ask, the best of three: other work on this machine is not ours."""
    return min(timed(child) for _ in range(3))


def timed(child: Child) -> float:
    begun = time.monotonic()
    assert child.post("{ __typename }").json() == {"data": {"__typename": "Query"}}
    return time.monotonic() - begun


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    with serving(tmp_path_factory.mktemp("notes")) as running:
        yield running


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    with serving(tmp_path_factory.mktemp("product"), TEMPLATE, PRODUCT, PRODUCT["ApiKey.ApiKey"]) as running:
        yield running


@pytest.fixture(params=["notes", "product"])
def child(request: Any) -> Child:
    served = request.getfixturevalue(request.param)
    assert isinstance(served, Child)
    return served


def test_the_corpus_is_there_and_every_expectation_is_known() -> None:
    if not CASES:
        pytest.skip(f"HOSTILE REQUESTS NOT TESTED: {CORPUS} is missing")
    assert all(any(case["expect"].startswith(start) for start in EXPECTED) for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['category']}")
def test_a_hostile_request_is_answered_as_expected_and_harms_nobody(child: Child, case: Any) -> None:
    (expected,) = (check for start, check in EXPECTED.items() if case["expect"].startswith(start))
    before = child.cpu
    answer = send(child, case)
    assert child.cpu - before < 1, "seconds of the processor"
    assert expected(answer), f"{answer.status_code} {answer.text[:300]}"
    assert answer.headers["x-amzn-RequestId"]
    assert "Traceback" not in answer.text
    assert "Did you mean" not in answer.text
    assert quickest(child) < 0.2


needs_corpus = pytest.mark.skipif(not CASES, reason=f"HOSTILE REQUESTS NOT TESTED: {CORPUS} is missing")


async def pelt(child: Child, rounds: int) -> None:
    for case in CASES * rounds:
        await asyncio.to_thread(send, child, case)


@needs_corpus
def test_hostile_requests_again_and_again_leave_nothing_in_memory(child: Child) -> None:
    """The first rounds fill what is remembered of documents, and the allocator's own reserves."""
    asyncio.run(pelt(child, 2))
    before = child.rss
    asyncio.run(pelt(child, 4))
    assert child.rss - before < GROWTH_MB


@needs_corpus
def test_a_subscriber_keeps_receiving_meanwhile(notes: Child) -> None:
    async def listens() -> None:
        async with client(notes.host) as listener, asyncio.timeout(30):
            await listener.subscribe("1", "subscription { onSend { id } }")
            pelting = asyncio.create_task(pelt(notes, 1))
            for number in range(20):
                await asyncio.to_thread(notes.post, SEND, id=str(number))
                assert (await listener.event("1"))["data"] == {"onSend": {"id": str(number)}}
            await pelting

    asyncio.run(listens())


def test_a_fragment_bomb_is_measured_without_being_spread(notes: Child) -> None:
    fragments = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(60))
    answer = notes.post(f"{{ ...f0 }} {fragments} fragment f60 on Query {{ __typename }}")
    assert answer.status_code == 400


def test_a_long_chain_of_fragments_is_refused(notes: Child) -> None:
    chain = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} }}" for n in range(1_400))
    answer = notes.post(f"{{ ...f0 }} {chain} fragment f1400 on Query {{ __typename }}")
    assert answer.status_code == 400


def test_deep_nesting_neither_crashes_the_parser_nor_the_json_reader(notes: Child) -> None:
    deep = "{a" * 5_000
    assert notes.post(deep + "}" * 5_000).status_code == 400
    headers = {"x-api-key": KEY}
    assert notes.http.post(notes.url, content="[" * 200_000, headers=headers).status_code == 400
