"""What is ingested and asked: this project's own documentation, so that the benchmarks need no data."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).parent.parent
PIECE_CHARS = 3_000

QUESTIONS = (
    "Which process listens on port 8000?",
    "What does the launcher do with the other processes?",
    "Where is the extracted text of a document kept?",
    "Who owns the channels below user?",
    "How often is the text of an answer saved at most?",
    "What does the attempt of an answer count?",
    "What happens to an event whose offset is beyond the text?",
    "Which expected shape does the Lambda resolver return?",
    "What does the answer queue carry?",
    "Which table holds the title of a conversation?",
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A document to ingest."""

    name: str
    text: str


def pieces(count: int) -> list[Piece]:
    """So many Markdown documents of about one printed page each; the texts recur, the names do not."""
    texts = islice(cycle(list(_texts())), count)
    return [Piece(f"page-{number:03}.md", f"Page {number}\n\n{text}") for number, text in enumerate(texts)]


def _texts() -> Iterator[str]:
    for path in sorted((ROOT / "docs").rglob("*.md")):
        text = path.read_text("utf-8")
        yield from (text[start : start + PIECE_CHARS] for start in range(0, len(text), PIECE_CHARS))
