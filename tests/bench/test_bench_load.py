"""The load model's own parts: loop, quotas, arithmetic on paper, publishes that come to rest, whole runs."""

from dataclasses import replace

import pytest
from chalicelib.answering.worker import PATIENCE

from appsync.costs import facts
from appsync.costs.asking import understood_tokens
from appsync.costs.workload import Workload
from bench.load.command import check, main
from bench.load.loop import Loop, Pool, Process
from bench.load.paper import ceilings
from bench.load.people import MAX_TOKENS, People, Times
from bench.load.publishing import interval, settled, tries
from bench.load.quotas import Quotas, published
from bench.load.simulation import Tokens, simulate

QUICK = Times(
    resolve=0.0, queue=0.0, cold=0.0, understanding=0.0, retrieval=0.0, first_token=1.0, around=0.0, look=0.0
)
SHORT = Workload(answer_tokens=100, tokens_per_second=100, history=0)
PLENTY = Quotas().raised(
    chat_tokens=1e9, embedding_tokens=1e9, mapping_start=1e6, answer_concurrency=1e6, mapping_maximum=1e6,
    lambda_concurrency=1e6, appsync_tokens=1e9, appsync_inbound=1e9,
)  # fmt: skip


def visit(loop: Loop, pool: Pool, seconds: float, seen: list[tuple[str, float]], name: str) -> Process:
    yield pool
    seen.append((f"{name} in", loop.now))
    yield seconds
    loop.leave(pool)
    seen.append((f"{name} out", loop.now))


def test_whoever_finds_no_place_waits_for_the_first_to_leave() -> None:
    loop, pool, seen = Loop(), Pool(1), list[tuple[str, float]]()
    for name, seconds in (("a", 2.0), ("b", 1.0), ("c", 1.0)):
        loop.start(visit(loop, pool, seconds, seen, name))
    loop.run(10)
    assert seen == [("a in", 0), ("a out", 2), ("b in", 2), ("b out", 3), ("c in", 3), ("c out", 4)]


def test_more_room_lets_in_as_many_as_fit() -> None:
    loop, pool, seen = Loop(), Pool(0), list[tuple[str, float]]()
    for name in "abc":
        loop.start(visit(loop, pool, 1.0, seen, name))
    loop.run(0)
    pool.limit = 2
    loop.admit(pool)
    loop.run(0)
    assert [name for name, _ in seen] == ["a in", "b in"]
    assert len(pool.waiting) == 1


def test_every_quota_is_published_with_its_page_and_a_field() -> None:
    fields = {name for name in published() if getattr(Quotas(), name) == published()[name].value}
    assert fields == set(published())
    assert all(each.value > 0 and each.unit and each.page for each in published().values())


def test_a_quota_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="nonsense is no quota"):
        Quotas().raised(nonsense=1.0)


def test_a_model_quota_carries_as_many_questions_as_its_tokens_are_enough_for() -> None:
    """Two million a minute are 33,333 a second; a question takes its prompt and the answer's 400."""
    people = People(100)
    found = {each.quota: each for each in ceilings(people, Quotas())}
    understood = understood_tokens(people.work) + facts.UNDERSTOOD_TOKENS
    used = understood + people.prompt_tokens + 400
    assert found["chat_tokens"].questions == pytest.approx(33_333.3 / used, rel=1e-4)
    assert found["answer_concurrency"].questions == pytest.approx(50 / people.occupied)


def test_what_saturates_first_is_first() -> None:
    limits = [each.questions for each in ceilings(People(100), Quotas())]
    assert limits == sorted(limits)
    lean = Quotas().raised(s3_reads=1.0)
    assert ceilings(People(100), lean)[0].quota == "s3_reads"


def test_tokens_fill_up_over_a_minute_and_never_beyond() -> None:
    tokens = Tokens(600)
    assert tokens.take(0, 600)
    assert not tokens.take(1, 11)
    assert tokens.take(1, 10)
    tokens.give_back(5_000)
    assert tokens.level == 600


def test_publishes_below_the_quota_keep_their_pace() -> None:
    assert settled(streams=10, wanted=20, others=100, quota=300, reply=0.02).interval == 0.05


def test_publishes_beyond_the_quota_come_to_rest_at_it() -> None:
    found = settled(streams=1_000, wanted=20, others=0, quota=10_000, reply=0.02)
    accepted = 1_000 * tries(found.refused) / found.interval * (1 - found.refused)
    assert accepted == pytest.approx(10_000, rel=0.01)
    assert 0.05 < found.interval < 0.2
    assert found.lost == pytest.approx(found.refused**5)


def test_refused_publishes_take_longer_and_longer() -> None:
    spans = [interval(share, 20, 0.02) for share in (0.0, 0.3, 0.6, 0.9)]
    assert spans == sorted(spans)
    assert spans[0] == 0.05


def test_with_plenty_of_everything_nobody_waits() -> None:
    found = simulate(People(50, 8.0, SHORT, QUICK), PLENTY, 100)
    assert found.first_text(0.95) == pytest.approx(1.0)
    assert found.rate == pytest.approx(50 / 10, rel=0.1)
    assert (found.failed, found.throttled, found.most_waiting) == (0, 0, 0)


def test_people_in_line_wait_as_the_interactive_law_says() -> None:
    """Ten workers of 2 s serve 5 a second; 100 people who pause for 8 s: 100 / 5 − 8 = 12 s from asking to
    the end, 11 of them until the first text."""
    found = simulate(People(100, 8.0, SHORT, QUICK), PLENTY.raised(answer_concurrency=10), 400)
    assert found.rate == pytest.approx(5.0, rel=0.03)
    assert found.first_text(0.5, after=100) == pytest.approx(11.0, rel=0.1)
    assert found.failed == 0


def test_without_tokens_of_the_model_answers_wait_for_minutes_and_then_fail() -> None:
    people = People(20, 10.0, SHORT, QUICK)
    meanwhile = simulate(people, PLENTY.raised(chat_tokens=MAX_TOKENS), 150)
    assert (meanwhile.asked, meanwhile.answered, meanwhile.failed) == (20, 0, 0)
    later = simulate(people, PLENTY.raised(chat_tokens=MAX_TOKENS), 600)
    assert later.answered == 0
    assert later.failed >= 20
    assert later.retried >= PATIENCE.times * later.failed


def test_with_too_few_tokens_of_the_model_people_wait_for_them_and_nobody_fails() -> None:
    """Tokens for half a question a second: 25 people who pause for 10 s wait for 25 / 0.5 − 10 = 40 s."""
    people = People(25, 10.0, SHORT, QUICK)
    tokens = 30 * (people.prompt_tokens + SHORT.answer_tokens)
    found = simulate(people, PLENTY.raised(chat_tokens=tokens), 1_200)
    assert found.failed <= 0.01 * found.answered
    assert found.rate == pytest.approx(0.5, rel=0.1)


def test_an_event_source_grows_by_five_places_a_second() -> None:
    slow = replace(SHORT, answer_tokens=6_000)
    found = simulate(People(1_000, 1.0, slow, QUICK), PLENTY.raised(mapping_start=5), 31)
    waiting_for_the_first_token = 5
    assert found.states[30].streams == pytest.approx(5 + 30 * 5 - waiting_for_the_first_token, abs=6)


def test_a_run_is_the_same_each_time_and_another_with_another_seed() -> None:
    people = People(30, 5.0, SHORT)
    assert simulate(people, Quotas(), 60).first == simulate(people, Quotas(), 60).first
    assert simulate(people, Quotas(), 60, seed=2).first != simulate(people, Quotas(), 60).first


def test_the_tables_on_paper_are_up_to_date() -> None:
    assert check() == 0


def test_a_run_of_ones_own_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--users", "20", "--seconds", "30", "--quota", "answer_concurrency=2"]) == 0
    assert "answer_concurrency" in capsys.readouterr().out
