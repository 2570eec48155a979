"""The parts of a text: whoever divides it, and whatever a child that a file took over says of them."""

import json

import pytest
from chalicelib.documents.dividing import Divided, Part, divided, parts_of, to_json
from chalicelib.documents.extracted import Builder, Extracted, PageSpan
from chalicelib.documents.extracting import Bounds, File, _divided, extract_all
from chalicelib.documents.formats import Format
from chalicelib.errors import Unreadable

PROSE = "The harbour was repaired before the end of the season. Nobody came to see it, though. "
TEXT = Extracted("one two three four", (PageSpan(1, 0, 7), PageSpan(3, 8, 18)))


def a_book() -> Extracted:
    builder = Builder("A book")
    for chapter in range(4):
        builder.page(chapter + 1)
        builder.heading(f"Chapter {chapter}", 1)
        builder.paragraph(PROSE * 20)
        builder.heading("Figures", 2)
        builder.table([[f"{n}", f"{n * chapter}"] for n in range(120)], head=1)
    return builder.build()


def said(*parts: object, paths: object = ((),)) -> bytes:
    return json.dumps({"paths": paths, "parts": parts}).encode()


def test_parts_come_back_from_a_child_as_they_were() -> None:
    book = a_book()
    parts = parts_of(book)
    assert divided(book, to_json(parts)) == Divided(book.text, book.pages, book.title, book.headings,
                                                    book.tables, parts=tuple(parts))  # fmt: skip
    assert len({each.headings for each in parts}) > 8


def test_a_child_divides_what_it_reads_as_its_parent_would() -> None:
    marked = "\n\n".join(f"# Part {n}\n\n{PROSE * 9}\n\n- tiếng Việt\n- 東京の駅" for n in range(5)).encode()
    [found] = extract_all([File(marked, "a.md", Format.MARKDOWN)], Bounds())
    assert isinstance(found, Divided)
    assert list(found.parts) == parts_of(found)


def test_parts_that_can_be_so_are_believed() -> None:
    found = divided(
        TEXT, said([0, 3, 1, 1, "en"], [4, 7, 1, 0, None], [8, 18, 3, 0, "vi"], paths=[[], ["A"]])
    )
    assert isinstance(found, Divided)
    assert found.parts[0] == Part(0, 3, 1, ("A",), "en")
    assert found.parts[2].language == "vi"


@pytest.mark.parametrize(
    "told",
    [
        b"", b"[]", b"{}", b"[" * 100_000, said([0, 3]), said(None), said(paths=7),
        said([-1, 3, 1, 0, None]), said([0, 19, 1, 0, None]), said([3, 3, 1, 0, None]),
        said([0, 2.5, 1, 0, None]), said([False, 3, 1, 0, None]), said([0, 1e999, 1, 0, None]),
        said([4, 7, 1, 0, None], [0, 3, 1, 0, None]), said([0, 7, 1, 0, None], [0, 7, 1, 0, None]),
        said([0, 16, 1, 0, None], [0, 17, 1, 0, None], [0, 18, 1, 0, None]),
        said([0, 3, 2, 0, None]), said([0, 3, [], 0, None]), said([0, 3, 1, 1, None]),
        said([0, 3, 1, -1, None]), said([0, 3, 1, 0, "English' OR 1=1"]), said([0, 3, 1, 0, 7]),
        said([0, 3, 1, 0, None], paths=[["x" * 201]]), said([0, 3, 1, 0, None], paths=[["x"] * 21]),
        said([0, 3, 1, 0, None], paths=[[1]]), said([0, 3, 1, 0, None], paths=["x" * 21]),
    ],
)  # fmt: skip
def test_a_division_that_cannot_be_is_not_believed(told: bytes) -> None:
    assert divided(TEXT, told) is TEXT


def test_many_files_are_divided_by_children_and_each_fails_alone() -> None:
    files = [File(f"{PROSE}{n}".encode(), f"{n}.md", Format.MARKDOWN) for n in range(150)]
    files[70] = File(b"word " * 16_000_000, "large.txt", Format.TEXT)
    found = extract_all(files, Bounds(memory_bytes=200 * 1024 * 1024))
    assert isinstance(found[70], Unreadable)
    texts = [each.text for each in found if isinstance(each, Divided)]
    assert texts == [f"{PROSE}{n}" for n in range(150) if n != 70]


@pytest.mark.parametrize(
    ("size", "found"),
    [("all", b"{}"), (None, b"{}"), (1e999, b"{}"), (0, b"{}"), (0, b"[]"), (-9, b"7"), (2, b"{}{}")],
)
def test_a_child_that_a_file_took_over_fails_with_its_file_only(size: object, found: bytes) -> None:
    with pytest.raises(Unreadable, match=r"'a\.md' could not be read: its reader broke down"):
        _divided(File(b"", "a.md", Format.MARKDOWN), {"divided": size}, found)
