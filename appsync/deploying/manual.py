"""The tables of docs/deploy.md: costs, parameters of the template, sizes of the layers, quotas to ask for.

`python -m appsync.deploying.manual --check` or `--write`.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from appsync import pages
from appsync.costs import bill
from appsync.costs.deployment import Deployment
from appsync.deploying.stages import DECIDED_HERE
from appsync.layers import limits
from appsync.layers.targets import LAYERS, LAYERS_OF, Target
from appsync.packaging import TEMPLATE
from appsync.packaging import read as read_template

PAGE = TEMPLATE.parent.parent / "docs/deploy.md"
LOAD = PAGE.with_name("scaling.md")
LISTED = 1_000_000  # bytes from which a package has a row of its own
FEW = 8  # so many allowed values are told one by one


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (headers, ["---"] * len(headers), *rows))


def parameters() -> str:
    """What a stage may set, with the template's own words."""
    declared: Mapping[str, Any] = read_template(TEMPLATE)["Parameters"]  # type: ignore[assignment]  # JSON
    rows = (
        (f"`{name}`", _default(each), _allowed(each), _escaped(each["Description"]))
        for name, each in declared.items()
        if name not in DECIDED_HERE
    )
    return table(("parameter", "default", "allowed", "what it is"), rows)


def _default(declared: Mapping[str, Any]) -> str:
    value = str(declared["Default"])
    return f"`{value}`" if value else "empty"


def _allowed(declared: Mapping[str, Any]) -> str:
    if values := declared.get("AllowedValues"):
        shown = [str(value) for value in values]
        return (
            ", ".join(shown) if len(shown) <= FEW else f"{shown[0]} to {shown[-1]}, as CloudWatch Logs has it"
        )
    if declared["Type"] == "Number":
        low, high = declared["MinValue"], declared.get("MaxValue")
        return f"from {low:,}" if high is None else f"{low:,} to {high:,}"
    return "text"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def costs() -> str:
    """Of the stage `dev`, by the calculator that docs/cost.md explains."""
    stage = Deployment.of()
    idle, questions = bill.idle(stage), bill.per_thousand_questions(stage)
    documents = bill.per_thousand_documents(stage)
    rows = (
        ("a month in which nobody comes", idle.listed, idle.charged),
        ("a thousand questions", questions.listed, questions.charged),
        ("a thousand documents of 20,000 characters", documents.listed, documents.charged),
    )
    shown = ((what, f"{listed:.2f}", f"{charged:.2f}") for what, listed, charged in rows)
    return table(("what", "USD by the list", "beyond AWS's free amounts"), shown)


def quotas() -> str:
    """What the load model says to ask for; a short form of its own table."""
    made = LOAD.read_text("utf-8").partition("<!-- asked -->")[2].partition("<!-- /asked -->")[0]
    _, _, *rows = made.strip().splitlines()
    cells = ([cell.strip() for cell in row.split("|")[1:-1]] for row in rows)
    shown = ((name, ten, thousand, most) for name, ten, thousand, _, most in cells)
    return table(("quota", "10 people", "1,000 people", "100,000 people"), shown)


def functions() -> str:
    """Unzipped layers by function, for both processors."""
    rows = (
        (f"`{name}`", " + ".join(layers), *(_megabytes(_of(layers, each)) for each in ("x86_64", "arm64")))
        for name, layers in LAYERS_OF.items()
    )
    return table(("function", "layers", "MB on x86_64", "MB on arm64"), rows)


def _of(layers: Iterable[str], architecture: str) -> int:
    return sum(sum(_sizes(layer, architecture).values()) for layer in layers)


def _sizes(layer: str, architecture: str) -> Mapping[str, int]:
    return limits.reference()[f"{layer}-{Target().python}-{architecture}"]


def packages() -> str:
    """The largest packages of each layer on x86_64, and what the others take together."""
    rows = (row for layer in LAYERS for row in _packages(layer))
    return table(("layer", "package", "MB"), rows)


def _packages(layer: str) -> Iterator[Sequence[str]]:
    sizes = _sizes(layer, "x86_64")
    large = {name: size for name, size in sizes.items() if size >= LISTED}
    small = [size for name, size in sizes.items() if name not in large]
    for name, size in sorted(large.items(), key=lambda each: -each[1]):
        yield layer, name, _megabytes(size)
    yield layer, f"{len(small)} others", _megabytes(sum(small))
    yield f"**{layer}**", "**all**", f"**{_megabytes(sum(sizes.values()))}**"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}"


TABLES: pages.Tables = {
    "costs": costs, "parameters": parameters, "functions": functions, "packages": packages, "quotas": quotas,
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    return pages.main(PAGE, TABLES, arguments)


if __name__ == "__main__":
    sys.exit(main())
