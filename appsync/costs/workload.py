"""How people use a deployment: what a bill depends on besides the stage."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workload:
    """A month. Sizes of text are in characters of one byte; every field is an option of `riffle cost`."""

    users: int = 100
    """People who sign in during the month."""
    questions: int = 100
    """By each of them."""
    documents: int = 10
    """Added by each of them in the month."""
    stored: int = 50
    """Documents that each has stored all in all."""
    answers: int = 500
    """Answers of each that are stored all in all."""
    answer_tokens: int = 400
    """That the model writes for an answer."""
    tokens_per_second: float = 100.0
    """At which it writes."""
    passages: int = 12
    """Of the prompt."""
    passage_chars: int = 800
    cited: int = 3
    """Different passages that an answer cites."""
    history: int = 2
    """Earlier turns of the conversation that the prompt repeats."""
    question_chars: int = 80
    subscribers: int = 1
    """Open pages that receive an answer as it is written."""
    reads: int = 4
    """Queries that a page makes around a question: its conversation, the list at the side, a source."""
    minutes: float = 3.0
    """For which the page stays connected, for each question."""
    document_chars: int = 20_000
    """Of text, as extracted from a document."""
    document_bytes: int = 200_000
    """Of the uploaded file."""
    scans: int = 0
    """Pages of a document that are images, which the model of OcrModel reads."""
    searches: int = 20
    """Calls of `search` by each, besides the questions."""
    messages: int = 0
    """Published to channels over the Events API by each, each received by one subscriber."""

    @property
    def asked(self) -> int:
        return self.users * self.questions
