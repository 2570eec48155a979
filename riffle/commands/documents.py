"""`riffle ingest`, and `riffle documents` with what can be done with them."""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath
from typing import Annotated

import typer

from riffle.asynchronous import AsyncClient
from riffle.commands.bars import Bars
from riffle.commands.console import complain, say, write, write_json, write_table
from riffle.commands.describing import described, status_of
from riffle.commands.following import Following, roots
from riffle.commands.ingesting import Outcome, send_all
from riffle.commands.options import CollectionOption, Ids, JsonOption, OneId, UrlOption, run
from riffle.errors import Conflict, RiffleError
from riffle.records import Document, DocumentVersion
from riffle.sources.places import Wanted, WrongPlace, items_of
from riffle.uploads import readable

USAGE = 2
INTERRUPTED = 130


def ingest(
    places: Annotated[
        list[str],
        typer.Argument(metavar="PLACE", help="Files, folders, patterns, s3://bucket/prefix, https://page."),
    ],
    url: UrlOption = None,
    collection: CollectionOption = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until all can be searched.")] = True,
    timeout: Annotated[float | None, typer.Option(min=1, help="Wait so many seconds at most.")] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on: ingest what changes in these folders, until Ctrl-C.")
    ] = False,
    delete: Annotated[
        bool, typer.Option("--delete", help="With --watch: delete documents whose files disappear.")
    ] = False,
    sitemap: Annotated[
        bool, typer.Option("--sitemap", help="The address is a sitemap's: ingest the pages that it lists.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Objects or pages to take at most.")] = 1_000,
    private: Annotated[
        bool, typer.Option("--private", help="Allow web addresses of private networks.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Upload files and wait until they can be searched.

    What was ingested from the same place before becomes a new version of its document, or is left alone if it
    has not changed. Files in a folder whose type cannot be read are skipped. Web pages are read as robots.txt
    allows, and S3 with your AWS credentials. Exit status: 0 when all others are ready (with --no-wait:
    uploaded), 1 when some failed, 2 when a place is wrong, 130 after Ctrl-C.
    """
    wanted = Wanted(tuple(places), sitemap=sitemap, limit=limit, private=private, empty=watch)
    with _stoppable(), _usage():
        followed = roots(places) if watch else ()
        outcomes = run(url, lambda client: _ingested(client, wanted, collection, timeout if wait else 0.0))
        _report(outcomes, as_json=as_json)
        if followed:
            run(url, lambda client: Following(client, followed, collection, delete).run())
    unfinished = wait and not all(outcome.settled for outcome in outcomes)
    raise typer.Exit(1 if unfinished or any(outcome.failed for outcome in outcomes) else 0)


async def _ingested(
    client: AsyncClient, wanted: Wanted, collection: str | None, patience: float | None
) -> list[Outcome]:
    async with items_of(wanted, (await client.about()).max_upload_bytes) as items:
        with Bars(len(items), wait=patience != 0) as bars:
            return await send_all(client, items, collection, bars.tell, patience)


@contextmanager
def _usage() -> Iterator[None]:
    """A place that is wrong is a usage error."""
    try:
        yield
    except WrongPlace as error:
        complain(error)
        raise typer.Exit(USAGE) from error


@contextmanager
def _stoppable() -> Iterator[None]:
    """After Ctrl-C: what becomes of files that had been uploaded."""
    try:
        yield
    except KeyboardInterrupt:
        say("Stopped. What was uploaded by then is read all the same; see `riffle documents`.")
        raise typer.Exit(INTERRUPTED) from None


def _report(outcomes: list[Outcome], *, as_json: bool) -> None:
    if as_json:
        for outcome in outcomes:
            write_json(outcome.row())
        return
    shown = [outcome for outcome in outcomes if not outcome.skipped]
    rows = [[row[name] for name in ("path", "id", "status", "reason")] for row in (o.row() for o in shown)]
    write_table(["File", "Document", "Status", "Reason"], rows)
    failed, skipped = sum(outcome.failed for outcome in shown), _kinds(outcomes)
    same = sum(outcome.unchanged for outcome in shown)
    count = f"{len(shown)} {'file' if len(shown) == 1 else 'files'}, {failed} failed"
    say(f"{count}, {same} unchanged." if same else f"{count}.")
    if skipped:
        say(f"Skipped, of types that cannot be read: {skipped}.")


def _kinds(outcomes: list[Outcome]) -> str:
    """How many of which type were skipped: `3 .png, 1 .csv`."""
    suffixes = (PurePosixPath(outcome.item.label).suffix for outcome in outcomes if outcome.skipped)
    kinds = Counter(suffix.lower() or "(none)" for suffix in suffixes)
    return ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())


library = typer.Typer(context_settings={"help_option_names": ["-h", "--help"]})
"""`riffle documents`, which by itself lists them."""


@library.callback(invoke_without_command=True)
def documents(
    context: typer.Context,
    url: UrlOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """List your documents, or do something with one; with --json one object per line."""
    if context.invoked_subcommand:
        return

    async def work(client: AsyncClient) -> list[Document]:
        return [document async for document in client.documents(collection)]

    found = run(url, work)
    if as_json:
        for document in found:
            write_json(document)
        return
    if not found:
        say("There are no documents here yet; `riffle ingest` adds some.")
    headers = ["Id", "Name", "Collection", "Status", "Pages", "Passages", "Size", "Reason"]
    write_table(headers, map(_document_row, found))


def _document_row(document: Document) -> list[object]:
    size = readable(document.bytes) if document.bytes is not None else None
    reason = document.error.message if document.error else None
    known = [document.id, document.name, document.collection, status_of(document)]
    return [*known, document.pages, document.passages, size, reason]


@library.command()
def show(document: OneId, url: UrlOption = None, as_json: JsonOption = False) -> None:
    """Show all that is known of a document."""
    found = run(url, lambda client: client.document(document))
    if as_json:
        write_json(found)
        return
    write_table(["Field", "Value"], [(name, value) for name, value in described(found) if value])


@library.command()
def text(
    document: OneId,
    url: UrlOption = None,
    version: Annotated[int | None, typer.Option(min=1, help="A version; the one searched if absent.")] = None,
) -> None:
    """Print a document's extracted text."""

    async def work(client: AsyncClient) -> None:
        start, length = 0, 1
        while start < length:
            window = await client.document_text(document, version=version, start=start)
            write(window.text)
            start, length = window.end, window.length

    run(url, work)
    write("\n")


@library.command()
def versions(document: OneId, url: UrlOption = None, as_json: JsonOption = False) -> None:
    """List a document's versions, newest first; `restore` brings one back."""
    found = run(url, lambda client: client.document_versions(document))
    if as_json:
        for version in found:
            write_json(version)
        return
    if not found:
        say("No version of it has been read yet.")
    headers = ["Version", "Name", "Ready since", "Pages", "Passages", "Size", ""]
    write_table(headers, map(_version_row, found))


def _version_row(version: DocumentVersion) -> list[object]:
    size = readable(version.bytes) if version.bytes is not None else None
    ready = f"{version.created_at:%Y-%m-%d %H:%M}"
    mark = "searched" if version.current else None
    return [version.version, version.name, ready, version.pages, version.passages, size, mark]


@library.command()
def restore(
    document: OneId,
    version: Annotated[int, typer.Argument(min=1, help="As `riffle documents versions` shows it.")],
    url: UrlOption = None,
) -> None:
    """Make an earlier version of a document its newest once more."""
    found = run(url, lambda client: client.restore_document(document, version))
    say(f"Version {version} of {found.name} becomes version {found.version}.")


@library.command()
def delete(ids: Ids, url: UrlOption = None) -> None:
    """Delete documents and everything made of them."""
    run(url, lambda client: _each(ids, client.delete_document, "Deleting"))


@library.command()
def retry(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Documents that failed.")] = None,
    url: UrlOption = None,
    failed: Annotated[bool, typer.Option("--failed", help="All documents that failed.")] = False,
    model_changed: Annotated[
        bool,
        typer.Option("--model-changed", help="All documents that another embedding model embedded."),
    ] = False,
) -> None:
    """Ingest failed documents once more, or embed documents anew after a change of the embedding model."""
    if (bool(ids), failed, model_changed).count(True) != 1:
        raise typer.BadParameter("give either ids, --failed or --model-changed")

    async def work(client: AsyncClient) -> None:
        wanted = "READY" if model_changed else "FAILED"
        names = ids or [document.id async for document in client.documents() if document.status == wanted]
        if model_changed:
            await _embed_anew(client, names)
        elif names:
            await _each(names, client.retry_document, "Retrying")
        else:
            say("No document has failed.")

    run(url, work)


async def _embed_anew(client: AsyncClient, ids: list[str]) -> None:
    """Asks for it of every document: only the deployment knows their models, and says Conflict."""
    foreign: list[str] = []

    async def retry(document_id: str) -> Document | None:
        with suppress(Conflict):
            document = await client.retry_document(document_id)
            foreign.append(document_id)
            return document
        return None

    await _each(ids, retry, "Embedding anew")
    if not foreign:
        say("No document is of another embedding model.")


async def _each(
    ids: list[str], act: Callable[[str], Coroutine[None, None, Document | None]], verb: str
) -> None:
    """Acts on every id, whatever becomes of the others; status 1 when one could not be acted on."""
    failures = 0
    for name in ids:
        try:
            if document := await act(name):
                say(f"{verb} {document.name}.")
        except RiffleError as error:
            failures += 1
            complain(error)
    if failures:
        raise typer.Exit(1)
