"""The headers that resolvers are shown, as `ctx.request.headers`."""

from collections.abc import Mapping

from starlette.datastructures import Headers

from localcloud.appsync.errors import Json

CREDENTIALS = frozenset({"authorization", "x-api-key", "x-amz-security-token", "sec-websocket-protocol"})


def shown(headers: Headers) -> dict[str, Json]:
    """By lower-case name, a repeated one as a list, without cookies."""
    found: dict[str, Json] = {}
    for name in headers:
        values = headers.getlist(name)
        found[name.lower()] = values[0] if len(values) == 1 else values
    found.pop("cookie", None)
    return found


def shown_of_start(handshake: Headers, authorization: Mapping[str, str]) -> dict[str, Json]:
    """A start's auth object stands for its headers: clients put custom ones there. What is left of the
    handshake is without its own credentials, which may be another caller's."""
    kept = {name: value for name, value in shown(handshake).items() if name not in CREDENTIALS}
    return {**kept, **authorization}
