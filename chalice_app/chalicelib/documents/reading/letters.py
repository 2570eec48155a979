"""What mails have in common, in whatever file they are: who wrote to whom, and bodies that are web pages."""

from collections.abc import Iterable

from chalicelib.documents.extracted import Builder
from chalicelib.documents.reading import hypertext
from chalicelib.errors import NoText

DEEPEST = 3
"""Levels of mails within mails that are read."""


def add_heading(
    builder: Builder, subject: str | None, said: Iterable[tuple[str, str | None]], level: int
) -> None:
    """The subject, then a line each of who wrote to whom and when."""
    builder.heading(subject or "", level)
    builder.paragraph("\n".join(f"{name}: {value}" for name, value in said if value))


def add_page(builder: Builder, source: str, level: int) -> None:
    """A body in HTML, all of it, under the mail's heading."""
    page = Builder()
    try:
        tree = hypertext.parsed(source)
    except NoText:
        return
    hypertext.strip(tree)
    hypertext.read_into(page, tree)
    builder.include(page.build(), level)
