"""Signature Version 4, recomputed: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

AppSync's peculiarities (which path and body are signed over a WebSocket) are the caller's to know.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from localcloud.appsync.errors import BadRequest, Unauthorized
from localcloud.appsync.policies import Policy
from localcloud.appsync.wire import dumps, loads

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=5)
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/(?P<day>\d{8})/(?P<region>[^/,\s]+)/(?P<service>[^/,\s]+)"
    r"/aws4_request,\s*SignedHeaders=(?P<signed>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret this endpoint knows, its principal, and what that may do: everything without a policy."""

    secret: str
    arn: str
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What was signed; `headers` by lower-case name, `query` as it stood in the address."""

    path: str
    body: bytes
    headers: Mapping[str, str]
    query: str = ""
    method: str = "POST"


class Mismatch(BadRequest):
    """The signature is not the one that these headers and this body have; the text quotes what to sign."""


def verify(request: SignedRequest, credentials: Mapping[str, Credential], now: datetime) -> Credential:
    """Raises Unauthorized for an unknown key or a clock too far off, BadRequest for what does not match."""
    match = read_authorization(request)
    stamp = request.headers.get("x-amz-date", "")
    check_clock(stamp, match["day"], now)
    credential = credentials.get(match["key"])
    if credential is None:
        raise Unauthorized("The security token included in the request is invalid.")
    canonical = canonical_request(request, match["signed"].split(";"))
    expected = signature(credential.secret, stamp, match["region"], canonical)
    if not hmac.compare_digest(expected, match["signature"]):
        raise Mismatch(mismatch(canonical))
    return credential


def read_authorization(request: SignedRequest) -> re.Match[str]:
    match = AUTHORIZATION.fullmatch(request.headers.get("authorization", "").strip())
    if not match or match["service"] != "appsync":
        raise BadRequest("Authorization header is not a signature for service 'appsync'.")
    return match


def without_client_library(request: SignedRequest) -> SignedRequest | None:
    """The request as it was before a client's name was put into its body; None when none was."""
    try:
        body = loads(request.body)
        extensions = body.pop("extensions")
        del extensions["clientLibrary"]
        signed = {**body, **({"extensions": extensions} if extensions else {})}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return replace(request, body=dumps(signed).encode())


def check_clock(stamp: str, day: str, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadRequest(f"x-amz-date {stamp!r} is not of the form 20260131T120000Z.") from None
    if not stamp.startswith(day) or abs(now - signed_at) > SKEW:
        raise Unauthorized(
            f"Signature expired: {stamp} is not within {SKEW.seconds // 60} min. of {now:%Y%m%dT%H%M%SZ}."
        )


def canonical_request(request: SignedRequest, signed: list[str]) -> str:
    """Raises BadRequest when `host` is not signed, or a header said to be signed is missing."""
    missing = [name for name in signed if name not in request.headers]
    if missing or "host" not in signed:
        raise BadRequest(f"Signed headers are missing: {', '.join(missing) or 'host'}.")
    lines = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in signed)
    query = "&".join(sorted(request.query.split("&"))) if request.query else ""
    digest = hashlib.sha256(request.body).hexdigest()
    return "\n".join([request.method, request.path, query, lines, ";".join(signed), digest])


def signature(secret: str, stamp: str, region: str, canonical: str) -> str:
    scope = f"{stamp[:8]}/{region}/appsync/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = keyed(key, part)
    return keyed(key, text).hex()


def keyed(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def mismatch(canonical: str) -> str:
    return (
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method."
        f"\n\nThe Canonical String for this request should have been\n'{canonical}'"
    )
