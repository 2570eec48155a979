"""Every step of a document, saved first and then told to its subscribers."""

import logging
from collections.abc import Sequence
from typing import Protocol

from chalicelib.errors import RiffleError
from chalicelib.records import Document, DocumentVersion
from chalicelib.stores.documents import Claim, DocumentStore

log = logging.getLogger(__name__)


class Events(Protocol):
    def document_event(self, document: Document) -> None:
        """Publishes a document's present state. Raises a RiffleError when it cannot."""


class Journal:
    def __init__(self, store: DocumentStore, events: Events) -> None:
        self._store = store
        self._events = events

    def save(self, document: Document, versions: Sequence[DocumentVersion] | None = None) -> Document:
        """Saves a state, as the store does, and publishes it.

        Raises Superseded when somebody else has moved the document on.
        """
        return self._told(self._store.save(document, versions))

    def put_back(self, document: Document) -> Document:
        """As `save`, and forgets the attempts at this version."""
        return self._told(self._store.put_back(document))

    def claim(self, document: Document) -> Claim:
        """As `save`, and counts the attempts at this version."""
        claim = self._store.claim(document)
        self._told(claim.document)
        return claim

    def _told(self, document: Document) -> Document:
        try:
            self._events.document_event(document)
        except RiffleError as failure:  # a document does not fail because its subscribers were not told
            log.warning("the state of document %s was not published: %s", document.id, failure)
        return document
