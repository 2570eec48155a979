"""Whether registry, bucket and index say the same of every document: looked at after crashes and races.

Nothing is taken from what the product has worked out: what a search should find is divided anew out of the
file in the bucket.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.documents.extracted import plain
from chalicelib.documents.keys import is_parked, parse_text_key, parse_upload_key
from chalicelib.documents.passages import passages_of
from chalicelib.records import Document, DocumentStatus, DocumentVersion
from chalicelib.retrieval.index import PassageIndex, Place
from chalicelib.retrieval.index.replacing import is_buried
from chalicelib.retrieval.query import Scope

from tests.documents.cloud import Cloud
from tests.retrieval.conftest import HashingEmbedder

READY, FAILED, DELETED = DocumentStatus.READY, DocumentStatus.FAILED, DocumentStatus.DELETED
AT_REST = frozenset({READY, FAILED, DELETED, DocumentStatus.AWAITING_UPLOAD})
"""What every document comes to when there is nothing left to be done."""

type Span = tuple[int, int, int, str]
"""Version, start, end and text of a passage."""


@dataclass(frozen=True, slots=True)
class Objects:
    """The versions of one document that the bucket has something of."""

    files: Mapping[int, str]
    texts: frozenset[int]
    vectors: frozenset[int]


def disagreements(cloud: Cloud, index: PassageIndex) -> list[str]:
    """A sentence for everything that is not as the registry says, once all messages are worked off."""
    rows = {(row.owner, row.id): (row, versions) for row, versions in cloud.documents.scan()}
    passages, keys = held(index), _keys(cloud)
    found = [
        f"{row.id} ({row.status}, version {row.version}, searchable {row.searchable_version}): {wrong}"
        for place, (row, versions) in rows.items()
        for wrong in _of_row(cloud, row, versions, _objects(keys[place]), passages[place])
    ]
    found += [f"{place} has passages and no row" for place in passages.keys() - rows.keys()]
    found += [f"{keys[place]} belong to no row" for place in keys.keys() - rows.keys()]
    return found + [f"a search finds {wrong}" for wrong in _unlike(index, rows, passages)]


def held(index: PassageIndex) -> defaultdict[Place, list[Span]]:
    """Every passage of the index, by document."""
    columns = ["owner", "document_id", "version", "start", "end", "text"]
    found = defaultdict[Place, list[Span]](list)
    for row in index._table.newest().to_arrow().select(columns).to_pylist():
        if is_buried(row["owner"]):
            continue
        found[row["owner"], row["document_id"]].append(
            (row["version"], row["start"], row["end"], row["text"])
        )
    return found


def answering(index: PassageIndex, owner: str, document_id: str) -> list[int]:
    """The version of every passage that a search of the document finds."""
    scope = Scope.of_document(owner, document_id)
    return [each.version for each in index.nearest(scope, HashingEmbedder().query("sun"), 100)]


def _of_row(
    cloud: Cloud, row: Document, versions: Sequence[DocumentVersion], objects: Objects, spans: list[Span]
) -> Iterator[str]:
    if row.status not in AT_REST:
        yield "is still to be worked on"
    elif row.status is DELETED:
        if row.name or versions or objects.files or objects.texts or objects.vectors or spans:
            yield f"{objects} and {len(spans)} passages are left"
    else:
        kept = [each.version for each in versions]
        yield from _of_versions(row, kept, objects)
        expected = _expected(cloud, row, objects) if row.searchable_version else []
        if sorted(spans) != sorted(expected):
            yield f"has passages {[each[:3] for each in spans]} instead of {[each[:3] for each in expected]}"


def _of_versions(row: Document, kept: Sequence[int], objects: Objects) -> Iterator[str]:
    searchable = row.searchable_version
    if row.status is READY and searchable != row.version:
        yield "is READY, and another version answers"
    if (kept[-1] if kept else None) != searchable or sorted(set(kept)) != list(kept):
        yield f"keeps versions {kept}"
    newest = set() if row.status is READY else {row.version}
    for what, there in (("files", set(objects.files)), ("texts", objects.texts)):
        if not set(kept) <= there <= set(kept) | newest:
            yield f"has {what} of versions {sorted(there)}, and keeps {kept}"
    if not objects.vectors <= newest:
        yield f"has vectors of versions {sorted(objects.vectors)} parked"


def _expected(cloud: Cloud, row: Document, objects: Objects) -> list[Span]:
    assert row.searchable_version
    if row.searchable_version not in objects.files:
        return []
    text = cloud.blobs.get(objects.files[row.searchable_version], 1_000_000).decode()
    return [
        (row.searchable_version, each.start, each.end, each.text) for each in passages_of(row, plain(text))
    ]


def _unlike(
    index: PassageIndex, rows: Mapping[Place, object], passages: Mapping[Place, Sequence[Span]]
) -> Iterator[str]:
    """Where a search of all that an owner has finds something else than what lies in the index of theirs."""
    for owner in {owner for owner, _ in rows}:
        found = index.nearest(Scope(owner), HashingEmbedder().query("sun"), 10_000)
        seen = sorted((each.document_id, each.version, each.start) for each in found)
        theirs = sorted(
            (document_id, version, start)
            for (whose, document_id), spans in passages.items()
            for version, start, *_ in spans
            if whose == owner
        )
        if seen != theirs:
            yield f"{seen} instead of {theirs} for {owner}"


def _keys(cloud: Cloud) -> defaultdict[Place, list[str]]:
    found = defaultdict[Place, list[str]](list)
    for key in cloud.blobs.keys(""):
        parsed = parse_upload_key(key) or parse_text_key(key)
        if parsed:
            found[parsed.owner, parsed.document_id].append(key)
    return found


def _objects(keys: Sequence[str]) -> Objects:
    files = {file.version: key for key in keys if (file := parse_upload_key(key))}
    others = {key: text.version for key in keys if (text := parse_text_key(key))}
    parked = frozenset(version for key, version in others.items() if is_parked(key))
    return Objects(files, frozenset(each for key, each in others.items() if not is_parked(key)), parked)
