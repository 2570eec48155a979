"""The steps of documents in work, saved one by one: what registry, bucket and subscribers see of a batch.

Each step is saved over exactly the state before it, so of two workers on one document one ends `Superseded`.
Documents do not wait for one another: the calls of a step run side by side.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.ingesting import Vectors, Work, alive, language, missing, pages
from chalicelib.documents.journal import Journal
from chalicelib.documents.keys import (
    is_parked,
    parked_key,
    parse_text_key,
    parse_upload_key,
    text_key,
    text_prefix,
    upload_prefix,
)
from chalicelib.documents.parking import MOST_BYTES, pack, unpack
from chalicelib.documents.rates import Rate
from chalicelib.errors import NotFound, TooLarge, Unreadable
from chalicelib.records import Document, DocumentStatus, DocumentVersion, Problem
from chalicelib.retrieval.index import Indexed
from chalicelib.settings import Limits
from chalicelib.stores.blobs import BlobStore

MAX_ATTEMPTS = 6
"""At one version by all workers together, in case reading it kills the worker itself."""

TEXT_BYTES = 12
"""The most that one character takes in a stored text: an escaped surrogate pair."""

_PROGRESS_SECONDS = 0.25
_SIDE_BY_SIDE = 8
_WORTH_PARKING = 16  # passages


@dataclass(slots=True)
class Step(Work):
    """A work with what the registry and its messages say of it."""

    again: bool = False
    """Whether somebody was at it before, and may have left vectors."""
    suspect: bool = False
    """Whether a worker may have died of it."""
    waits: int = 0
    last_attempt: bool = False
    versions: tuple[DocumentVersion, ...] = ()
    reached: bool = False
    """Whether it came to be written, so that the index may have it whatever failed then."""
    model: str | None = None
    """What made its vectors, once they are in the index."""


class Course:
    """Every method passes over the steps that have failed, and notes new failures with their steps."""

    def __init__(
        self, journal: Journal, blobs: BlobStore, limits: Limits, model: str, dimensions: int,
        now: Callable[[], datetime], clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.rate = Rate()
        self._journal = journal
        self._blobs = blobs
        self._limits = limits
        self._model = model
        self._dimensions = dimensions
        self._now = now
        self._clock = clock
        self._told = clock()

    def begin(self, steps: Sequence[Step]) -> None:
        """Claims the documents, fetches their files, and the texts of files that were read before."""
        for act in (self._claim, self._fetch, self._recognise):
            each(steps, act)

    def keep_texts(self, steps: Sequence[Step]) -> None:
        each(steps, self._keep_text)

    def embedding(self, steps: Sequence[Step], vectors: Vectors) -> None:
        """Says what is known of the documents now, and adds vectors that an earlier attempt left behind."""
        each([step for step in steps if step.again], lambda step: self._unpark(step, vectors))
        seconds = self.rate.seconds(len(missing(alive(steps), vectors)))
        each(steps, lambda step: self._embedding(step, vectors, seconds))
        self._told = self._clock()

    def show(self, steps: Sequence[Step], vectors: Vectors) -> None:
        """Tells, now and then, how far the document is that is being embedded."""
        if self._clock() - self._told < _PROGRESS_SECONDS:
            return
        self._told = self._clock()
        lacking = [step for step in alive(steps) if missing([step], vectors)][:1]
        seconds = self.rate.seconds(len(missing(alive(steps), vectors)))
        each(lacking, lambda step: self._embedding(step, vectors, seconds))

    def finish(self, steps: Sequence[Step]) -> None:
        """Says that the documents are READY, and removes what is not kept of them any more."""
        each(steps, self._ready)
        each(steps, self._remove_old)

    def fail(self, step: Step, problem: Problem, held: Indexed | None) -> None:
        """Says what the matter is, and which version answers, as the index was seen to hold it.

        Raises Superseded when the document has moved on.
        """
        versions = noticed(step, held, self._now(), self._limits.versions)
        number = versions[-1].version if versions else step.document.searchable_version
        if number is not None:
            which = "this version" if number == step.document.version else f"version {number}"
            problem = replace(problem, message=f"{problem.message}; {which} still answers searches")
        failed = idle(step.document, DocumentStatus.FAILED, problem)
        step.document = self._journal.save(failed, versions)

    def put_back(self, step: Step, problem: Problem | None) -> None:
        """Has it wait for another message, and says why. Raises Superseded when the document has moved on."""
        step.document = self._journal.put_back(idle(step.document, DocumentStatus.QUEUED, problem))

    def park(self, step: Step, vectors: Vectors) -> None:
        """Stores the vectors that there are of a document which cannot be finished, for whoever goes on."""
        packed = pack(self._model, vectors, [one.text for one in step.passages])
        if len(packed) >= _WORTH_PARKING * 4 * self._dimensions:
            self._blobs.put(_parked(step.document), packed, "application/octet-stream")

    def _claim(self, step: Step) -> None:
        claim = self._journal.claim(idle(step.document, DocumentStatus.EXTRACTING))
        step.document, step.versions = claim.document, claim.versions
        step.again = step.again or claim.attempts > 1
        if claim.attempts > MAX_ATTEMPTS:
            name = step.document.name
            raise Unreadable(f"{name!r} was given up after {MAX_ATTEMPTS} attempts at reading it")

    def _fetch(self, step: Step) -> None:
        """Raises NotFound, or TooLarge once a file beyond the limit has been removed."""
        document, limit = step.document, self._limits.document_bytes
        prefix = upload_prefix(document.owner, document.id, document.version)
        key = next(iter(self._blobs.keys(prefix)), None)
        if key is None:
            raise NotFound(f"the file of {document.name!r} is not there; upload it again")
        try:
            step.data = self._blobs.get(key, limit)
        except TooLarge as failure:
            self._blobs.delete_prefix(prefix)
            raise TooLarge(f"{document.name!r} is larger than the limit of {limit} bytes") from failure
        digest = sha256(step.data).hexdigest()
        step.document = replace(document, bytes=len(step.data), sha256=digest)

    def _recognise(self, step: Step) -> None:
        """Takes the text of the version that had the same file under the same name."""
        document = step.document
        same = (document.sha256, document.name, document.content_type)
        known = (one for one in step.versions if (one.sha256, one.name, one.content_type) == same)
        if found := next(known, None):
            limit = TEXT_BYTES * self._limits.document_chars
            with suppress(NotFound, KeyError):  # a text of another form than today's is made anew
                stored = self._blobs.get(text_key(document.owner, document.id, found.version), limit)
                step.extracted = Extracted.from_json(stored)

    def _keep_text(self, step: Step) -> None:
        if step.extracted:
            document = step.document
            key = text_key(document.owner, document.id, document.version)
            self._blobs.put(key, step.extracted.to_json(), "application/json")

    def _unpark(self, step: Step, vectors: Vectors) -> None:
        with suppress(NotFound, TooLarge):
            packed = self._blobs.get(_parked(step.document), 2 * MOST_BYTES)
            texts = [one.text for one in step.passages]
            vectors.update(unpack(packed, self._model, texts, self._dimensions))

    def _embedding(self, step: Step, vectors: Vectors, seconds: int | None) -> None:
        extracted, count = step.extracted or Extracted(""), len(step.passages)
        done = sum(one.text in vectors for one in step.passages)
        step.document = replace(
            step.document, title=extracted.title, language=language(step), pages=pages(step),
            attachments=extracted.attachments, passages=count,
        )  # fmt: skip
        self._save(
            step, DocumentStatus.EMBEDDING, passages_done=done, progress=done / count, seconds_left=seconds
        )

    def _ready(self, step: Step) -> None:
        step.versions = grown(step, self._now(), self._limits.versions)
        ready = replace(idle(step.document, DocumentStatus.READY), progress=1.0)
        step.document = self._journal.save(ready, step.versions)

    def _remove_old(self, step: Step) -> None:
        """A file and a text of every version that is not kept; and vectors that were parked."""
        if step.document.version > 1 or step.again:
            self._blobs.delete(list(unkept(self._blobs, step.document, step.versions)))

    def _save(self, step: Step, status: DocumentStatus, **changes: object) -> None:
        moved = replace(idle(step.document, status), **changes)  # type: ignore[arg-type]  # fields by name
        step.document = self._journal.save(moved)


def each[S: Step](steps: Iterable[S], act: Callable[[S], None]) -> None:
    """Does it for every step that has not failed, several at once; a failure stays with its step."""

    def tried(step: S) -> None:
        try:
            act(step)
        except Exception as failure:  # noqa: BLE001  (the worker looks at it, and logs what nobody expects)
            step.failure = failure

    left = alive(steps)
    if len(left) > 1:
        with ThreadPoolExecutor(min(_SIDE_BY_SIDE, len(left)), "documents") as pool:
            list(pool.map(tried, left))
    else:
        for step in left:
            tried(step)


def idle(document: Document, status: DocumentStatus, problem: Problem | None = None) -> Document:
    """The document in another state, with nothing of how far it was."""
    return replace(
        document, status=status, error=problem, progress=None, passages_done=None, seconds_left=None
    )


def grown(step: Step, ready_at: datetime, most: int) -> tuple[DocumentVersion, ...]:
    """The versions that are kept when this one answers searches: itself the last, and once."""
    document = step.document
    older = [one for one in step.versions if one.version != document.version]
    newest = DocumentVersion(
        version=document.version, name=document.name, created_at=ready_at, current=True,
        content_type=document.content_type, bytes=document.bytes, sha256=document.sha256,
        pages=document.pages, passages=document.passages, embedding_model=step.model,
    )  # fmt: skip
    return (*older, newest)[-most:]


def noticed(step: Step, held: Indexed | None, now: datetime, most: int) -> tuple[DocumentVersion, ...] | None:
    """The versions that are kept where the index is seen to hold one that the row does not know to answer.

    Its worker ended after it had written, before it could say so. None where the row is right.
    """
    if held is None or held.version <= (step.document.searchable_version or 0):
        return None
    if held.version == step.document.version:
        return grown(step, now, most)
    found = DocumentVersion(held.version, held.document_name, now, current=True, passages=held.passages)
    return (*step.versions, found)[-most:]


def past(document: Document, versions: Sequence[DocumentVersion], number: int) -> bool:
    """Whether a version is not kept and cannot come to answer searches any more, as a newer one does.

    Until then its worker may be late, and make it the one that answers while the newer one fails.
    """
    return (document.searchable_version or 0) > number not in {one.version for one in versions}


def unkept(blobs: BlobStore, document: Document, versions: Sequence[DocumentVersion]) -> Iterable[str]:
    """The keys of what a settled document needs no more.

    These are files and texts of older versions that are not kept, and vectors that nobody will go on with.
    """
    kept = {one.version for one in versions} | {document.searchable_version}
    done = document.version + (document.status is DocumentStatus.READY)
    for prefix in (upload_prefix(document.owner, document.id), text_prefix(document.owner, document.id)):
        for key in blobs.keys(prefix):
            parsed = parse_upload_key(key) or parse_text_key(key)
            if parsed and parsed.version < done and (is_parked(key) or parsed.version not in kept):
                yield key


def _parked(document: Document) -> str:
    return parked_key(document.owner, document.id, document.version)
