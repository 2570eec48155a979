"""The arithmetic, against figures that were worked out by hand from the price lists."""

from dataclasses import replace

import pytest

from appsync.costs import bill, lasting
from appsync.costs.adding import document, passages, search
from appsync.costs.asking import prompt_tokens, publishes, question
from appsync.costs.deployment import Deployment
from appsync.costs.lasting import kept
from appsync.costs.uses import Use
from appsync.costs.workload import Workload

STAGE = Deployment(
    memory={"resolve": 512, "search": 1024, "ingest": 2048, "answer": 1024, "maintain": 1024}, dashboards=1
)


def amount(uses: list[Use], item: str) -> float:
    return sum(use.amount for use in uses if use.item == item)


def test_a_bill_is_amounts_times_prices() -> None:
    made = bill.billed([Use("appsync.operation", 500_000, "a"), Use("appsync.operation", 500_000, "b")])
    assert made.listed == pytest.approx(4.00)
    assert len(made.lines) == 1
    assert [use.why for use in made.lines[0].uses] == ["a", "b"]


def test_only_what_exceeds_the_free_amount_is_charged() -> None:
    """1.5 million SQS requests at 40 cents a million, the first of which is free."""
    made = bill.billed([Use("sqs.request", 1_500_000, "polls")])
    assert made.listed == pytest.approx(0.60)
    assert made.charged == pytest.approx(0.20)


def test_an_idle_stage_is_polled_two_and_a_half_times_a_second() -> None:
    """Two queues, five polls of 20 seconds each, 2,628,000 seconds: 1,314,000 requests, 52.56 cents."""
    line = next(each for each in bill.idle(STAGE).lines if each.item == "sqs.request")
    assert line.amount == pytest.approx(1_314_000)
    assert line.listed == pytest.approx(0.5256)
    assert line.charged == pytest.approx(0.1256)


def test_an_idle_stage_is_not_free_and_its_bill_says_what_for() -> None:
    idle = bill.idle(STAGE)
    assert idle.charged < 0.20
    assert {line.item for line in idle.lines if line.charged} == {
        "sqs.request", "s3.write", "s3.read", "s3.storage", "dynamodb.read", "cloudwatch.kept",
    }  # fmt: skip


def test_snapshots_cost_the_memory_of_all_functions_all_month() -> None:
    """5.5 GB × 2,628,000 s at $1.5046 a million."""
    line = next(
        each for each in bill.idle(replace(STAGE, snap_start=True)).lines if "snapstart_cache" in each.item
    )
    assert line.listed == pytest.approx(21.747, rel=1e-3)


def test_an_answer_of_four_seconds_is_published_at_most_twenty_times_a_second() -> None:
    """400 tokens at 100 a second: 4 s, a publish each 0.05 s and one at once, announced and ended."""
    assert publishes(Workload(answer_tokens=400, tokens_per_second=100)) == 83


def test_a_slow_model_is_published_token_by_token() -> None:
    assert publishes(Workload(answer_tokens=30, tokens_per_second=10)) == 32


def test_writes_of_an_answer_are_of_its_row_and_two_indexes() -> None:
    """No text to speak of: every row of 744 bytes is one unit. Begun: 2 for the row, 2 for two indexes, 1 for
    the third, 4 for the conversation; claim, one save, end: 3 × 3; into the index of open ones and out: 2."""
    work = Workload(answer_tokens=1, tokens_per_second=10, cited=0, question_chars=100)
    assert amount(list(question(STAGE, work)), "dynamodb.write") == 2 + 2 + 1 + 4 + 9 + 2


def test_longer_answers_take_more_units_with_every_save() -> None:
    """4 s: eleven saves, every 0.4 s, of 145 bytes more each: the first, of the 930 bytes, is one unit (up to
    1,024), seven are two (up to 2,048), the last three, from 2,049 bytes on, three."""
    work = Workload(answer_tokens=400, tokens_per_second=100, cited=0, question_chars=100)
    per_copy = 1 + (1 * 1 + 7 * 2 + 3 * 3) + 3
    assert amount(list(question(STAGE, work)), "dynamodb.write") == 9 + 3 * per_copy + 2


def test_a_page_of_text_becomes_passages_that_are_embedded_whole() -> None:
    work = Workload(document_chars=8_000, passage_chars=800)
    uses = list(document(STAGE, work))
    assert passages(work) == 10
    assert amount(uses, "bedrock.input:amazon.titan-embed-text-v2:0") == 2_000
    running = 2 * 0.05 * 0.5 + (1 + 10 * 0.03) * 2
    starting = 0.01 * (2 * 0.4 * 0.5 + 1.5 * 2)
    assert amount(uses, "lambda.x86_64") == pytest.approx(running + starting)


def test_one_start_in_a_hundred_is_charged_for_its_initialisation_or_its_restoring() -> None:
    """`search`: a quarter of a second, and 1.3 s in a hundred calls; or 1 GB restored in a hundred."""
    work = Workload()
    assert amount(list(search(STAGE, work)), "lambda.x86_64") == pytest.approx(0.25 + 0.013)
    restored = list(search(replace(STAGE, snap_start=True), work))
    assert amount(restored, "lambda.x86_64") == pytest.approx(0.25)
    assert amount(restored, "lambda.snapstart_restore") == pytest.approx(0.01)


def test_log_lines_are_kept_as_long_as_they_are_to_be() -> None:
    """4,380 runs of `maintain`, 2 kB each, are 8.76 MB a month, of which 30 days are 30 / 30.42."""
    for days in (30, 365):
        idle = list(lasting.idle(replace(STAGE, log_days=days)))
        assert amount(idle, "cloudwatch.kept") == pytest.approx(0.00876 * days * 24 / 730)


def test_a_follow_up_is_first_made_to_stand_by_itself() -> None:
    """230 tokens, two turns of 80 + 700 + 60 characters and the question's 80: 230 + 1,760 / 4 = 670."""
    chat = "bedrock.input:amazon.nova-lite-v1:0"
    first, later = (list(question(STAGE, Workload(history=turns))) for turns in (0, 2))
    understood = [use.amount for use in later if "follow-up" in use.why]
    assert understood == [670, 40]
    assert not any("follow-up" in use.why for use in first)
    assert amount(later, chat) == pytest.approx(670 + prompt_tokens(Workload(history=2)))


def test_a_reranking_model_is_asked_once_for_each_search_and_question() -> None:
    stage = replace(STAGE, rerank_model="amazon.rerank-v1:0")
    added = bill.per_thousand_questions(stage).listed - bill.per_thousand_questions(STAGE).listed
    assert added == pytest.approx(1.00)
    assert amount(list(search(stage, Workload())), "rerank:amazon.rerank-v1:0") == 1


def test_scanned_pages_cost_where_a_model_reads_them() -> None:
    """2,000 tokens in and 1,500 out at Nova Lite's $0.06 and $0.24 a million are $0.00048."""
    scanned = Workload(scans=1)
    seeing = replace(STAGE, ocr_model="amazon.nova-lite-v1:0")
    added = (
        bill.per_thousand_documents(seeing, scanned).listed
        - bill.per_thousand_documents(STAGE, scanned).listed
    )
    assert added == pytest.approx(0.48)


def test_keys_are_asked_for_every_five_minutes_at_most() -> None:
    """8,760 times five minutes, for seven that use a table, and two whenever `maintain` comes."""
    busy = bill.month(STAGE, Workload(users=10_000))
    assert next(each for each in busy.lines if each.item == "kms.request").amount == 7 * 8_760 + 2 * 4_380
    calm = bill.month(STAGE, Workload(users=1, questions=5, documents=1, searches=0))
    assert next(each for each in calm.lines if each.item == "kms.request").amount == 7 * 6 + 2 * 4_380


def test_arm_is_cheaper_than_x86() -> None:
    arm = bill.per_thousand_questions(replace(STAGE, architecture="arm64")).of("Lambda")
    assert arm.listed < bill.per_thousand_questions(STAGE).of("Lambda").listed


def test_stored_answers_cost_no_upkeep() -> None:
    work = Workload(users=1, answers=10_000, stored=0)
    assert amount(list(kept(STAGE, work)), "dynamodb.read") == 0


def test_stored_documents_are_compared_once_a_day_at_half_the_price() -> None:
    """100,000 rows of 350 bytes are 8,545 units of 4,096, half as much each; 30.42 times: 130,000."""
    work = Workload(users=2_000, stored=50)
    assert amount(list(kept(STAGE, work)), "dynamodb.read") == pytest.approx(129_957, rel=1e-3)


@pytest.mark.parametrize("users", [10, 100, 1_000, 10_000])
def test_upkeep_is_a_small_part_of_a_month(users: int) -> None:
    month = bill.month(STAGE, Workload(users=users))
    upkeep = sum(
        use.amount * line.price.each
        for line in month.lines
        for use in line.uses
        if "maintain" in use.why and line.item != "cloudwatch.metric"
    )
    assert upkeep < 0.7 + 0.001 * month.listed


def test_a_month_is_idle_time_and_everything_that_was_done() -> None:
    nothing = Workload(users=0)
    busy = Workload(users=10, questions=10)
    assert bill.month(STAGE, nothing).listed == pytest.approx(bill.idle(STAGE).listed + 10 * 0.30)
    assert bill.month(STAGE, busy).listed > bill.month(STAGE, nothing).listed
