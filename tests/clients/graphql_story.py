"""The GraphQL story: queries, mutations, and subscriptions that lose their socket."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.clients.stories import Story
from tests.clients.wires import wired

SEND = """mutation Send($id: ID!, $room: String!, $body: String) {
  send(id: $id, room: $room, body: $body) { id room body }
}"""
WHO = "query { whoami }"
VAULT = "query { vault }"
ON_SEND = "subscription OnSend($room: String) { onSend(room: $room) { id body } }"
ON_VAULT = "subscription { onVault { id } }"


@dataclass
class Account:
    """What the app saw, in the order in which it happened."""

    refused_query: Any = None
    refused_subscription: Any = None
    who: Any = None
    sent: Any = None
    heard: list[Any] = field(default_factory=list)
    other: list[Any] = field(default_factory=list)
    dropped: list[Any] = field(default_factory=list)
    heard_after_drop: list[Any] = field(default_factory=list)
    heard_after_forget: list[Any] = field(default_factory=list)
    denied_query: Any = None
    denied_subscription: Any = None


class GraphQLStory(Story[Account]):
    """Queries, mutations and subscriptions."""

    async def tell(self) -> Account:
        account = Account()
        await self.configure(self.wire, self.world.credentials(self.case.mode))
        await self.ask(account)
        await self.listen(account)
        await self.survive(account)
        await self.forget(account)
        await self.be_denied(account)
        await self.be_refused(account)
        return account

    async def ask(self, account: Account) -> None:
        account.who = await self.outcome("ask", query=WHO)
        variables = {"id": "1", "room": self.room, "body": "hello"}
        account.sent = await self.outcome("ask", query=SEND, variables=variables)

    async def send(self, room: str, id_: str) -> None:
        body = {"query": SEND, "variables": {"id": id_, "room": room}}
        response = await self.others.post("/graphql", json=body)
        assert response.json() == {"data": {"send": {"id": id_, "room": room, "body": None}}}

    async def listen(self, account: Account) -> None:
        """Two rooms over one socket; a third one's messages are nobody's here."""
        for room in (self.room, self.other):
            await self.client.call("listen", name=room, query=ON_SEND, variables={"room": room})
            await self.until_heard(room, partial(self.send, room))
        for id_, room in enumerate([self.room, "elsewhere", self.other, self.room, self.other, self.room]):
            await self.send(room, str(id_))
        account.heard = [await self.event(self.room) for _ in range(3)]
        account.other = [await self.event(self.other) for _ in range(2)]

    @property
    def other(self) -> str:
        return f"{self.room}/other"

    async def survive(self, account: Account) -> None:
        """The network goes. An app whose client does not connect anew hears of it, and subscribes again."""
        self.wire.cut()
        for room in (self.room, self.other):
            if not self.case.reconnects:
                account.dropped.append(await self.event(room))
                await self.client.call("listen", name=room, query=ON_SEND, variables={"room": room})
                account.dropped += self.client.rest(room)
        for room in (self.room, self.other):
            await self.until_heard(room, partial(self.send, room))
        for id_ in ("6", "7"):
            await self.send(self.room, id_)
        account.heard_after_drop = [await self.event(self.room) for _ in range(2)]

    async def forget(self, account: Account) -> None:
        """Events come in order, so when the other room's is there, the forgotten one's will not come."""
        await self.client.call("forget", name=self.room)
        await self.send(self.room, "8")
        await self.send(self.other, "9")
        account.heard_after_forget = [await self.event(self.other), *self.client.rest(self.room)]

    async def be_denied(self, account: Account) -> None:
        account.denied_query = await self.outcome("ask", query=VAULT)
        await self.client.call("listen", name="vault", query=ON_VAULT)
        account.denied_subscription = await self.client.heard("vault")

    async def be_refused(self, account: Account) -> None:
        """At a port of its own, so that Amplify, which has one socket for an endpoint, opens another."""
        async with wired(self.world.port) as wire:
            await self.configure(wire, self.world.wrong_credentials(self.case.mode))
            account.refused_query = await self.outcome("ask", query=WHO)
            await self.client.call("listen", name="refused", query=ON_SEND)
            account.refused_subscription = await self.client.heard("refused")
