"""From a model's events to what a reader may see: the sentinel never shows, and everything else at once."""

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass

from chalicelib.answering.prompting import SENTINEL
from chalicelib.models.chat import Finished, ModelEvent, TextDelta
from chalicelib.retrieval.languages import language_of


@dataclass(frozen=True, slots=True)
class Declined:
    """The model found no answer in the passages; it comes in place of text."""


type StreamEvent = TextDelta | Declined | Finished

# The sentinel also counts when a full stop or a reason on another line follows: some models add them.
_DECLINED = re.compile(rf"{SENTINEL}(?:[.!:;]|[^\S\n]*\n)")
_UNDECIDED = re.compile(rf"{SENTINEL}[^\S\n]*")

_NOT_ANSWERED = {
    "en": "The documents do not answer this question.",
    "vi": "Các tài liệu không trả lời câu hỏi này.",
}
_NOTHING_FOUND = {
    "en": "No passage was found to answer this question from.",
    "vi": "Không tìm thấy đoạn tài liệu nào để trả lời câu hỏi này.",
}


def sift(events: Iterable[ModelEvent]) -> Generator[StreamEvent]:
    """The same events, held back only while the text so far could still be the sentinel.

    Leading white space is dropped. After Declined no text follows.
    """
    held: str | None = ""
    declined = False
    for event in events:
        match event:
            case TextDelta(text) if held is None:
                yield TextDelta(text)
            case TextDelta(text) if not declined:
                held = (held or "") + text
                declined = is_declined(held)
                if not declined and not may_decline(held):
                    yield TextDelta(held.lstrip())
                    held = None
            case Finished():
                yield from _rest(held, declined)
                yield event


def _rest(held: str | None, declined: bool) -> Iterator[StreamEvent]:
    """What is to be said at the end of a stream about text still held back."""
    text = (held or "").lstrip()
    if declined or text.rstrip() == SENTINEL:
        yield Declined()
    elif text:
        yield TextDelta(text)


def is_declined(text: str) -> bool:
    """Whether a reply that begins like this declines, however it goes on."""
    return _DECLINED.match(text.lstrip()) is not None


def may_decline(text: str) -> bool:
    """Whether a reply that begins like this might still decline."""
    begun = text.lstrip()
    return SENTINEL.startswith(begun) or _UNDECIDED.fullmatch(begun) is not None


def not_answered(question: str) -> str:
    """One sentence for a question that the passages do not answer, in its language if there is one in it."""
    return _in_language(question, _NOT_ANSWERED)


def nothing_found(question: str) -> str:
    """One sentence for a question that found no passages, in its language if there is one in it."""
    return _in_language(question, _NOTHING_FOUND)


def _in_language(question: str, sentences: Mapping[str, str]) -> str:
    return sentences.get(language_of(question) or "en", sentences["en"])
