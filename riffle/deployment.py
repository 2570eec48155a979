"""What a client must know of a deployment: the `riffle.json` beside its web page."""

import json
import ssl
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import httpx

from riffle.decoding import Value
from riffle.errors import ConnectionFailed, InvalidInput, Unexpected, Untrusted

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
SERVICE_HOST = "appsync-api"


@dataclass(frozen=True, slots=True)
class Deployment:
    """Addresses and identifiers of one deployment; `url` is the one the user typed, without a last slash.

    `sign_up` is `open` where anybody may have an account, `invited` where they are made for people.
    """

    url: str
    region: str
    graphql_url: str
    user_pool_id: str
    user_pool_client_id: str
    user_pool_endpoint: str
    notices: tuple[str, ...] = ()
    sign_up: str = "open"

    @classmethod
    def parse(cls, url: str, value: Value) -> Self:
        """Reads `riffle.json`. Raises Unexpected when it lacks a field."""
        try:
            return cls(
                url,
                value["region"],
                value["graphqlUrl"],
                value["userPoolId"],
                value["userPoolClientId"],
                value.get("userPoolEndpoint") or f"https://cognito-idp.{value['region']}.amazonaws.com/",
                tuple(value.get("notices", ())),
                str(value.get("signUp") or "open"),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise Unexpected(f"{url}/riffle.json is not the description of a Riffle deployment") from error

    @classmethod
    async def discover(cls, url: str) -> Self:
        """Fetches `<url>/riffle.json`. Raises Untrusted, or ConnectionFailed when nothing answers there."""
        base = normal(url)
        try:
            async with http_client(base) as http:
                answer = (await http.get(f"{base}/riffle.json")).raise_for_status()
                return cls.parse(base, answer.json())
        except httpx.HTTPStatusError as error:
            raise Unexpected(
                f"{base} has no riffle.json (HTTP {error.response.status_code}); is it Riffle?"
            ) from error
        except httpx.HTTPError as error:
            raise _unanswered(base, error) from error
        except json.JSONDecodeError as error:
            raise Unexpected(f"{base}/riffle.json is not JSON; is it Riffle?") from error

    @property
    def realtime_url(self) -> str:
        """Where AppSync takes WebSockets: a host of its own on AWS, `…/realtime` on a custom domain."""
        parts = urlsplit(self.graphql_url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        if SERVICE_HOST in parts.netloc and ".amazonaws.com" in parts.netloc:
            host = parts.netloc.replace(SERVICE_HOST, "appsync-realtime-api")
            return urlunsplit((scheme, host, parts.path, "", ""))
        return urlunsplit((scheme, parts.netloc, f"{parts.path}/realtime", "", ""))

    @property
    def host(self) -> str:
        """The HTTP endpoint's host and port, as AppSync wants it in every authorization object."""
        return urlsplit(self.graphql_url).netloc


def normal(url: str) -> str:
    """The form under which a deployment's session is stored: scheme given, no last slash."""
    text = url.strip().rstrip("/").removesuffix("/riffle.json")
    text = text if "://" in text else f"{'http' if _is_loopback(f'//{text}') else 'https'}://{text}"
    if urlsplit(text).scheme not in {"http", "https"} or not urlsplit(text).hostname:
        raise InvalidInput(f"{url!r} is not the address of a deployment; try http://localhost:8000")
    return text


def is_local(url: str) -> bool:
    """Whether a URL names this machine: proxies of the environment must not be asked for it."""
    return _is_loopback(url)


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK


def _unanswered(base: str, error: BaseException) -> ConnectionFailed:
    """httpx tells a certificate that is not trusted from a port where nothing listens only by the cause."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            where = " (`make dev` shows which)" if is_local(base) else ""
            return Untrusted(
                f"the certificate of {base} is not trusted; name its authority's file in SSL_CERT_FILE{where}"
            )
        cause = cause.__cause__ or cause.__context__
    return ConnectionFailed(f"nothing answers at {base}; is Riffle running there?")


def http_client(url: str) -> httpx.AsyncClient:
    """An HTTP client with patient time-outs: a search that loads its index may take some seconds.

    Without the environment's proxies httpx would not heed SSL_CERT_FILE either; Python's own context does.
    """
    timeout = httpx.Timeout(60, connect=10)
    headers = {"user-agent": "riffle-python"}
    if is_local(url):
        return httpx.AsyncClient(timeout=timeout, verify=_trust(), trust_env=False, headers=headers)
    return httpx.AsyncClient(timeout=timeout, headers=headers)


def _trust() -> ssl.SSLContext:
    """The system's authorities, or SSL_CERT_FILE's: what the WebSocket trusts as well."""
    return ssl.create_default_context()
