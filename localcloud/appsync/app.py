"""The ASGI application: every address this endpoint answers, and what answers it."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from localcloud.appsync import http, sockets
from localcloud.appsync.api import Api
from localcloud.appsync.events import http as publishing
from localcloud.appsync.events import sockets as channels_sockets
from localcloud.appsync.events.api import EventsApi
from localcloud.appsync.guard import LoopbackOnly
from localcloud.appsync.pages import Pages
from localcloud.appsync.realtime import Limits


def create_app(
    api: Api | None,
    limits: Limits | None = None,
    pages: Pages | None = None,
    channels: EventsApi | None = None,
    further: Sequence[BaseRoute] = (),
) -> Starlette:
    """An API of either kind, or both. `pages` adds the web page, the explorer and the way to the pool."""
    bounds = limits or Limits()
    routes = [
        *(graphql_routes(api, bounds) if api else []),
        *(events_routes(channels, bounds) if channels else []),
        WebSocketRoute("/{path:path}", sockets.serve_nowhere),
        *further,
        *(pages.routes() if pages else []),
    ]
    return Starlette(
        routes=routes, middleware=[Middleware(LoopbackOnly), Middleware(GZipMiddleware, minimum_size=1000)]
    )


def graphql_routes(api: Api, limits: Limits) -> list[BaseRoute]:
    async def graphql(request: Request) -> Response:
        return await http.serve(request, api)

    async def realtime(socket: WebSocket) -> None:
        await sockets.serve(socket, api, limits)

    return [
        Route("/graphql", graphql, methods=["GET", "POST", "OPTIONS"]),
        *(WebSocketRoute(path, realtime) for path in sockets.PATHS),
    ]


def events_routes(api: EventsApi, limits: Limits) -> list[BaseRoute]:
    async def publish(request: Request) -> Response:
        return await publishing.serve(request, api)

    async def realtime(socket: WebSocket) -> None:
        await channels_sockets.serve(socket, api, limits)

    return [
        Route(publishing.PATH, publish, methods=["POST", "OPTIONS"]),
        WebSocketRoute(channels_sockets.PATH, realtime),
    ]
