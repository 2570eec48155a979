"""A list, nested or not, as lines of text: items keep their marks; the deeper, the further in."""


class Listing:
    """Takes a list's beginnings, items, texts and ends in order; a line for each line of text."""

    def __init__(self) -> None:
        self._counters: list[int | None] = []
        self._marked = True
        self._lines: list[str] = []

    @property
    def open(self) -> bool:
        return bool(self._counters)

    def begin(self, first: int | None = None) -> None:
        """A list or one inside it; `first` is the number of the first item where they are numbered."""
        self._counters.append(first)

    def item(self) -> None:
        self._marked = False

    def text(self, text: str) -> None:
        """What an item holds: after its mark, or below what it already holds."""
        for line in text.split("\n"):
            inside = "  " * (len(self._counters) - 1)
            self._lines.append(f"{inside}{self._mark() if not self._marked else '  '}{line}")
            self._marked = True

    def end(self) -> str | None:
        """All of it once the outermost list ends."""
        self._counters.pop()
        self._marked = True
        if self._counters:
            return None
        text, self._lines = "\n".join(self._lines), []
        return text

    def _mark(self) -> str:
        number = self._counters[-1]
        if number is None:
            return "- "
        self._counters[-1] = number + 1
        return f"{number}. "
