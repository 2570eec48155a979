"""Hostile requests: each is refused as its line says, and the server answers at once afterwards."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.localcloud.appsync.world import KEY, Endpoint

CORPUS = Path(__file__).parents[4] / "shared/evaldata/graphql/hostile_requests.jsonl"
LINES = CORPUS.read_text().splitlines() if CORPUS.exists() else []
CASES = [json.loads(line) for line in LINES]
# AppSync shows its schema to every authorised caller, and so does this.
ANSWERED = {"comment flood", "huge variable", "introspection"}


def send(endpoint: Endpoint, case: Any) -> httpx.Response:
    """With a good key, except where the case is about credentials."""
    about_credentials = "token" in case["category"] and "flood" not in case["category"]
    anonymous = about_credentials or case["category"] == "no authorization header"
    headers = {**case["headers"], **({} if anonymous else {"x-api-key": KEY})}
    url = f"http://{endpoint.host}{case['path']}"
    return httpx.request(case["method"], url, headers=headers, content=case.get("body") or "", timeout=5)


def test_the_corpus_is_there() -> None:
    if not CASES:
        pytest.skip(f"HOSTILE REQUESTS NOT TESTED: {CORPUS} is missing")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['category']}")
def test_a_hostile_request_is_refused_and_harms_nobody(endpoint: Endpoint, case: Any) -> None:
    answer = send(endpoint, case)
    body = answer.json()
    refused = "errors" in body and body.get("data") is None
    assert refused or case["category"] in ANSWERED, answer.text[:300]
    assert answer.status_code < 500
    assert "Traceback" not in answer.text
    assert "Did you mean" not in answer.text
    assert endpoint.data("{ __typename }") == {"__typename": "Query"}


def test_credentials_that_are_missing_or_forged_are_401(endpoint: Endpoint) -> None:
    for headers in (
        {},
        {"authorization": "Bearer aaaa.bbbb.cccc"},
        {"authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    ):
        assert endpoint.post("{__typename}", headers=headers).status_code == 401


def test_a_fragment_bomb_is_measured_without_being_spread(endpoint: Endpoint) -> None:
    fragments = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(60))
    answer = endpoint.post(f"{{ ...f0 }} {fragments} fragment f60 on Query {{ __typename }}")
    assert answer.status_code == 400


def test_a_long_chain_of_fragments_is_refused(endpoint: Endpoint) -> None:
    chain = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} }}" for n in range(1_400))
    answer = endpoint.post(f"{{ ...f0 }} {chain} fragment f1400 on Query {{ __typename }}")
    assert answer.status_code == 400


def test_deep_nesting_neither_crashes_the_parser_nor_the_json_reader(endpoint: Endpoint) -> None:
    deep = "{a" * 5_000
    assert endpoint.post(deep + "}" * 5_000).status_code == 400
    headers = {"x-api-key": KEY}
    assert httpx.post(endpoint.url, content="[" * 200_000, headers=headers).status_code == 400
