"""What a plan says of changes: grouped by what becomes of things, and loud where data is lost."""

import pytest

from appsync.costs.bill import Bill
from appsync.deploying.changes import Action, Change, Replacement
from riffle.commands import plans


def change(
    action: Action, resource: str, kind: str, replacement: Replacement = "no", *properties: str
) -> Change:
    return Change(action, resource, kind, replacement, properties)


TABLE, FUNCTION = "AWS::DynamoDB::Table", "AWS::Lambda::Function"


def test_changes_are_grouped_by_what_becomes_of_things() -> None:
    found = plans.grouped([
        change("Modify", "Answer", FUNCTION, "no", "Code"),
        change("Remove", "Search", FUNCTION),
        change("Add", "Ingest", FUNCTION),
        change("Modify", "Layer", "AWS::Lambda::LayerVersion", "yes", "Content"),
        change("Modify", "Role", "AWS::IAM::Role", "conditional"),
        change("Import", "Documents", TABLE),
    ])  # fmt: skip
    assert [(title, [each.resource for each in these]) for title, these in found] == [
        ("Made", ["Ingest"]), ("Taken up", ["Documents"]), ("Changed", ["Answer"]),
        ("Perhaps replaced", ["Role"]), ("Replaced", ["Layer"]), ("Removed", ["Search"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("replacement", "sentence"),
    [
        ("yes", "Documents is replaced by an empty one, without its rows, since KeySchema changes"),
        (
            "conditional",
            "Documents may be replaced by an empty one, without its rows, since KeySchema changes",
        ),
    ],
)
def test_replacement_of_data_is_shouted(replacement: Replacement, sentence: str) -> None:
    assert list(plans.warnings([change("Modify", "Documents", TABLE, replacement, "KeySchema")])) == [
        sentence
    ]


@pytest.mark.parametrize(
    ("kind", "kept"),
    [(TABLE, "rows"), ("AWS::S3::Bucket", "files"), ("AWS::Cognito::UserPool", "accounts")],
)
def test_data_that_leaves_the_stack_is_shouted(kind: str, kept: str) -> None:
    (sentence,) = plans.warnings([change("Remove", "Thing", kind)])
    assert sentence == f"Thing leaves the stack with its {kept}; it stays, but nothing uses it any more"


def test_what_holds_no_data_or_keeps_it_is_no_warning() -> None:
    harmless = [
        change("Modify", "Layer", "AWS::Lambda::LayerVersion", "yes"),
        change("Modify", "Documents", TABLE, "no", "Tags"),
        change("Add", "Answers", TABLE),
    ]
    assert list(plans.warnings(harmless)) == []


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("AWS::AppSync::DomainName", "[bold red]Replaced (1)[/bold red]"),
     ("AWS::Lambda::LayerVersion", "[bold]Replaced (1)[/bold]")],
)  # fmt: skip
def test_what_gets_another_in_its_place_stands_under_a_red_heading(kind: str, shown: str) -> None:
    assert plans.heading("Replaced", [change("Modify", "Thing", kind, "yes", "Content")]) == shown


def test_cost_is_one_sentence_with_the_model() -> None:
    (sentence,) = plans.cost_lines(Bill(()), Bill(()), "amazon.nova-lite-v1:0")
    assert sentence == (
        "Idle it costs about $0.00 a month ($0.00 beyond AWS's free amounts), and $0.00 per thousand "
        "questions to amazon.nova-lite-v1:0, by the list prices of us-east-1; `riffle cost` has the details."
    )
