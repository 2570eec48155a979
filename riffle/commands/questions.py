"""`riffle search`, `ask`, `stop` and `conversations`."""

from typing import Annotated

import typer

from riffle.asynchronous import AsyncClient, Scope
from riffle.commands.asking import show
from riffle.commands.console import plain, say, write_json, write_table
from riffle.commands.options import CollectionOption, DocumentOption, JsonOption, UrlOption, run
from riffle.records import Conversation, SearchMode


def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to look for.")],
    url: UrlOption = None,
    mode: Annotated[SearchMode | None, typer.Option(case_sensitive=False, help="How to search.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many passages at most, up to 50.")] = None,
    collection: CollectionOption = None,
    document: DocumentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the passages that fit a text best."""
    scope = Scope(collection, document)
    result = run(url, lambda client: client.search(text, mode=mode, limit=limit, scope=scope))
    if as_json:
        write_json(result)
        return
    rows = [(f"{p.score:.3f}", p.document_name, p.page, plain(p.text)[:160]) for p in result.passages]
    write_table(["Score", "Document", "Page", "Passage"], rows)


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="Your question, in quotes.")],
    url: UrlOption = None,
    conversation: Annotated[str | None, typer.Option(help="Ask on in this conversation.")] = None,
    collection: CollectionOption = None,
    document: DocumentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a question, read the answer as it is written, then its sources. Ctrl-C stops the answer.

    With --json one object is printed at the end: id, conversationId, status, text, citations, usage, error.
    Exit status: 0 complete, 3 refused because your documents do not say, 130 stopped, 1 failed or broken off.
    """
    scope = Scope(collection, document)

    async def work(client: AsyncClient) -> int:
        async with await client.ask(question, conversation_id=conversation, scope=scope) as stream:
            return await show(stream, as_json=as_json)

    raise typer.Exit(run(url, work))


def stop(
    answer: Annotated[str, typer.Argument(metavar="ID", help="The answer's id.")], url: UrlOption = None
) -> None:
    """Stop an answer that is being written."""
    found = run(url, lambda client: client.stop_answer(answer))
    say(f"Answer {found.id} is {found.status.lower()}." if found.status.final else "Stopping.")


def conversations(url: UrlOption = None, as_json: JsonOption = False) -> None:
    """List your conversations; with --json one object per line."""

    async def work(client: AsyncClient) -> list[Conversation]:
        return [conversation async for conversation in client.conversations()]

    found = run(url, work)
    if as_json:
        for conversation in found:
            write_json(conversation)
        return
    write_table(
        ["Id", "Title", "Updated"], [(c.id, c.title, f"{c.updated_at:%Y-%m-%d %H:%M}") for c in found]
    )
