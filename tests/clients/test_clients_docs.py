"""The manual shows code that these tests run, not code that resembles it."""

import re
import textwrap

import pytest

from tests.conftest import ROOT

MANUAL = (ROOT / "docs/appsync-clients.md").read_text()
NAMED = re.compile(r"^`(?P<path>tests/\S+)`|^```\w+\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def excerpts() -> list[tuple[str, str]]:
    """Every block of code, with the file that was last named before it."""
    path, found = "", []
    for match in NAMED.finditer(MANUAL):
        if match["path"]:
            path = match["path"]
        else:
            found.append((path, match["code"]))
    return found


def test_the_manual_shows_every_client() -> None:
    assert len(excerpts()) == len(re.findall(r"^```\w", MANUAL, re.MULTILINE)) == 7


@pytest.mark.parametrize(("path", "code"), excerpts())
def test_code_in_the_manual_is_an_excerpt_of_what_is_tested(path: str, code: str) -> None:
    source = (ROOT / path).read_text()
    assert code in source or textwrap.indent(code, "    ") in source
