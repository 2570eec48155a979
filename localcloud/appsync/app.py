"""The ASGI application: every address this endpoint answers, and what answers it."""

from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from localcloud.appsync import http, sockets
from localcloud.appsync.api import Api
from localcloud.appsync.guard import LoopbackOnly
from localcloud.appsync.pages import Pages
from localcloud.appsync.realtime import Limits


def create_app(api: Api, limits: Limits | None = None, pages: Pages | None = None) -> Starlette:
    """`pages` adds the web page, its configuration, the explorer and the way to the user pool."""

    async def graphql(request: Request) -> Response:
        return await http.serve(request, api)

    realtime = partial(serve_socket, api=api, limits=limits or Limits())
    routes = [
        Route("/graphql", graphql, methods=["GET", "POST", "OPTIONS"]),
        *(WebSocketRoute(path, realtime) for path in sockets.PATHS),
        *(pages.routes() if pages else []),
    ]
    return Starlette(
        routes=routes, middleware=[Middleware(LoopbackOnly), Middleware(GZipMiddleware, minimum_size=1000)]
    )


async def serve_socket(socket: WebSocket, api: Api, limits: Limits) -> None:
    await sockets.serve(socket, api, limits)
