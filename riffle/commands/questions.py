"""`riffle search`, `ask`, `stop` and `conversations`."""

from typing import Annotated

import typer

from riffle.asynchronous import AsyncClient
from riffle.commands.asking import show
from riffle.commands.console import plain, say, write_json, write_table
from riffle.commands.options import (
    AfterOption,
    BeforeOption,
    CollectionOption,
    DocumentOption,
    JsonOption,
    LanguageOption,
    NameOption,
    TypeOption,
    UrlOption,
    run,
    scope_of,
)
from riffle.records import Conversation, Passage, Ranking, SearchMode


def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to look for.")],
    url: UrlOption = None,
    mode: Annotated[SearchMode | None, typer.Option(case_sensitive=False, help="How to search.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many passages at most, up to 50.")] = None,
    collection: CollectionOption = None,
    document: DocumentOption = None,
    name: NameOption = None,
    kind: TypeOption = None,
    language: LanguageOption = None,
    after: AfterOption = None,
    before: BeforeOption = None,
    rerank: Annotated[
        bool | None, typer.Option("--rerank/--no-rerank", help="Have a model read the best ones once more.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show why each stands where it does.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Find the passages that fit a text best."""
    scope = scope_of(collection, document, name, kind, language, after, before)
    result = run(url, lambda client: client.search(text, mode=mode, limit=limit, rerank=rerank, scope=scope))
    if as_json:
        write_json(result)
        return
    write_table([*HEADERS, *(EXPLAINED if explain else ())], [_row(p, explain) for p in result.passages])
    if not result.passages:
        say("Nothing was found.")


HEADERS = ("Score", "Document", "Page", "Passage")
EXPLAINED = ("By meaning", "By words", "Fused", "Reranked")


def _row(passage: Passage, explain: bool) -> list[object]:
    place = " › ".join([passage.document_name, *passage.headings])
    shown = [f"{passage.score:.3f}", place, passage.page, plain(passage.text)[:160]]
    return [*shown, *(_why(passage.ranking or Ranking()) if explain else ())]


def _why(ranking: Ranking) -> list[str]:
    """Rank and score of each search, or a dash where it missed the passage."""
    return [
        _ranked(ranking.vector_rank, ranking.vector_score),
        _ranked(ranking.text_rank, ranking.text_score),
        _ranked(ranking.fused_rank, ranking.fused_score),
        "–" if ranking.rerank_score is None else f"{ranking.rerank_score:.3f}",
    ]


def _ranked(rank: int | None, score: float | None) -> str:
    return "–" if rank is None or score is None else f"#{rank} ({score:.3f})"


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="Your question, in quotes.")],
    url: UrlOption = None,
    conversation: Annotated[str | None, typer.Option(help="Ask on in this conversation.")] = None,
    collection: CollectionOption = None,
    document: DocumentOption = None,
    name: NameOption = None,
    kind: TypeOption = None,
    language: LanguageOption = None,
    after: AfterOption = None,
    before: BeforeOption = None,
    rewrite: Annotated[
        bool | None, typer.Option("--rewrite/--no-rewrite", help="Make a follow-up question stand by itself.")
    ] = None,
    split: Annotated[
        bool | None,
        typer.Option("--split/--no-split", help="Search a question of several parts part by part."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a question, read the answer as it is written, then its sources. Ctrl-C stops the answer.

    With --json one object is printed at the end: id, conversationId, status, text, citations, usage, error.
    Exit status: 0 complete, 3 refused because your documents do not say, 130 stopped, 1 failed or broken off.
    """
    scope = scope_of(collection, document, name, kind, language, after, before)

    async def work(client: AsyncClient) -> int:
        asked = client.ask(question, conversation_id=conversation, scope=scope, rewrite=rewrite, split=split)
        async with await asked as stream:
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
