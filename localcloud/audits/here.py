"""The audits' own API, served on this machine with everything it needs: functions, an issuer of tokens."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.appsync.command import Options, prepared
from localcloud.audits.catalogue import API
from localcloud.audits.signing import AwsKey
from localcloud.audits.target import Callers, Target

POOL, CLIENT = "us-east-1_audits", "auditsclient"
KEY = "da2-auditsauditsauditsaudits00"
EVENTS_KEY = "da2-eventseventseventsevents00"
AWS = AwsKey("AKIDAUDITSAUDITS0000", "auditsauditsauditsaudits")
COGNITO = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(slots=True)
class Issuer:
    """Signs tokens as Cognito and as an OpenID Connect provider do, and publishes its key."""

    url: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=new_key)

    def token(self, issuer: str, key: rsa.RSAPrivateKey | None = None, /, **claims: object) -> str:
        now = int(time.time())
        usual = {"sub": "ada", "iss": issuer, "iat": now, "auth_time": now, "exp": now + 3600}
        return jwt.encode({**usual, **claims}, key or self.key, "RS256", {"kid": "audits"})

    def user(self, key: rsa.RSAPrivateKey | None = None, /, **claims: object) -> str:
        both = {"token_use": "access", "client_id": CLIENT, "username": "ada", **claims}
        return self.token(COGNITO, key, **both)

    def callers(self) -> Callers:
        past = int(time.time()) - 7200
        return Callers(
            api_key=KEY,
            token=self.user(),
            editor=self.user(None, **{"sub": "bea", "cognito:groups": ["editors"]}),
            expired=self.user(iat=past, auth_time=past, exp=past + 3600),
            foreign=self.user(new_key()),
            oidc=self.token(self.url, aud="audits"),
            lambda_token="custom-token",
            aws=AWS,
            events_key=EVENTS_KEY,
        )

    def answer(self, path: str) -> object:
        """Where an issuer's keys are, and the keys."""
        if path.endswith("openid-configuration"):
            return {"issuer": self.url, "jwks_uri": f"{self.url}/jwks.json"}
        key: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": "audits", "alg": "RS256", "use": "sig"}]}


class KeyPublisher(Protocol):
    """An issuer of tokens, as those see it who look up its keys."""

    url: str

    def answer(self, path: str) -> object: ...


@contextmanager
def issuing[P: KeyPublisher](issuer: P) -> Iterator[P]:
    """The issuer at a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(issuer.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def served(settings: Mapping[str, str] | None = None) -> Iterator[Target]:
    """The audits' API on a free port, plain, and who may call it."""
    with issuing(Issuer()) as issuer:
        values = {
            "Users": POOL,
            "Client": CLIENT,
            "Key.ApiKey": KEY,
            "EventsKey.ApiKey": EVENTS_KEY,
            "OidcIssuer": issuer.url,
        }
        options = Options(template=API / "template.yaml", values=values, settings=settings or {}, port=0)
        environ = {
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": issuer.url,
            "AWS_ACCESS_KEY_ID": AWS.id,
            "AWS_SECRET_ACCESS_KEY": AWS.secret,
        }
        with prepared(options, environ) as ready, started(ready.server) as port:
            host = f"http://localhost:{port}"
            yield Target(f"{host}/graphql", issuer.callers(), f"{host}/event")


@contextmanager
def started(server: uvicorn.Server) -> Iterator[int]:
    """The server in a thread of its own; yields its port."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 15
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the endpoint did not start")
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
