"""Answers and conversations in MiniStack's DynamoDB."""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from chalicelib.errors import InvalidInput, NotFound, Superseded
from chalicelib.records import (
    Answer,
    AnswerStatus,
    Citation,
    Filter,
    Passage,
    Problem,
    Ranking,
    Usage,
)
from chalicelib.stores.answer_items import open_keys
from chalicelib.stores.answer_rows import stamp
from chalicelib.stores.answers import LEASE, AnswerStore

from tests.answering.tables import NOON, Clock, an_answer, answer_store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def answers(aws: boto3.Session, clock: Clock) -> Iterator[AnswerStore]:
    with answer_store(aws, clock) as store:
        yield store


def claimed(answers: AnswerStore, answer_id: str = "a1") -> Answer:
    answer = answers.claim("ana", answer_id)
    assert answer is not None
    return answer


def test_an_answer_comes_back_as_it_was_stored(answers: AnswerStore) -> None:
    within = Filter("law", ("d1", "d2"), languages=("vi",), created_after=NOON)
    asked = replace(an_answer(), within=within, rewrite=False, split=False, queries=("How tall?", "How old?"))
    assert answers.begin(asked, "How tall") == asked
    assert answers.get("ana", "a1") == asked


def test_nested_values_survive_storage(answers: AnswerStore) -> None:
    answers.begin(an_answer(), "t")
    passage = Passage(
        "p", "d", "Tên tệp.pdf", 2, "Cao 330 m.", 5, 15, 3, 0.5, ("Tháp",), "vi", Ranking(0.9, 1)
    )
    ended = replace(
        claimed(answers),
        status=AnswerStatus.PARTIAL,
        text="It is 330 m tall [1].",
        last_seq=4,
        citations=(Citation(1, passage, "Cao 330 m."),),
        usage=Usage(10, 5, "m", False, 12, 90, first_token_ms=30, cost_usd=0.001),
        error=Problem("ModelUnavailable", "broke off", True),
    )
    assert answers.finish(ended) == answers.get("ana", "a1") == ended


def test_beginning_one_id_twice_keeps_the_first_answer(answers: AnswerStore) -> None:
    first = answers.begin(an_answer(), "First")
    second = replace(an_answer(at=NOON + timedelta(hours=1)), question="Another question?")
    assert answers.begin(second, "Second") == first
    (conversation,) = answers.conversations("ana", limit=10).items
    assert (conversation.title, conversation.updated_at) == ("First", NOON)


def test_a_later_question_moves_its_conversation_but_not_its_title(answers: AnswerStore) -> None:
    later = NOON + timedelta(hours=1)
    answers.begin(an_answer("a1"), "First")
    answers.begin(an_answer("a2", at=later), "Second")
    (conversation,) = answers.conversations("ana", limit=10).items
    assert (conversation.title, conversation.created_at) == ("First", NOON)
    assert conversation.updated_at == later


def test_the_same_id_of_another_owner_is_another_answer(answers: AnswerStore) -> None:
    answers.begin(an_answer(), "t")
    others = replace(an_answer(), owner="bob", question="Mine?")
    assert answers.begin(others, "t") == others
    assert answers.get("ana", "a1").question != answers.get("bob", "a1").question


def test_an_unknown_answer_and_another_owners_sound_the_same(answers: AnswerStore) -> None:
    answers.begin(an_answer(), "t")
    with pytest.raises(NotFound, match="answer 'a1' does not exist"):
        answers.get("bob", "a1")
    with pytest.raises(NotFound, match="answer 'a9' does not exist"):
        answers.request_stop("ana", "a9")


def asked_three(answers: AnswerStore) -> None:
    for minute, conversation in enumerate(["c1", "c2", "c1"]):
        moment = NOON + timedelta(minutes=minute)
        answers.begin(an_answer(f"a{minute}", moment, conversation), "t")
    answers.begin(replace(an_answer("b0", NOON, "c1"), owner="bob"), "t")


def test_all_answers_are_listed_newest_first(answers: AnswerStore) -> None:
    asked_three(answers)
    page = answers.list("ana", limit=10)
    assert [answer.id for answer in page.items] == ["a2", "a1", "a0"]
    assert page.next_token is None


def test_a_conversation_is_listed_oldest_first(answers: AnswerStore) -> None:
    asked_three(answers)
    assert [answer.id for answer in answers.list("ana", conversation_id="c1", limit=10).items] == ["a0", "a2"]
    assert answers.list("carol", conversation_id="c1", limit=10).items == ()


@pytest.mark.parametrize("conversation_id", [None, "c1"])
def test_pages_join_up_to_the_whole_listing(answers: AnswerStore, conversation_id: str | None) -> None:
    asked_three(answers)
    whole = answers.list("ana", conversation_id=conversation_id, limit=10).items
    found: list[Answer] = []
    token: str | None = None
    while token is not None or not found:
        page = answers.list("ana", conversation_id=conversation_id, limit=1, next_token=token)
        found, token = [*found, *page.items], page.next_token
    assert tuple(found) == whole


def test_conversations_page_from_the_last_one_used(answers: AnswerStore) -> None:
    asked_three(answers)
    first = answers.conversations("ana", limit=1)
    second = answers.conversations("ana", limit=1, next_token=first.next_token)
    assert [first.items[0].id, second.items[0].id] == ["c1", "c2"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'["a"]',
        b'["a", "yesterday"]',
        b'["a", 5]',
        b'[{}, "2026-01-01"]',
        b"\xff",
        b'"ab"',
        b'["\\ud800", "2026-01-01"]',
    ],
)
def test_a_token_that_no_listing_gave_is_refused(answers: AnswerStore, content: bytes) -> None:
    token = base64.urlsafe_b64encode(content).decode()
    with pytest.raises(InvalidInput, match="nextToken"):
        answers.list("ana", limit=1, next_token=token)


def test_text_that_is_no_token_at_all_is_refused(answers: AnswerStore) -> None:
    with pytest.raises(InvalidInput, match="nextToken"):
        answers.conversations("ana", limit=1, next_token="không phải")


def test_a_token_shows_its_finder_nothing_of_another_owner(answers: AnswerStore) -> None:
    asked_three(answers)
    token = answers.list("ana", limit=1).next_token
    assert all(answer.owner == "bob" for answer in answers.list("bob", limit=10, next_token=token).items)


def test_claiming_counts_the_attempt_and_starts_over(answers: AnswerStore) -> None:
    answers.begin(an_answer(), "t")
    answer = claimed(answers)
    assert (answer.attempt, answer.status, answer.text) == (1, AnswerStatus.RETRIEVING, "")


def test_only_one_of_many_workers_claims(answers: AnswerStore) -> None:
    answers.begin(an_answer(), "t")
    with ThreadPoolExecutor(8) as workers:
        outcomes = list(workers.map(lambda _: answers.claim("ana", "a1"), range(8)))
    assert sum(outcome is not None for outcome in outcomes) == 1


def test_final_and_unknown_answers_cannot_be_claimed(answers: AnswerStore) -> None:
    answers.begin(an_answer(), "t")
    answers.finish(replace(claimed(answers), status=AnswerStatus.COMPLETE))
    assert answers.claim("ana", "a1") is None
    assert answers.claim("ana", "a2") is None


def test_a_lease_that_ran_out_lets_another_worker_take_over(answers: AnswerStore, clock: Clock) -> None:
    answers.begin(an_answer(), "t")
    first = claimed(answers)
    clock.pass_by(LEASE.total_seconds() - 1)
    assert answers.claim("ana", "a1") is None
    clock.pass_by(1)
    assert claimed(answers).attempt == 2
    with pytest.raises(Superseded, match="attempt 1"):
        answers.save(first)


def test_saving_renews_the_lease(answers: AnswerStore, clock: Clock) -> None:
    answers.begin(an_answer(), "t")
    answer = claimed(answers)
    clock.pass_by(LEASE.total_seconds() - 1)
    assert not answers.save(replace(answer, status=AnswerStatus.STREAMING, text="Some", last_seq=2))
    clock.pass_by(LEASE.total_seconds() - 1)
    assert answers.claim("ana", "a1") is None
    assert answers.get("ana", "a1").text == "Some"


def test_a_released_answer_can_be_claimed_at_once(answers: AnswerStore) -> None:
    answers.begin(an_answer(), "t")
    assert answers.release(claimed(answers)).status is AnswerStatus.QUEUED
    assert claimed(answers).attempt == 2


def test_a_worker_learns_of_a_stop_when_it_saves(answers: AnswerStore) -> None:
    answers.begin(an_answer(), "t")
    answer = claimed(answers)
    assert answers.request_stop("ana", "a1").status is AnswerStatus.RETRIEVING
    assert answers.save(answer)


def test_a_queued_answer_stops_at_once(answers: AnswerStore) -> None:
    answers.begin(an_answer(), "t")
    stopped = answers.request_stop("ana", "a1")
    assert (stopped.status, stopped.last_seq) == (AnswerStatus.STOPPED, 1)
    assert answers.claim("ana", "a1") is None
    assert answers.request_stop("ana", "a1") == stopped


def test_nothing_is_written_over_a_final_answer(answers: AnswerStore) -> None:
    answers.begin(an_answer(), "t")
    answer = claimed(answers)
    answers.finish(replace(answer, status=AnswerStatus.COMPLETE, text="Done."))
    with pytest.raises(Superseded):
        answers.save(replace(answer, text="Late."))
    assert answers.get("ana", "a1").text == "Done."


def test_an_end_whose_reply_was_lost_counts_as_stored(answers: AnswerStore) -> None:
    answers.begin(an_answer(), "t")
    ended = replace(claimed(answers), status=AnswerStatus.COMPLETE, text="Tall.", last_seq=3)
    assert answers.finish(ended) == answers.finish(ended)
    with pytest.raises(Superseded):
        answers.finish(replace(ended, status=AnswerStatus.PARTIAL))


def test_history_is_what_came_before_in_the_conversation(answers: AnswerStore) -> None:
    for minute in range(4):
        answers.begin(an_answer(f"a{minute}", NOON + timedelta(minutes=minute)), "t")
    before = answers.history(answers.get("ana", "a3"), 2)
    assert [answer.id for answer in before] == ["a1", "a2"]


def test_stuck_answers_are_the_open_ones_that_have_not_moved(answers: AnswerStore, clock: Clock) -> None:
    for name in ("a1", "a2", "a3"):
        answers.begin(an_answer(name), "t")
    answers.finish(replace(claimed(answers, "a1"), status=AnswerStatus.COMPLETE))
    clock.pass_by(60)
    claimed(answers, "a2")
    found, rest = answers.stuck(NOON + timedelta(seconds=30), pages=3)
    assert [(each.answer.id, each.stop_requested) for each in found] == [("a3", False)]
    assert rest is None


@pytest.mark.parametrize("status", [each for each in AnswerStatus if each.final])
def test_an_answer_that_has_ended_is_no_longer_among_the_open_ones(
    answers: AnswerStore, status: AnswerStatus
) -> None:
    for name in ("a1", "a2", "a3"):
        answers.begin(an_answer(name), "t")
    answers.finish(replace(claimed(answers, "a1"), status=status))
    answers.swap(answers.get("ana", "a2"), replace(answers.get("ana", "a2"), status=status))
    found, _ = open_keys(answers._client, answers._answers, stamp(NOON), None)
    assert [each["id"] for each in found] == ["a3"]


def test_open_answers_are_read_in_pages(answers: AnswerStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.stores.answer_items.OPEN_KEYS", 2)
    for name in ("a1", "a2", "a3"):
        answers.begin(an_answer(name), "t")
    found, rest = answers.stuck(NOON, pages=1)
    assert len(found) == 2
    more, end = answers.stuck(NOON, pages=5, start=rest)
    assert {each.answer.id for each in (*found, *more)} == {"a1", "a2", "a3"}
    assert end is None


def test_an_answer_that_moved_is_not_swapped(answers: AnswerStore, clock: Clock) -> None:
    seen = answers.begin(an_answer(), "t")
    clock.pass_by(1)
    claimed(answers)
    assert answers.swap(seen, replace(seen, status=AnswerStatus.FAILED)) is None
    assert answers.get("ana", "a1").status is AnswerStatus.RETRIEVING
