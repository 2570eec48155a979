"""What formats that do not say so leave to be guessed of a table: whether its first row names the columns."""

from collections.abc import Sequence

_LONGEST_NAME = 60


def head_of(rows: Sequence[Sequence[str]]) -> int:
    """How many rows are the head: one if all its cells are short, different and no numbers, else none."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return 0
    names = [cell.strip() for cell in rows[0]]
    return int(len(set(names)) == len(names) and all(map(_names, names)))


def _names(cell: str) -> bool:
    """Short, more letters than digits, and not the name of the cell beside it."""
    letters, digits = sum(map(str.isalpha, cell)), sum(map(str.isdigit, cell))
    return 0 < len(cell) <= _LONGEST_NAME and letters > digits and not cell.endswith(":")
