"""The endpoint that clients are pointed at, and who they are in each authorisation mode."""

import base64
import hashlib
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from localcloud.appsync.api import Api
from localcloud.appsync.app import create_app
from localcloud.appsync.assembly import Surroundings, assemble
from localcloud.appsync.definition import read
from localcloud.appsync.events import assembly, definition
from localcloud.appsync.events.api import EventsApi
from localcloud.appsync.sigv4 import Credential
from localcloud.appsync.template import load
from tests.localcloud.appsync.world import (
    ACCESS,
    ARN,
    CERTIFICATES,
    POOL,
    SECRET,
    Lambda,
    Pool,
    functions_at,
    http_service,
    running,
)

FIXTURES = Path(__file__).parent / "fixtures"
KEY, OLD_KEY = "da2-rooms", "da2-expired"
PASSWORD = "friend"
AUTHORIZER = "arn:aws:lambda:us-east-1:000000000000:function:authorizer"


class Authorizer(Lambda):
    """The Lambda authoriser's function, of both APIs: it knows one password, and what is denied with it."""

    def invoke(self, event: Any) -> tuple[Any, str | None]:
        return {
            "isAuthorized": event["authorizationToken"] == PASSWORD,
            "resolverContext": {"name": "a friend"},
            "deniedFields": ["Query.vault", "Subscription.onVault"],
        }, None


class Issuer(Pool):
    """An OpenID Connect issuer besides: what it publishes of itself and its keys are one document here."""

    url = ""

    def jwks(self) -> dict[str, Any]:
        return {**super().jwks(), "issuer": self.url, "jwks_uri": f"{self.url}/keys"}

    def signed(self, mode: str, **claims: Any) -> str:
        if mode == "oidc":
            return self.token("olga", iss=self.url, aud="rooms", token_use=None, **claims)
        return self.token("ada", **claims)


@dataclass(frozen=True)
class World:
    """A running endpoint over `fixtures/`."""

    host: str
    issuer: Issuer
    api: Api
    channels: EventsApi

    @property
    def subscriptions(self) -> int:
        """How many there are at the endpoint, whatever its clients believe."""
        return len(self.api.registry) + len(self.channels.registry)

    @property
    def port(self) -> int:
        return int(self.host.rpartition(":")[2])

    def credentials(self, mode: str) -> dict[str, str]:
        """Those that `mode` accepts, under the names that `client.mjs` knows."""
        match mode:
            case "apiKey":
                return {"apiKey": KEY}
            case "iam" | "identityPool":
                return {"accessKeyId": ACCESS, "secretAccessKey": SECRET}
            case "lambda":
                return {"token": PASSWORD}
        return {"token": self.issuer.signed(mode)}

    def wrong_credentials(self, mode: str) -> dict[str, str]:
        """A key or token that has expired, a password nobody has, a secret that is another's."""
        match mode:
            case "apiKey":
                return {"apiKey": OLD_KEY}
            case "iam" | "identityPool":
                return {"accessKeyId": ACCESS, "secretAccessKey": "another's"}
            case "lambda":
                return {"token": "foe"}
        return {"token": self.issuer.signed(mode, exp=int(time.time()) - 60)}

    def others(self) -> httpx.AsyncClient:
        """Somebody else who knows the API key."""
        headers = {"x-api-key": KEY}
        return httpx.AsyncClient(base_url=f"http://{self.host}", headers=headers, timeout=20)


@contextmanager
def serving() -> Iterator[World]:
    issuer = Issuer()
    with ExitStack() as stack:
        service = stack.enter_context(http_service(Authorizer(), issuer))
        issuer.url = service
        keys = {"Key.ApiKey": KEY, "ChannelsKey.ApiKey": KEY}
        old_keys = {"OldKey.ApiKey": OLD_KEY, "OldChannelsKey.ApiKey": OLD_KEY}
        values = {"Pool": POOL, "Issuer": service, "Authorizer.Arn": AUTHORIZER, **keys, **old_keys}
        session = boto3.Session("test", "test", region_name="us-east-1")
        around = Surroundings(session, service, {ACCESS: Credential(SECRET, ARN)})
        template = load(FIXTURES / "template.yaml", values)
        described = definition.read(template)
        assert described
        with functions_at(service):
            api, channels = assemble(read(template), around), assembly.assemble(described, around)
        host = stack.enter_context(running(create_app(api, channels=channels)))
        yield World(host, issuer, api, channels)


def fingerprint() -> str:
    """Of the certificate's public key, as Chromium wants it: it compares those that the server shows."""
    certificate = x509.load_pem_x509_certificate(CERTIFICATES.leaf.read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()
