"""`riffle ask`: the answer as it is written, then its sources."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from riffle.commands.console import complain, err, out, plain, say, write, write_json
from riffle.decoding import encode
from riffle.progress import Finished, Restarted, StatusChange, StreamEvent, TextDelta, Understood
from riffle.records import AnswerStatus, Citation
from riffle.streams import AnswerStream

STATUS = {AnswerStatus.COMPLETE: 0, AnswerStatus.REFUSED: 3, AnswerStatus.STOPPED: 130}


async def show(stream: AnswerStream, *, as_json: bool) -> int:
    """Prints a stream to its end; the exit status. Ctrl-C stops the answer, which then ends regularly."""
    with _stopping(stream):
        finished = await (_silently(stream) if as_json else _aloud(stream))
    if as_json:
        _print_json(stream, finished)
    else:
        _print_sources(stream, finished)
    return STATUS.get(finished.status, 1)


@contextmanager
def _stopping(stream: AnswerStream) -> Iterator[None]:
    """The first Ctrl-C asks the deployment to stop; the second ends the program."""
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        tasks.add(loop.create_task(stream.stop()))

    loop.add_signal_handler(signal.SIGINT, stop)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


async def _silently(stream: AnswerStream) -> Finished:
    return await stream.result()


async def _aloud(stream: AnswerStream) -> Finished:
    with err.status("Waiting …") as spinner:
        async for event in stream:
            if isinstance(event, Finished):
                return event
            if isinstance(event, StatusChange):
                spinner.update(f"{event.status.capitalize()} …")
            elif isinstance(event, Understood):
                say("Looking for " + ", ".join(f"“{query}”" for query in event.queries))
            else:
                spinner.stop()
                _print_event(event)
    raise AssertionError("a stream ends with Finished")


def _print_event(event: StreamEvent) -> None:
    match event:
        case TextDelta(text):
            write(text)
        case Restarted():
            write("\n")
            say("The answer broke off and begins anew:")


def _print_sources(stream: AnswerStream, finished: Finished) -> None:
    write("\n")
    if finished.citations:
        write("\nSources\n")
    for citation in finished.citations:
        write(f"{_source(citation)}\n")
    if finished.error:
        complain(finished.error.message)
    if out.is_terminal:
        say(f"\nAsk on with --conversation {stream.conversation_id}")


def _source(citation: Citation) -> str:
    passage = citation.passage
    page = f", page {passage.page}" if passage.page is not None else ""
    quote = " ".join(plain(citation.quote or passage.text).split())
    return f"[{citation.marker}] {passage.document_name}{page}: “{quote}”"


def _print_json(stream: AnswerStream, finished: Finished) -> None:
    names = {"id": stream.id, "conversationId": stream.conversation_id}
    write_json(names | encode(finished))
