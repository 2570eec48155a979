"""What is written in the figures of Office documents: charts as tables of their values, diagrams as lists."""

from collections.abc import Iterator
from itertools import zip_longest

from lxml import etree

from chalicelib.documents.extracted import Builder
from chalicelib.documents.reading.markup import Element, local, parsed

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DRAWN = {
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart": f"{_RELATION}id",
    "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds": f"{_RELATION}dm",
}
"""What stands for a chart or diagram, and its attribute that names the part."""

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_PARAGRAPH = "{http://schemas.openxmlformats.org/drawingml/2006/main}p"
_MOST_POINTS = 10_000
_PRECISE = 15
"""Digits beyond which a number is not what somebody typed."""


def add(builder: Builder, part: bytes) -> None:
    """A chart or the data of a diagram, whose other parts say how it looks. What is broken is left out."""
    try:
        root = parsed(part)
    except etree.XMLSyntaxError:
        return
    builder.paragraph("\n".join(_paragraphs(root)))
    if local(root) == "chartSpace":
        builder.table(list(_columns(root)), head=1)


def remarks(part: bytes) -> list[str]:
    """The texts of a slide's or sheet's comments. There are two forms: plain, and in paragraphs."""
    try:
        root = parsed(part)
    except etree.XMLSyntaxError:
        return []
    plain = [each.text for each in root.iter("{*}text") if each.text and each.text.strip()]
    return plain or list(_paragraphs(root))


def lines(part: bytes) -> Iterator[str]:
    """What is written in the boxes of a drawing."""
    yield from _paragraphs(parsed(part, forgiving=True))


def _paragraphs(root: Element) -> Iterator[str]:
    """Titles of a chart, items of a diagram."""
    for paragraph in root.iter(_PARAGRAPH):
        text = "".join(each.text or "" for each in paragraph.iter(_TEXT)).strip()
        if text:
            yield text


def _columns(root: Element) -> Iterator[tuple[str, ...]]:
    """The names of the series over their values, beside what these are values of."""
    series = list(root.iter(f"{_CHART}ser"))
    if not series:
        return
    names = [" ".join(_values(each, "tx")) for each in series]
    yield "", *names
    beside = _values(series[0], "cat") or _values(series[0], "xVal")
    yield from zip_longest(beside, *(_values(each, "val") or _values(each, "yVal") for each in series),
                           fillvalue="")  # fmt: skip


def _values(series: Element, name: str) -> list[str]:
    """At the places that they say."""
    points = {_index(each): _shown(each.findtext(f"{_CHART}v") or "") for each in series.iterfind(
        f"{_CHART}{name}//{_CHART}pt")}  # fmt: skip
    last = min(max(points, default=-1), _MOST_POINTS)
    return [points.get(at, "") for at in range(last + 1)]


def _index(point: Element) -> int:
    said = point.get("idx") or "0"
    return int(said) if said.isdecimal() else 0


def _shown(value: str) -> str:
    """Numbers as they were typed, which are stored to the last bit."""
    try:
        return f"{float(value):.15g}" if len(value) > _PRECISE else value
    except ValueError:
        return value
