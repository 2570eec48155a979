"""How the application is served: one process, loopback only, plain and TLS at one port."""

import asyncio
import logging
import os
import socket
import sys
from datetime import UTC, datetime
from typing import cast

import uvicorn
from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE

from localcloud.appsync.capacity import Capacity, capacity_for
from localcloud.appsync.certificates import Certificates
from localcloud.appsync.hints import TrustHint
from localcloud.appsync.listener import PATIENCE_SECONDS, Listener, Tls, listen
from localcloud.appsync.protocols import BoundedHttp, BoundedWebSocket

log = logging.getLogger(__name__)
FRAME_BYTES = 5_000_000  # a publish of five events of 240 kB, which Amplify puts into its frame twice
CLIENTS = 5_000


def configure(app: Starlette, port: int) -> uvicorn.Config:
    """Port 0 picks a free one.

    uvicorn's access log would print a WebSocket handshake's query, which holds tokens and keys; it stays off.
    Compression is declined: every frame would be compressed for each subscriber anew.
    A WebSocket's peer is pinged every 20 seconds and dropped when it has not answered for as long.
    Nothing stands in front of this server, so nobody's X-Forwarded-For is believed.
    The application has nothing to do at its start and end. Told of both, it would be cancelled with a
    traceback when two interruptions come, as at Ctrl-C with `--reload`.
    """
    return uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http="httptools",
        ws=BoundedWebSocket,
        ws_max_size=FRAME_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        proxy_headers=False,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
    )


class Server(uvicorn.Server):
    """uvicorn behind a listener of our own: everything after the first byte is uvicorn's.

    Without certificates it is plain for everybody.
    """

    def __init__(
        self, config: uvicorn.Config, certificates: Certificates | None, patience: float = PATIENCE_SECONDS
    ) -> None:
        super().__init__(config)
        self._tls = tls_of(certificates) if certificates else None
        self._patience = patience

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  (none are given)
        """Exits as uvicorn does when the port is taken."""
        try:
            listening = listen(self.config.host, self.config.port, self.config.backlog)
        except OSError as error:
            log.error("port %d cannot be opened: %s", self.config.port, os.strerror(error.errno or 0))  # noqa: TRY400  (it says it all)
            sys.exit(STARTUP_FAILURE)
        clients = Capacity(self.server_state.connections, capacity_for(CLIENTS))
        listener = Listener(listening, self._protocol, self._tls, self._patience, clients)
        self.servers = cast(
            "list[asyncio.Server]", [listener]
        )  # which uvicorn closes, awaits, and nothing else
        self.started = True

    def _protocol(self) -> BoundedHttp:
        """What speaks HTTP with one client, made as uvicorn's own startup makes it."""
        return BoundedHttp(self.config, self.server_state, self.lifespan.state, self._patience)


def tls_of(certificates: Certificates) -> Tls:
    certificates.prepare(datetime.now(UTC))
    return Tls(certificates.context(), TrustHint(certificates.authority))
