"""How a WebSocket is opened: the sub-protocol, credentials in one of three places, and being told no."""

import base64
import binascii
import json
import logging
from collections.abc import Awaitable, Callable, Mapping

from starlette.websockets import WebSocket

from localcloud.appsync.authorization import Presented
from localcloud.appsync.errors import BadRequest, Json, RequestRefused
from localcloud.appsync.realtime import credentials
from localcloud.appsync.sessions import refuse
from localcloud.appsync.sigv4 import SignedRequest

log = logging.getLogger(__name__)
CARRIER = "header-"
MISSING = "Required headers are missing."


async def accept(
    socket: WebSocket,
    protocol: str,
    admit: Callable[[], Awaitable[object]],
    refusal: Callable[[RequestRefused], Json],
) -> bool:
    """Whether a client may stay. One that offers another protocol, or that `admit` refuses, is told so."""
    offered = protocol in socket.scope["subprotocols"]
    await socket.accept(protocol if offered else None)
    try:
        if not offered:
            raise BadRequest(f"The sub-protocol {protocol} is required.")
        await admit()
    except RequestRefused as error:
        log.info("connection refused: %s", error.message.partition("\n")[0])
        await refuse(socket, refusal(error))
        return False
    return True


def connect_credentials(socket: WebSocket) -> dict[str, str]:
    """From the query string, else the sub-protocol, else plain headers: clients use all three.

    Raises BadRequest when nothing can be read there, or nothing that could be a credential.
    """
    found = carried(socket)
    if not {"authorization", "x-api-key"} & found.keys():
        raise BadRequest(MISSING)
    return found


def carried(socket: WebSocket) -> dict[str, str]:
    """A space in the query was a plus sign: some clients do not percent-encode it."""
    if "header" in socket.query_params:
        return decode(socket.query_params["header"].replace(" ", "+"))
    for protocol in socket.scope["subprotocols"]:
        if protocol.startswith(CARRIER):
            return decode(protocol.removeprefix(CARRIER))
    return dict(socket.headers)


def decode(text: str) -> dict[str, str]:
    """Base64 of a JSON object, of either alphabet, its padding optional."""
    plain = text.replace("-", "+").replace("_", "/")
    try:
        given = json.loads(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True))
        return credentials(given)
    except (binascii.Error, ValueError, AttributeError, RecursionError):
        raise BadRequest(MISSING) from None


def presented(socket: WebSocket, headers: Mapping[str, str], path: str, body: bytes) -> Presented:
    source_ip = socket.client.host if socket.client else ""
    return Presented(SignedRequest(path, body, headers), source_ip)
