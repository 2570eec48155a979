"""Living fakes of a chat model and a search: they follow their scripts and keep what they were asked."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from chalicelib.errors import RiffleError
from chalicelib.models.chat import Finished, ModelEvent, Prompt, TextDelta
from chalicelib.records import Filter, Passage, SearchMode, SearchResult

DONE = Finished("end_turn", 100, 20)

type Step = str | ModelEvent | RiffleError | Exception | Callable[[], object]


@dataclass
class ScriptedModel:
    """Each call follows the next script: text, events, errors to raise, things to do or wait for."""

    scripts: list[Sequence[Step]] = field(default_factory=list)
    model: str = "local.scripted"
    prompts: list[Prompt] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def stream(self, prompt: Prompt) -> Iterator[ModelEvent]:
        self.prompts.append(prompt)
        try:
            for step in self.scripts.pop(0):
                yield from self._said(step)
        finally:
            self.closed.set()

    def _said(self, step: Step) -> Iterator[ModelEvent]:
        match step:
            case str():
                yield TextDelta(step)
            case TextDelta() | Finished():
                yield step
            case Exception():
                raise step
            case _:
                step()


@dataclass
class ScriptedSearch:
    """Finds what it is given, or raises it; keeps what it was asked."""

    found: Sequence[Passage] | Exception = ()
    asked: list[tuple[str, str, Filter | None]] = field(default_factory=list)

    def search(
        self,
        owner: str,
        text: str,
        *,
        within: Filter | None = None,
        limit: int | None = None,  # noqa: ARG002  (the protocol's)
        mode: SearchMode = SearchMode.HYBRID,
    ) -> SearchResult:
        self.asked.append((owner, text, within))
        if isinstance(self.found, Exception):
            raise self.found
        return SearchResult(tuple(self.found), mode, 1)


def passage(text: str, number: int = 1, *, name: str = "Tower.pdf", page: int | None = 3) -> Passage:
    return Passage(f"p{number}", f"d{number}", name, 1, text, 0, len(text), page=page)
