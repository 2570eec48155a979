"""The tables of docs/cost.md, made by the calculator."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from appsync.costs import bill, transport
from appsync.costs.bill import Bill
from appsync.costs.deployment import Deployment
from appsync.costs.prices import models, services
from appsync.costs.workload import Workload

MODELS = (
    "amazon.nova-micro-v1:0", "amazon.nova-lite-v1:0", "amazon.nova-pro-v1:0",
    "anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic.claude-opus-4-5-20251101-v1:0",
)  # fmt: skip
PACES = (25.0, 50.0, 100.0, 200.0, 400.0)
CHECKED = {
    "page": "AWS's page", "list": "AWS's price list, quoted", "elsewhere": "quoted elsewhere",
    "no": "not confirmed",
}  # fmt: skip


def markdown(headers: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    ruler = ["---", *["---:"] * (len(headers) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (headers, ruler, *rows))


def money(value: float) -> str:
    """Dollars, with as many digits as say something."""
    return f"{value:,.2f}" if value >= 1 or not value else f"{value:.4g}"


def idle() -> str:
    """What an idle month uses, and what of it exceeds the free amounts."""
    found = bill.idle(Deployment.of())
    rows = [
        (
            use.why,
            line.price.service,
            f"{use.amount:,.6g} × {line.price.unit}",
            money(use.amount * line.price.each),
        )
        for line in found.lines
        for use in line.uses
        if use.amount
    ]
    total = ("**by the list**", "", "", f"**{money(found.listed)}**")
    charged = ("**beyond what is free every month**", "", "", f"**{money(found.charged)}**")
    return markdown(("what for", "service", "amount", "USD"), iter([*rows, total, charged]))


def options() -> str:
    """What each choice adds to an idle month."""
    plain = bill.idle(Deployment.of())
    choices: Mapping[str, Mapping[str, str]] = {
        "as it is": {},
        "AlarmEmail given": {"AlarmEmail": "someone@example.com"},
        "SnapStart on": {"SnapStart": "on"},
    }
    rows = (_option(name, given, plain) for name, given in choices.items())
    return markdown(("idle month", "USD by the list", "charged", "more than as it is, charged"), rows)


def _option(name: str, given: Mapping[str, str], plain: Bill) -> Sequence[str]:
    found = bill.idle(Deployment.of(given=given))
    return (name, money(found.listed), money(found.charged), money(found.charged - plain.charged))


def thousand_questions() -> str:
    stage = Deployment.of()
    names = sorted(bill.per_thousand_questions(stage).by_service(), key=lambda name: name != "AppSync")
    rows = (
        _by_service(model, bill.per_thousand_questions(replace(stage, chat_model=model)), names)
        for model in MODELS
    )
    return markdown(("1,000 questions, USD", *names, "all"), rows)


def thousand_documents() -> str:
    stage, sizes = Deployment.of(), (2_000, 20_000, 200_000)
    bills = [bill.per_thousand_documents(stage, Workload(document_chars=size)) for size in sizes]
    names = sorted(bills[0].by_service())
    rows = (
        _by_service(f"{size:,} characters each", made, names) for size, made in zip(sizes, bills, strict=True)
    )
    return markdown(("1,000 documents, USD", *names, "all"), rows)


def _by_service(title: str, made: Bill, names: Sequence[str]) -> Sequence[str]:
    return (title, *(money(made.of(name).listed) for name in names), money(made.listed))


def streamed() -> str:
    """An answer of 400 tokens at each pace, token by token and coalesced."""
    rows = (_streamed(pace) for pace in PACES)
    headers = (
        "tokens/s", "publishes: token by token", "ours", "USD of 1,000 answers: token by token", "ours",
        "times less",
    )  # fmt: skip
    return markdown(headers, rows)


def _streamed(pace: float) -> Sequence[str]:
    work = transport.at_pace(Workload(), pace)
    found = transport.streamed(MODELS[0], work)
    return (
        f"{pace:.0f}", str(work.answer_tokens + 2), str(found.publishes),
        money(found.by_token * 1_000), money(found.coalesced * 1_000), f"{found.saved:.1f}",
    )  # fmt: skip


def ratios() -> str:
    """Transport over the model's price of the same tokens, at 100 tokens a second."""
    rows = (_ratio(model) for model in MODELS)
    headers = ("model", "USD of 1,000 answers' tokens", "transport, token by token", "transport, ours")
    return markdown(headers, rows)


def _ratio(model: str) -> Sequence[str]:
    found = transport.streamed(model, Workload())
    parts = (found.by_token_ratio, found.coalesced_ratio)
    return (model, money(found.written * 1_000), *(f"{part:,.2f} ×" for part in parts))


def months() -> str:
    """The bill of a month for a few sizes, by what grows with it."""
    rows = (_month(users) for users in (10, 100, 1_000, 10_000))
    headers = (
        "users, 100 questions each",
        "AppSync",
        "Bedrock",
        "DynamoDB",
        "rest",
        "all",
        "of it upkeep, by the list",
    )
    return markdown(headers, rows)


def _month(users: int) -> Sequence[str]:
    found = bill.month(Deployment.of(), Workload(users=users))
    named = [found.of(name).charged for name in ("AppSync", "Bedrock", "DynamoDB")]
    upkeep = sum(
        use.amount * line.price.each for line in found.lines for use in line.uses if "maintain" in use.why
    )
    figures = (*named, found.charged - sum(named), found.charged, upkeep)
    return (f"{users:,}", *map(money, figures))


def prices() -> str:
    rows = (
        (each.service, each.unit, f"{each.usd:g}", f"{each.per:,}", f"{each.free:,}" if each.free else "–",
         f"[{CHECKED[each.checked]}]({each.page}){each.seen and f' {each.seen}'}")
        for each in services().prices.values()
    )  # fmt: skip
    return markdown(("service", "unit", "USD", "for", "free every month", "confirmed by"), rows)


def dates() -> str:
    return f"Services as of {services().as_of}, models as of {models().as_of}, both in {services().region}."


TABLES: Mapping[str, Callable[[], str]] = {
    "dates": dates, "idle": idle, "options": options, "questions": thousand_questions,
    "documents": thousand_documents, "streamed": streamed, "ratios": ratios, "months": months,
    "prices": prices,
}  # fmt: skip
