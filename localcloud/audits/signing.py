"""Signature Version 4 as AppSync's clients make it, written apart from the endpoint's own reading of it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

COMMON = {
    "accept": "application/json, text/javascript",
    "content-encoding": "amz-1.0",
    "content-type": "application/json; charset=UTF-8",
}


@dataclass(frozen=True, slots=True)
class AwsKey:
    """Credentials of AWS; `session` is there for temporary ones."""

    id: str
    secret: str
    session: str | None = None
    region: str = "us-east-1"

    def sign(
        self,
        host: str,
        path: str,
        body: str,
        headers: Mapping[str, str] = COMMON,
        when: datetime | None = None,
    ) -> dict[str, str]:
        """The headers of a signed POST, names in lower case."""
        stamp = (when or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
        token = {"x-amz-security-token": self.session} if self.session else {}
        signed = {**headers, "host": host, "x-amz-date": stamp, **token}
        names = ";".join(sorted(signed))
        canonical = "\n".join([
            "POST", path, "", *(f"{name}:{' '.join(signed[name].split())}" for name in sorted(signed)), "",
            names, hashlib.sha256(body.encode()).hexdigest(),
        ])  # fmt: skip
        scope = f"{stamp[:8]}/{self.region}/appsync/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        signature = hmac.new(
            self._key(stamp[:8]), f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}".encode(), hashlib.sha256
        ).hexdigest()
        credential = f"AWS4-HMAC-SHA256 Credential={self.id}/{scope}"
        return {**signed, "authorization": f"{credential}, SignedHeaders={names}, Signature={signature}"}

    def _key(self, day: str) -> bytes:
        key = f"AWS4{self.secret}".encode()
        for part in (day, self.region, "appsync", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key


def credentials(profile: str | None, region: str) -> AwsKey | None:
    """A profile's, else those of the environment; None without either."""
    import boto3

    if profile is None and "AWS_ACCESS_KEY_ID" not in os.environ:
        return None
    found = boto3.Session(profile_name=profile).get_credentials()
    frozen = found.get_frozen_credentials() if found else None
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        return None
    return AwsKey(frozen.access_key, frozen.secret_key, frozen.token, region)
