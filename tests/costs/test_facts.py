"""What the calculator takes for granted is what the product and the template say."""

import ast
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chalicelib.answering.choosing import TOKENS, tokens
from chalicelib.answering.coalescing import INTERVAL
from chalicelib.answering.delivering import Pace
from chalicelib.answering.understanding import _ANSWER_CHARS, TURNS, prompt_for
from chalicelib.models.bedrock import REGIONS
from chalicelib.records import (
    Answer,
    AnswerEvent,
    AnswerStatus,
    Citation,
    Document,
    DocumentStatus,
    Passage,
    Ranking,
    Usage,
)
from chalicelib.retrieval.index.passages import KEPT
from chalicelib.stores.answer_rows import encode, to_row
from chalicelib.stores.document_rows import to_row as document_row
from chalicelib.wire import to_wire

from appsync.costs import asking, facts, prices
from appsync.costs.workload import Workload
from appsync.packaging import TEMPLATE, read
from tests.conftest import ROOT

SUB = "0" * 8 + "-1111-2222-3333-" + "4" * 12
NOW = datetime(2026, 1, 2, tzinfo=UTC)
USAGE = Usage(2_200, 400, "amazon.nova-lite-v1:0", False, 120, 4_600, 380, 0.000228)
PASSAGE = Passage(
    f"{SUB}.1.12", SUB, "annual-report-2025.pdf", 1, "", 120_000, 120_800, 14, 0.0321,
    ("Report", "Revenue"), "en",
    Ranking(0.612345678, 3, 12.34567890, 2, 0.87654321, 2),
)  # fmt: skip
ANSWER = Answer(
    SUB,
    SUB,
    SUB,
    "",
    AnswerStatus.COMPLETE,
    NOW,
    NOW,
    usage=USAGE,
    attempt=1,
    queries=("q" * 80,),
    last_seq=83,
    model=USAGE.model,
)


def resources(kind: str) -> dict[str, Any]:
    found: Any = read(TEMPLATE)["Resources"]
    return {name: each for name, each in found.items() if each["Type"] == kind}


def item_bytes(row: dict[str, Any]) -> int:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    return sum(len(name) + len(str(next(iter(value.values())))) for name, value in encode(row).items())


def test_the_paces_are_those_of_the_worker() -> None:
    assert facts.PUBLISH_SECONDS == INTERVAL == Pace().publish
    assert Pace().save == facts.SAVE_SECONDS


def test_as_many_passages_are_reckoned_as_fill_the_prompt() -> None:
    passage = tokens("x" * Workload().passage_chars)
    assert TOKENS - passage < Workload().passages * passage <= TOKENS


def test_maintain_runs_as_often_as_the_template_says() -> None:
    schedules = resources("AWS::Scheduler::Schedule")
    rates = {name: each["Properties"]["ScheduleExpression"] for name, each in schedules.items()}
    assert rates == {
        "MaintainSchedule": f"rate({facts.MAINTAIN_SECONDS // 60} minutes)",
        "CompareSchedule": f"rate({facts.COMPARE_SECONDS // 86_400} day)",
    }


def test_versions_of_the_index_stay_for_as_many_runs_as_reckoned() -> None:
    assert KEPT.total_seconds() / facts.MAINTAIN_SECONDS + 1 == facts.TENDED_RUNS


def test_open_rows_have_an_index_of_keys_in_as_many_tables_as_are_read() -> None:
    indexes = [
        index
        for table in resources("AWS::DynamoDB::Table").values()
        for index in table["Properties"].get("GlobalSecondaryIndexes", ())
        if index["IndexName"] == "byOpen"
    ]
    assert len(indexes) == facts.OPEN_INDEXES
    assert {each["Projection"]["ProjectionType"] for each in indexes} == {"KEYS_ONLY"}


def test_both_queues_are_polled_by_mappings_with_a_maximum_concurrency() -> None:
    mappings = resources("AWS::Lambda::EventSourceMapping")
    assert len(mappings) == facts.QUEUES
    assert all("MaximumConcurrency" in each["Properties"]["ScalingConfig"] for each in mappings.values())


def test_an_answers_row_is_written_as_often_as_there_are_indexes_with_all_of_it() -> None:
    table = resources("AWS::DynamoDB::Table")["AnswersTable"]["Properties"]
    indexes = [*table["LocalSecondaryIndexes"], *table["GlobalSecondaryIndexes"]]
    whole = [each for each in indexes if each["Projection"]["ProjectionType"] == "ALL"]
    assert 1 + len(whole) == facts.ROW_COPIES
    assert 1 + len(table["LocalSecondaryIndexes"]) == facts.RECOVERED_COPIES
    assert {each["IndexName"] for each in indexes if each not in whole} == {"byId", "byOpen"}


def test_a_follow_ups_prompt_is_as_long_as_reckoned() -> None:
    assert (facts.UNDERSTAND_TURNS, facts.UNDERSTAND_CHARS) == (TURNS, _ANSWER_CHARS)
    work = Workload(history=3)
    said = replace(ANSWER, question="q" * work.question_chars, text="a" * 2_000)
    prompt = prompt_for("q" * work.question_chars, [said] * work.history, 1)
    characters = len(prompt.system) + sum(len(each.text) for each in prompt.messages)
    assert abs(asking.understood_tokens(work) / (characters / facts.CHARS_PER_TOKEN) - 1) < 0.1


def test_as_many_roles_use_tables_as_ask_for_their_keys() -> None:
    """`maintain` is reckoned with what idles."""
    pairs = {
        (role, table)
        for role, each in resources("AWS::IAM::Role").items()
        for table in ("DocumentsTable", "AnswersTable", "ConversationsTable")
        if f"{table}.Arn" in json.dumps(each, default=str) or f'"{table}"' in json.dumps(each, default=str)
    }
    assert len([role for role, _ in pairs if role != "MaintainRole"]) == facts.KEY_USERS


def calls(name: str) -> list[ast.Call]:
    """Calls of a function in app.py."""
    found = ast.walk(ast.parse((ROOT / "chalice_app/app.py").read_text()))
    return [each for each in found if isinstance(each, ast.Call) and ast.unparse(each.func) == name]


def test_the_functions_publish_as_many_metrics_as_are_charged() -> None:
    """Each series is charged: a cold start for each function, counts, and two for each kind of message."""
    counted = {each.arg for call in calls("_count") for each in call.keywords if each.arg}
    messages = {ast.unparse(call.args[0]) for call in calls("_counted")}
    starts = len(calls("metrics.log_metrics"))
    assert counted == {"Maintenance", "Fields", "FailedFields"}
    assert len(counted) + 2 * len(messages) + starts == facts.METRICS
    assert len({"Maintenance", "ColdStart"}) == facts.METRICS_IDLE
    daily = [
        ast.literal_eval(call.args[0]) for call in calls("metrics.add_metric") if "Index" in ast.unparse(call)
    ]
    assert len(daily) == facts.METRICS_DAILY


def test_a_row_is_as_large_as_reckoned() -> None:
    row = to_row(ANSWER) | {"leaseUntil": "2026-01-02T00:00:00.000000+00:00"}
    assert abs(item_bytes(row) / facts.ANSWER_BYTES - 1) < 0.1
    document = Document(SUB[:26], SUB, "default", "annual-report.pdf", DocumentStatus.READY, 1, NOW, NOW,
                        "application/pdf", 200_000, None, 12, 25, 1.0)  # fmt: skip
    assert abs(item_bytes(document_row(document)) / facts.DOCUMENT_BYTES - 1) < 0.25


def test_events_and_citations_are_as_large_as_reckoned() -> None:
    event = AnswerEvent(SUB, SUB, 40, 1, AnswerStatus.STREAMING, 800, "")
    citation = Citation(1, PASSAGE, None)
    assert abs(len(json.dumps(to_wire(event))) / facts.EVENT_BYTES - 1) < 0.15
    assert abs(len(json.dumps(to_wire(citation))) / facts.CITATION_BYTES - 1) < 0.15
    assert item_bytes(to_row(replace(ANSWER, citations=(citation,)))) > facts.ANSWER_BYTES + 200


def test_profiles_name_the_regions_that_the_product_knows() -> None:
    assert set(REGIONS) == prices.REGIONS
