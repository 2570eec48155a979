"""How the application is served: one process, loopback only, credentials kept out of logs."""

import uvicorn
from starlette.applications import Starlette

FRAME_BYTES = 1_000_000


def configure(app: Starlette, port: int) -> uvicorn.Config:
    """Port 0 picks a free one.

    uvicorn's access log would print a WebSocket handshake's query, which holds tokens and keys; it stays off.
    Compression is declined: every frame would be compressed for each subscriber anew.
    """
    return uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        ws="websockets-sansio",
        ws_max_size=FRAME_BYTES,
        ws_per_message_deflate=False,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
