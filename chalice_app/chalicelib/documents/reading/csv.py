"""Tables as text: cells divided by commas, semicolons, tabs or bars, whichever most lines agree on."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading.sheets import dense, sample
from chalicelib.documents.reading.tables import head_of
from chalicelib.documents.reading.text import decoded

_DELIMITERS = ",;\t|"
_SAMPLE = 64 * 1024
_LOOKED_AT = 20


def read(data: bytes) -> Extracted:
    rows = dense(_rows(decoded(data)))
    builder = Builder()
    builder.table(rows, head_of(sample(rows)))
    return builder.build()


def _rows(text: str) -> Iterator[list[str]]:
    """A quote that never closes takes in what follows, so a cell may be as long as the file."""
    csv.field_size_limit(max(len(text), 1))
    for row in csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=_delimiter(text)):
        yield [cell.strip() for cell in row]


def _delimiter(text: str) -> str:
    """The one that most lines have equally often, more than never."""
    lines = text[:_SAMPLE].splitlines()[:_LOOKED_AT]
    return max(_DELIMITERS, key=lambda each: _agreement(lines, each))


def _agreement(lines: list[str], delimiter: str) -> int:
    counts = Counter(filter(None, (line.count(delimiter) for line in lines)))
    return next(islice((lines for _, lines in counts.most_common(1)), 1), 0)
