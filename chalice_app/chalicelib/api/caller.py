"""Who asks, and what may be asked for: the root value that every field's resolver is called on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chalicelib.errors import Unauthorized
from chalicelib.settings import Settings

if TYPE_CHECKING:  # each of these is built, and its imports paid for, by the first field that needs it
    from chalicelib.answering.desk import Desk
    from chalicelib.documents.library import Library
    from chalicelib.retrieval.search import Searcher


class UseCases(Protocol):
    """What fields call; `bootstrap` builds each on first use."""

    @property
    def settings(self) -> Settings: ...
    @property
    def library(self) -> "Library": ...
    @property
    def desk(self) -> "Desk": ...
    @property
    def searcher(self) -> "Searcher": ...


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's caller; `subject` is None for an API key or an IAM signature."""

    subject: str | None
    use: UseCases

    @property
    def owner(self) -> str:
        """The subject of the verified identity; nothing else a client sends says who it is."""
        if not self.subject:
            raise Unauthorized("only a signed-in person may do this")
        return self.subject
