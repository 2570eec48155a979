"""Takes documents away for good: passages, files, texts, and at last all but the keys of their rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby

from chalicelib.documents.course import Step, each, idle
from chalicelib.documents.ingesting import together
from chalicelib.documents.journal import Journal
from chalicelib.documents.keys import text_prefix, upload_prefix
from chalicelib.errors import Superseded, Unavailable
from chalicelib.records import Document, DocumentStatus, Filter
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.query import Scope
from chalicelib.stores.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class Removal:
    """Where documents leave things; failures stay with the steps."""

    journal: Journal
    blobs: BlobStore
    index: PassageIndex
    now: Callable[[], datetime]

    def delete(self, steps: Sequence[Step]) -> None:
        """Ends with DELETED rows where a search finds nothing, now or later, and nothing is left."""
        together(steps, lambda those: self.index.bury_all([one.place for one in those], self.now()))
        each(steps, self._objects)
        together(steps, self._prove)
        each(steps, self._end)
        for step in steps:
            if isinstance(step.failure, Superseded):  # another worker deleted it just as well
                step.failure = None

    def clear(self, steps: Sequence[Step]) -> None:
        """Removes what a worker made that was late; the passages of all in one commit."""
        together(steps, lambda those: self.index.delete_all(one.place for one in those))
        each(steps, self._objects)

    def _objects(self, step: Step) -> None:
        for prefix in _prefixes(step.document):
            self.blobs.delete_prefix(prefix)

    def _prove(self, steps: Sequence[Step]) -> None:
        """Searches for all of them at once, and for each alone where something is found."""
        for scope, those in _scopes([one.document for one in steps]):
            if self._finds(scope) and len(those) > 1:
                raise LookupError("which of the documents is still found is to be seen one by one")
            if self._finds(scope):
                raise Unavailable(f"document {those[0].id!r} is still found after its deletion")
        for step in steps:
            if any(chain.from_iterable(map(self.blobs.keys, _prefixes(step.document)))):
                step.failure = Unavailable(f"document {step.document.id!r} has files after its deletion")

    def _finds(self, scope: Scope) -> bool:
        anything = [1.0] + [0.0] * (self.index.dimensions - 1)
        return bool(self.index.count(scope) or self.index.nearest(scope, anything, 1))

    def _end(self, step: Step) -> None:
        step.document = self.journal.save(idle(step.document, DocumentStatus.DELETED))


def _prefixes(document: Document) -> tuple[str, str]:
    return upload_prefix(document.owner, document.id), text_prefix(document.owner, document.id)


def _scopes(documents: Sequence[Document]) -> Iterator[tuple[Scope, list[Document]]]:
    for owner, group in groupby(sorted(documents, key=lambda one: one.owner), key=lambda one: one.owner):
        those = list(group)
        yield Scope(owner, Filter(document_ids=tuple(one.id for one in those))), those
