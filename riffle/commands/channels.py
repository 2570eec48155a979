"""`riffle publish` and `listen`."""

import json
import sys
from contextlib import suppress
from typing import Annotated

import typer

from riffle.asynchronous import AsyncClient
from riffle.commands.console import say, write_json
from riffle.commands.options import UrlOption, run
from riffle.decoding import Value

Channel = Annotated[
    str, typer.Argument(metavar="CHANNEL", help="The channel's name, such as news or user/<your id>/notes.")
]


def publish(
    channel: Channel,
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="JSON; anything else is sent as text. - reads stdin.")
    ],
    url: UrlOption = None,
) -> None:
    """Publish a message on a channel."""
    text = sys.stdin.read() if data == "-" else data
    message = run(url, lambda client: client.publish(channel, _json_or_text(text)))
    write_json(message)


def _json_or_text(text: str) -> Value:
    try:
        return json.loads(text)
    except ValueError:
        return text


def listen(
    channel: Channel,
    url: UrlOption = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many messages.")] = None,
) -> None:
    """Print the messages of a channel as they come, one JSON object per line, until Ctrl-C."""

    async def work(client: AsyncClient) -> None:
        left = count
        async with client.listening(channel) as messages:
            say(f"Listening to {channel}; Ctrl-C ends.")
            async for message in messages:
                write_json(message)
                left = left - 1 if left is not None else None
                if left == 0:
                    return

    with suppress(KeyboardInterrupt):
        run(url, work)
