"""`riffle cost`: what a stage costs, by a dated table of list prices. No account is needed, and none asked.

The calculator is imported when it runs: it reads the files that deploy, so it needs the checkout.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from riffle.commands.appsync import pairs
from riffle.commands.console import say, write, write_table
from riffle.errors import RiffleError

if TYPE_CHECKING:
    from appsync.costs.bill import Bill, Line
    from appsync.costs.deployment import Deployment
    from appsync.costs.workload import Workload

type Bills = dict[str, Bill]


class NotReckoned(RiffleError):
    """There is no price for something, or no deployment's files to read."""


MANY = 1_000_000
"""Of anything that one person does in a month."""


def cost(
    stage: Annotated[str, typer.Option(help="Whose settings: models, memory, alarms.")] = "dev",
    parameter: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Of the template, SnapStart=on say; repeatable."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Another chat model than the stage's.")] = None,
    users: Annotated[
        int, typer.Option(min=0, max=1_000 * MANY, help="People who sign in during a month.")
    ] = 100,
    questions: Annotated[int, typer.Option(min=0, max=MANY, help="By each of them.")] = 100,
    documents: Annotated[int, typer.Option(min=0, max=MANY, help="Added by each of them.")] = 10,
    stored: Annotated[int, typer.Option(min=0, max=MANY, help="Documents of each, all in all.")] = 50,
    answers: Annotated[int, typer.Option(min=0, max=MANY, help="Stored answers of each, all in all.")] = 500,
    searches: Annotated[int, typer.Option(min=0, max=MANY, help="By each, besides the questions.")] = 20,
    messages: Annotated[int, typer.Option(min=0, max=MANY, help="To channels, by each, over Events.")] = 0,
    answer_tokens: Annotated[int, typer.Option(min=1, max=100_000, help="Of an answer.")] = 400,
    tokens_per_second: Annotated[float, typer.Option(min=1, max=10_000, help="The model's pace.")] = 100.0,
    passages: Annotated[int, typer.Option(min=0, max=50, help="Of a prompt.")] = 12,
    passage_chars: Annotated[int, typer.Option(min=1, max=8_000, help="Of a passage.")] = 800,
    cited: Annotated[int, typer.Option(min=0, max=50, help="Passages that an answer cites.")] = 3,
    history: Annotated[
        int, typer.Option(min=0, max=4, help="Earlier turns of a question's conversation.")
    ] = 2,
    question_chars: Annotated[int, typer.Option(min=1, max=8_000, help="Of a question.")] = 80,
    subscribers: Annotated[
        int, typer.Option(min=0, max=10_000, help="Open pages that follow an answer.")
    ] = 1,
    reads: Annotated[int, typer.Option(min=0, max=1_000, help="Queries of a page, a question.")] = 4,
    minutes: Annotated[
        float, typer.Option(min=0, max=43_800, help="A page stays connected, a question.")
    ] = 3.0,
    document_chars: Annotated[
        int, typer.Option(min=1, max=20_000_000, help="Of a document's text.")
    ] = 20_000,
    document_bytes: Annotated[
        int, typer.Option(min=1, max=52_428_800, help="Of a document's file.")
    ] = 200_000,
    scans: Annotated[int, typer.Option(min=0, max=200, help="Pages of a document that OcrModel reads.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Print what each figure is made of.")] = False,
) -> None:
    """Say what a stage costs: idle, per thousand questions and documents, and in such a month.

    US dollars by AWS's list prices in us-east-1, before taxes; other regions have their own. Works offline.
    """
    with reckoning():
        from appsync.costs.workload import Workload

        work = Workload(
            users=users, questions=questions, documents=documents, stored=stored, answers=answers,
            searches=searches, messages=messages, answer_tokens=answer_tokens, passages=passages,
            tokens_per_second=tokens_per_second, subscribers=subscribers, minutes=minutes,
            document_chars=document_chars, document_bytes=document_bytes, scans=scans, cited=cited,
            passage_chars=passage_chars, history=history, question_chars=question_chars, reads=reads,
        )  # fmt: skip
        deployment = described(stage, {**pairs(parameter), **({} if model is None else {"ChatModel": model})})
        found = bills(deployment, work)
    if deployment.settings != stage:
        say(f"The stage {stage} is not described: these are the settings of {deployment.settings}.")
    if as_json:
        write(json.dumps(as_data(found, deployment, work), indent=2) + "\n")
    elif explain:
        show_lines(found)
    else:
        show_services(found)


def described(stage: str, parameters: "Mapping[str, str]") -> "Deployment":
    """The same as `riffle deploy` would make, by the same checks. Raises BadStage."""
    from appsync.costs.deployment import APP, Deployment
    from appsync.deploying import stages

    checked = stages.read(APP, stage, parameters)
    return Deployment.of(checked.name, checked.parameters)


@contextmanager
def reckoning() -> Iterator[None]:
    try:
        from appsync.costs.prices import NoPrice
        from appsync.deploying.errors import BadStage
    except ModuleNotFoundError as error:
        raise NotReckoned(f"This command needs more than the client ({error.name}).") from error
    try:
        yield
    except (BadStage, NoPrice) as error:
        raise NotReckoned(str(error)) from error
    except FileNotFoundError as error:
        raise NotReckoned(f"{error.filename} is not there: run this from Riffle's checkout.") from error


def bills(stage: "Deployment", work: "Workload") -> "Bills":
    from appsync.costs import bill

    return {
        "idle, a month": bill.idle(stage),
        "1,000 questions": bill.per_thousand_questions(stage, work),
        "1,000 documents": bill.per_thousand_documents(stage, work),
        "such a month": bill.month(stage, work),
    }


def show_services(found: "Bills") -> None:
    """A row for each service; the months twice, by the list and beyond what is free."""
    services = sorted({service for each in found.values() for service in each.by_service()})
    headers = [
        "US dollars",
        "idle",
        "idle, charged",
        "1,000 questions",
        "1,000 documents",
        "month",
        "charged",
    ]
    rows = [[service, *cells([each.of(service) for each in found.values()])] for service in services]
    write_table(headers, [*rows, ["total", *cells(list(found.values()))]])
    say(remark())


def cells(of: "list[Bill]") -> list[str]:
    idle, questions, documents, month = of
    values = (idle.listed, idle.charged, questions.listed, documents.listed, month.listed, month.charged)
    return [money(value) for value in values]


def money(value: float) -> str:
    return f"{value:,.2f}" if round(value, 2) or not value else f"{value:.4f}"


def remark() -> str:
    from appsync.costs.prices import models, services

    table = services()
    return (
        f"List prices in {table.region}, and other regions have their own: services as of {table.as_of}, "
        f"models as of {models().as_of}. "
        "Charged is what exceeds the free amounts of every month, if nothing else in the account uses them; "
        "free amounts of a first year or credits are not taken off."
    )


def show_lines(found: "Bills") -> None:
    rows = [
        (title, line.price.service, use.why, f"{use.amount:,.6g}", line.price.unit,
         f"{use.amount * line.price.each:.6f}")
        for title, each in found.items()
        for line in each.lines
        for use in line.uses
    ]  # fmt: skip
    write_table(["", "service", "what for", "amount", "of", "US dollars"], rows)
    say(remark())


def as_data(found: "Bills", stage: "Deployment", work: "Workload") -> dict[str, object]:
    from appsync.costs.prices import models, services

    return {
        "region": services().region,
        "servicesAsOf": services().as_of,
        "modelsAsOf": models().as_of,
        "stage": asdict(stage),
        "workload": asdict(work),
        "bills": {
            title: {"listed": each.listed, "charged": each.charged, "lines": list(map(line_data, each.lines))}
            for title, each in found.items()
        },
    }


def line_data(line: "Line") -> dict[str, object]:
    return {
        "item": line.item, "service": line.price.service, "unit": line.price.unit, "amount": line.amount,
        "listed": line.listed, "charged": line.charged, "page": line.price.page,
        "checked": line.price.checked, "seen": line.price.seen,
    }  # fmt: skip
