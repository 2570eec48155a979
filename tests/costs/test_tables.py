"""The tables of docs/cost.md: up to date, and told when they are not."""

from pathlib import Path

import pytest

from appsync import pages
from appsync.costs import __main__ as command
from appsync.costs.tables import TABLES, money
from tests.conftest import ROOT


def test_the_tables_of_the_page_are_those_of_the_calculator() -> None:
    assert command.PAGE == ROOT / "docs/cost.md"
    assert command.main(["--check"]) == 0


def test_a_changed_figure_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "cost.md"
    page.write_text(command.PAGE.read_text().replace("0.5256", "0.5257"))
    monkeypatch.setattr(command, "PAGE", page)
    assert command.main(["--check"]) == 1
    assert command.main(["--write"]) == 0
    assert command.main(["--check"]) == 0


def test_a_page_without_a_place_for_a_table_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "cost.md"
    page.write_text("nothing here")
    with pytest.raises(ValueError, match=r"cost\.md has no place for 'dates'"):
        pages.updated(page, TABLES)


def test_every_table_has_rows_of_one_width() -> None:
    for name, table in TABLES.items():
        widths = {line.count(" | ") for line in table().splitlines() if line.startswith("|")}
        assert len(widths) <= 1, name


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.00"), (1234.5, "1,234.50"), (0.012345, "0.01235"), (0.5, "0.5")]
)
def test_money_has_the_digits_that_say_something(value: float, text: str) -> None:
    assert money(value) == text
