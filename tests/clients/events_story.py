"""The Events story: two channels on one socket, published to over HTTP and over WebSockets."""

import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.clients.stories import Story
from tests.clients.wires import wired

ALL, ONE, CLOSED = "all", "one", "/closed/door"


@dataclass
class Account:
    """What the app saw, in the order in which it happened."""

    posted: Any = None
    heard: list[Any] = field(default_factory=list)
    heard_by_one: list[Any] = field(default_factory=list)
    heard_after_drop: list[Any] = field(default_factory=list)
    heard_after_leaving: list[Any] = field(default_factory=list)
    denied_post: Any = None
    denied_publish: Any = None
    denied_join: Any = None
    refused_post: Any = None
    refused_join: Any = None


class EventsStory(Story[Account]):
    """One subscription hears everything below the case's room, the other one channel there."""

    async def tell(self) -> Account:
        account = Account()
        await self.configure(self.wire, self.world.credentials(self.case.mode))
        await self.join()
        await self.hear(account)
        await self.survive(account)
        await self.leave(account)
        await self.be_denied(account)
        await self.be_refused(account)
        return account

    def channel(self, last: str) -> str:
        return f"/open/{self.room}/{last}"

    async def send(self, channel: str, content: str) -> None:
        body = {"channel": channel, "events": [json.dumps(content)]}
        response = await self.others.post("/event", json=body)
        assert response.json()["failed"] == [], response.text

    async def join(self) -> None:
        """Answered once AppSync has acknowledged it."""
        await self.client.call("join", name=ALL, channel=self.channel("*"))
        await self.client.call("join", name=ONE, channel=self.channel("one"))

    async def hear(self, account: Account) -> None:
        await self.send(self.channel("one"), "a")
        await self.send("/open/elsewhere/one", "b")
        await self.send(self.channel("two/deeper"), "c")
        account.posted = await self.outcome("post", channel=self.channel("one"), content=["d", "e"])
        await self.client.call("publish", name=ONE, content="f")
        account.heard = [await self.event(ALL) for _ in range(5)]
        account.heard_by_one = [await self.event(ONE) for _ in range(4)]

    async def survive(self, account: Account) -> None:
        self.wire.cut()
        for name, last in ((ALL, "two"), (ONE, "one")):
            await self.until_heard(name, partial(self.send, self.channel(last)))
        for content in ("g", "h"):
            await self.send(self.channel("one"), content)
        account.heard_after_drop = [await self.event(ONE) for _ in range(2)]

    async def leave(self, account: Account) -> None:
        """Events come in order, so when the one subscription has heard it, the other will not."""
        await self.client.call("leave", name=ONE)
        await self.send(self.channel("one"), "i")
        while (told := await self.event(ALL)) != {"event": "i"}:
            assert told in ({"event": "g"}, {"event": "h"})
        account.heard_after_leaving = self.client.rest(ONE)

    async def be_denied(self, account: Account) -> None:
        account.denied_post = await self.outcome("post", channel=CLOSED, content="j")
        account.denied_join = await self.outcome("join", name=CLOSED, channel=CLOSED)
        account.denied_publish = await self.outcome("publish", name=CLOSED, content="k")

    async def be_refused(self, account: Account) -> None:
        await self.client.call("closeAll")
        async with wired(self.world.port) as wire:
            await self.configure(wire, self.world.wrong_credentials(self.case.mode))
            account.refused_post = await self.outcome("post", channel=self.channel("one"), content="l")
            account.refused_join = await self.outcome("join", name="refused", channel=self.channel("one"))
