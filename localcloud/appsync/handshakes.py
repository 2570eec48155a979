"""What a client shows when it opens a WebSocket: credentials in one of three places."""

import base64
import binascii
import json
from collections.abc import Mapping

from starlette.websockets import WebSocket

from localcloud.appsync.authorization import Presented
from localcloud.appsync.errors import BadRequest
from localcloud.appsync.realtime import credentials
from localcloud.appsync.sigv4 import SignedRequest

CARRIER = "header-"


def connect_credentials(socket: WebSocket) -> dict[str, str]:
    """From the query string, else the sub-protocol, else plain headers: clients use all three."""
    if "header" in socket.query_params:
        return decode(socket.query_params["header"].replace(" ", "+"))
    for protocol in socket.scope["subprotocols"]:
        if protocol.startswith(CARRIER):
            return decode(protocol.removeprefix(CARRIER).replace("-", "+").replace("_", "/"))
    return dict(socket.headers)


def decode(text: str) -> dict[str, str]:
    """Base64 of a JSON object, its padding optional."""
    try:
        given = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
        return credentials(given)
    except (binascii.Error, ValueError, AttributeError, RecursionError):
        raise BadRequest("Required headers are missing.") from None


def presented(socket: WebSocket, headers: Mapping[str, str], path: str, body: bytes) -> Presented:
    source_ip = socket.client.host if socket.client else ""
    return Presented(SignedRequest(path, body, headers), source_ip)
