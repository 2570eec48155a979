"""Every step of a document, saved first and then told to its subscribers."""

import logging
from typing import Protocol

from chalicelib.errors import RiffleError
from chalicelib.records import Document
from chalicelib.stores.documents import DocumentStore

log = logging.getLogger(__name__)


class Events(Protocol):
    def document_event(self, document: Document) -> None:
        """Publishes a document's present state. Raises a RiffleError when it cannot."""


class Journal:
    def __init__(self, store: DocumentStore, events: Events) -> None:
        self._store = store
        self._events = events

    def save(self, document: Document) -> Document:
        """Saves a state and publishes it. Raises Superseded when somebody else has moved the document on."""
        saved = self._store.save(document)
        self._publish(saved)
        return saved

    def claim(self, document: Document) -> tuple[Document, int]:
        """As `save`, and counts the attempts at this version."""
        saved, attempts = self._store.claim(document)
        self._publish(saved)
        return saved, attempts

    def _publish(self, document: Document) -> None:
        try:
            self._events.document_event(document)
        except RiffleError as failure:  # a document does not fail because its subscribers were not told
            log.warning("the state of document %s was not published: %s", document.id, failure)
