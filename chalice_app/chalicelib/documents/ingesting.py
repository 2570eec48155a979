"""What becomes of files on their way into the index, many at a time: text, passages, vectors, rows, proof.

Knows no registry and no bucket; the worker saves what happens here, step by step. A document that fails keeps
its failure and is left out of the steps that follow, and so fails alone.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import batched
from typing import Protocol

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.extracting import Bounds, File, Late, extract_all, in_time
from chalicelib.documents.formats import declared_format, is_pictured
from chalicelib.documents.passages import passages_of
from chalicelib.errors import NoText, RiffleError, Superseded, Unavailable
from chalicelib.records import Document, Passage
from chalicelib.retrieval.index import Entry, PassageIndex, Place
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.wording import word_of

DOCUMENTS = 200
"""Read, embedded and written together at most: one commit for all of them."""

CHARS = 4_000_000
"""Of text that is embedded and written together, unless one document alone has more."""

_TEXTS = 1_000
"""Given to the embedder at a time: whose document is gone by then is left out of the next."""


class Scanner(Protocol):
    def complete(self, file: File, found: Extracted | NoText) -> Extracted:
        """What was found of a file, with what is in its images. Raises as models do, NoText or TooLarge."""


class PassageEmbedder(Protocol):
    def passages(self, texts: Sequence[str]) -> Iterable[Sequence[float]]:
        """One vector for each text, in order, as they are made. Raises Throttled or ModelUnavailable."""


@dataclass(slots=True)
class Work:
    """A document on its way, and how far it has come."""

    document: Document
    data: bytes = b""
    extracted: Extracted | None = None
    passages: list[Passage] = field(default_factory=list)
    written: bool = False
    failure: Exception | None = None

    @property
    def place(self) -> Place:
        return self.document.owner, self.document.id

    @property
    def size(self) -> int:
        return len(self.extracted.text) if self.extracted else 0


type Vectors = dict[str, array[float]]
"""By the text they are made of: what is said twice is embedded once."""


def ingest(
    files: Iterable[tuple[Document, bytes]], index: PassageIndex, embedder: PassageEmbedder,
    bounds: Bounds | None = None,
) -> Iterator[Work]:  # fmt: skip
    """Takes files to passages that a search finds, with no record of it; what failed is in the works."""

    def read_some() -> Iterator[list[Work]]:
        for some in batched(files, DOCUMENTS, strict=False):
            works = [Work(document, data) for document, data in some]
            read(works, bounds or Bounds())
            yield from by_size(works)

    def embed_some() -> Iterator[tuple[list[Work], Vectors]]:
        for works in ahead(read_some()):
            vectors: Vectors = {}
            for _ in embed(works, vectors, embedder):
                pass
            yield works, vectors

    for works, vectors in ahead(embed_some()):
        write(works, vectors, index)
        prove(works, vectors, index)
        yield from works
    index.tidy()


def ahead[Item](items: Iterator[Item]) -> Iterator[Item]:
    """The items, each made while the one before it is worked on."""
    with ThreadPoolExecutor(1, "ahead") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def by_size[W: Work](works: Iterable[W]) -> Iterator[list[W]]:
    """In parts of about so much text."""
    part: list[W] = []
    size = 0
    for work in works:
        if part and size + work.size > CHARS:
            yield part
            part, size = [], 0
        part.append(work)
        size += work.size
    if part:
        yield part


def alive[W: Work](works: Iterable[W]) -> list[W]:
    return [each for each in works if each.failure is None]


def together[W: Work](works: Sequence[W], act: Callable[[Sequence[W]], None]) -> None:
    """Does it for all at once; where one of them may be to blame for its failure, for each alone."""
    left = alive(works)
    try:
        if left:
            act(left)
    except Exception as failure:  # noqa: BLE001  (kept with the document: it must not become the others')
        waits = isinstance(failure, RiffleError) and failure.retryable
        if waits or len(left) == 1:
            for each in left:
                each.failure = failure
        else:
            for each in left:
                together([each], act)


def read(works: Sequence[Work], bounds: Bounds, scanner: Scanner | None = None, late: Late = in_time) -> None:
    """Extracts the texts that are not there yet, of images too where a scanner is given, and divides all."""
    unread = [each for each in alive(works) if not each.extracted]
    together(unread, lambda those: _extract(those, bounds, late))
    if scanner:
        _scan(unread, scanner)
    together(works, _divide)


def embed(works: Sequence[Work], vectors: Vectors, embedder: PassageEmbedder) -> Iterator[int]:
    """Adds the vectors that are missing, and yields after each how many still are.

    What was made before a failure stays; only documents that lack a vector have failed.
    """
    while texts := missing(alive(works), vectors)[:_TEXTS]:
        try:
            for text, vector in zip(texts, embedder.passages(texts), strict=True):
                vectors[text] = array("f", vector)
                yield len(vectors)
        except Exception as failure:  # noqa: BLE001  (as above)
            _blame(works, vectors, embedder, failure)


def missing(works: Iterable[Work], vectors: Vectors) -> list[str]:
    """The texts without a vector, each once, in order."""
    texts = dict.fromkeys(each.text for work in works for each in work.passages)
    return [each for each in texts if each not in vectors]


def write(works: Sequence[Work], vectors: Vectors, index: PassageIndex) -> None:
    """Puts all into the index in one commit."""

    def replace(those: Sequence[Work]) -> None:
        newer = index.replace_all(_entries(those, vectors))
        for each in those:
            if each.place in newer:
                each.failure = Superseded(f"document {each.document.id!r} has a newer version in the index")
            else:
                each.written = True

    together(works, replace)


def prove(works: Sequence[Work], vectors: Vectors, index: PassageIndex) -> None:
    """Has searches by vector and by words find every document. One that they miss is searched for alone
    before it fails."""

    def search(those: Sequence[Work]) -> None:
        unsure = index.unfound(_entries(those, vectors))
        for each in those:
            if each.place in unsure and not _found(each, vectors, index):
                each.failure = Unavailable(f"the passages of {each.document.name!r} are not found yet")

    together(works, search)


def pages(work: Work) -> int | None:
    """Where the last of the pages is that have text."""
    return max((each.number for each in work.extracted.pages), default=None) if work.extracted else None


def language(work: Work) -> str | None:
    """The one that most of the text is in."""
    counted = Counter[str]()
    for each in work.passages:
        if each.language:
            counted[each.language] += len(each.text)
    return max(counted, key=lambda each: counted[each], default=None)


def _extract(works: Sequence[Work], bounds: Bounds, late: Late) -> None:
    files = [_file(each) for each in works]
    for work, found in zip(works, extract_all(files, bounds, late), strict=True):
        if isinstance(found, RiffleError):
            work.failure = found
        else:
            work.extracted = found


def _scan(works: Sequence[Work], scanner: Scanner) -> None:
    """One after the other, as each keeps the model busy; none once the model has to be waited for."""
    busy: RiffleError | None = None
    for work in works:
        found = work.extracted or work.failure
        if not isinstance(found, Extracted | NoText) or not is_pictured(work.data):
            continue
        work.extracted, work.failure = None, busy
        if busy is None:
            _scan_one(work, found, scanner)
            busy = work.failure if isinstance(work.failure, RiffleError) and work.failure.retryable else None


def _scan_one(work: Work, found: Extracted | NoText, scanner: Scanner) -> None:
    try:
        work.extracted = scanner.complete(_file(work), found)
    except Exception as failure:  # noqa: BLE001  (kept with the document, as above)
        work.failure = failure


def _file(work: Work) -> File:
    document = work.document
    kind = document.content_type or declared_format(document.name, None)
    return File(work.data, document.name, kind, document.owner)


def _divide(works: Sequence[Work]) -> None:
    for each in works:
        if each.extracted:
            each.passages = passages_of(each.document, each.extracted)
        if not each.passages:
            each.failure = NoText(f"{each.document.name!r} holds no text")


def _blame(works: Sequence[Work], vectors: Vectors, embedder: PassageEmbedder, failure: Exception) -> None:
    """Finds the documents that an embedder's failure is about: all that wait for it, or those it refuses."""
    waiting = [each for each in alive(works) if missing([each], vectors)]
    waits = isinstance(failure, RiffleError) and failure.retryable
    for each in waiting:
        if waits or len(waiting) == 1:
            each.failure = failure
        else:
            for _ in embed([each], vectors, embedder):
                pass


def _entries(works: Sequence[Work], vectors: Vectors) -> list[Entry]:
    return [
        Entry(each.document, each.passages, [vectors[one.text] for one in each.passages]) for each in works
    ]


def _found(work: Work, vectors: Vectors, index: PassageIndex) -> bool:
    scope = Scope.of_document(work.document.owner, work.document.id, work.document.version)
    first = work.passages[0]
    word = word_of(first)
    near = index.nearest(scope, vectors[first.text], 1)
    return bool(near) and (word is None or bool(index.matching(scope, [word], 1)))
