"""One Events API, without a transport: who may do what on which channel, and what then happens."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from localcloud.appsync.authorization import Presented
from localcloud.appsync.errors import Json
from localcloud.appsync.events import channels, delivering
from localcloud.appsync.events.authorization import Doorkeeper, Operation
from localcloud.appsync.events.channels import Channel
from localcloud.appsync.events.delivering import Subscription
from localcloud.appsync.events.errors import HandlerFailed, NamespaceUnknown
from localcloud.appsync.events.handlers import Handler, context
from localcloud.appsync.events.publishing import Outcome, Publication
from localcloud.appsync.execution import Caller
from localcloud.appsync.identity import Mode
from localcloud.appsync.subscriptions import Outbox


@dataclass(frozen=True, slots=True)
class Namespace:
    """Channels that begin alike: who may use them, and what runs when they do. None: nothing runs."""

    name: str
    publish_modes: frozenset[Mode]
    subscribe_modes: frozenset[Mode]
    on_publish: Handler | None = None
    on_subscribe: Handler | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The limits of one API, and what no source settles about AppSync."""

    handler_seconds: float = 30.0
    # Whether `/a/*` hears what is published on `/a` itself.
    wildcard_includes_parent: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """Credentials, and the headers that handlers are shown."""

    presented: Presented
    headers: Mapping[str, Json]


class EventsApi:
    """Its registry lives as long as it does."""

    def __init__(
        self,
        doorkeeper: Doorkeeper,
        connect_modes: frozenset[Mode],
        namespaces: Mapping[str, Namespace],
        settings: Settings,
    ) -> None:
        self.registry = channels.Registry[Subscription](include_parent=settings.wildcard_includes_parent)
        self._doorkeeper = doorkeeper
        self._connect_modes = connect_modes
        self._namespaces = namespaces
        self._settings = settings

    async def connect(self, presented: Presented) -> None:
        """Raises RequestRefused when this caller may not open a connection."""
        await self._doorkeeper.admit(presented, Operation.CONNECT, None, self._connect_modes)

    async def publish(self, publication: Publication, request: Request) -> Json:
        """Broadcasts, and returns the publisher's answer. Raises RequestRefused when nothing is broadcast."""
        channel = channels.parse(publication.channel)
        namespace, caller = await self._authorise(request, Operation.PUBLISH, channel)
        events = publication.read()
        outcome = Outcome.unchanged(events)
        if namespace.on_publish:
            given = context("PUBLISH", channel, caller, events)
            async with self._in_time():
                outcome = await namespace.on_publish.publish(given, events)
        delivering.broadcast(self.registry, channel, outcome.broadcast)
        return outcome.receipt(events)

    async def subscribe(self, id_: str, text: str, request: Request, outbox: Outbox) -> Subscription:
        """A subscription, not yet registered. Raises RequestRefused."""
        channel = channels.parse_pattern(text)
        namespace, caller = await self._authorise(request, Operation.SUBSCRIBE, channel)
        if namespace.on_subscribe:
            async with self._in_time():
                await namespace.on_subscribe.subscribe(context("SUBSCRIBE", channel, caller, None))
        return Subscription(id_, channel, outbox)

    async def _authorise(
        self, request: Request, operation: Operation, channel: Channel
    ) -> tuple[Namespace, Caller]:
        namespace = self._namespaces.get(channel.namespace)
        if namespace is None:
            raise NamespaceUnknown
        publishing = operation is Operation.PUBLISH
        modes = namespace.publish_modes if publishing else namespace.subscribe_modes
        identity = await self._doorkeeper.admit(request.presented, operation, channel, modes)
        return namespace, Caller(identity, request.headers)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._settings.handler_seconds):
                yield
        except TimeoutError as error:
            raise HandlerFailed("The handler timed out.") from error
