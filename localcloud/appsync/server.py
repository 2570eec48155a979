"""How the application is served: one process, loopback only, plain and TLS at one port."""

import asyncio
import logging
import socket
import sys
from datetime import UTC, datetime
from typing import cast

import uvicorn
from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from localcloud.appsync.certificates import Certificates
from localcloud.appsync.door import PATIENCE_SECONDS, Door, listen
from localcloud.appsync.frames import WireProtocol
from localcloud.appsync.hints import TrustHint

log = logging.getLogger(__name__)
FRAME_BYTES = 1_000_000


def configure(app: Starlette, port: int) -> uvicorn.Config:
    """Port 0 picks a free one.

    uvicorn's access log would print a WebSocket handshake's query, which holds tokens and keys; it stays off.
    Compression is declined: every frame would be compressed for each subscriber anew.
    A WebSocket's peer is pinged every 20 seconds and dropped when it has not answered for as long.
    Nothing stands in front of this server, so nobody's X-Forwarded-For is believed.
    """
    return uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http="httptools",
        ws=WireProtocol,
        ws_max_size=FRAME_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        proxy_headers=False,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )


class Server(uvicorn.Server):
    """uvicorn behind a door of our own: everything after the first byte is uvicorn's."""

    def __init__(
        self, config: uvicorn.Config, certificates: Certificates, patience: float = PATIENCE_SECONDS
    ) -> None:
        super().__init__(config)
        certificates.prepare(datetime.now(UTC))
        self._tls = certificates.context()
        self._patience = patience
        self._hint = TrustHint(certificates.authority)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  (none are given)
        """Exits as uvicorn does when the port is taken."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)
        try:
            listening = listen(self.config.host, self.config.port, self.config.backlog)
        except OSError as error:
            log.error("port %d cannot be opened: %s", self.config.port, error)  # noqa: TRY400  (it says it all)
            await self.lifespan.shutdown()
            sys.exit(STARTUP_FAILURE)
        door = Door(listening, self._protocol, self._tls, self._hint, self._patience)
        self.servers = cast("list[asyncio.Server]", [door])  # which uvicorn closes, awaits, and nothing else
        self.started = True

    def _protocol(self) -> HttpToolsProtocol:
        """What speaks HTTP with one client, made as uvicorn's own startup makes it."""
        return HttpToolsProtocol(self.config, self.server_state, self.lifespan.state)
