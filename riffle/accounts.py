"""Accounts and tokens: Cognito's public operations over plain JSON, without the AWS SDK."""

import json
import time
from dataclasses import dataclass, replace
from typing import Any

import httpx

from riffle.deployment import Deployment, http_client
from riffle.errors import ConnectionFailed, Unauthorized, Unexpected, error_of

TARGET = "AWSCognitoIdentityProviderService"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in yields. `expires_at` is in seconds since the epoch and concerns the access token."""

    access: str
    refresh: str
    expires_at: float

    def stale(self, now: float, margin: float = 60) -> bool:
        """Whether the access token has less than `margin` seconds to live."""
        return now > self.expires_at - margin


@dataclass(frozen=True, slots=True)
class SignUp:
    """The result of a registration: whether it still waits for a code, and where that code was sent."""

    confirmed: bool
    destination: str | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """The user pool of one deployment."""

    deployment: Deployment

    async def sign_in(self, username: str, password: str) -> Tokens:
        """Raises Unauthorized for a wrong name or password, NotConfirmed before the code was entered."""
        parameters = {"USERNAME": username, "PASSWORD": password}
        answer = await self._initiate("USER_PASSWORD_AUTH", parameters)
        return _tokens(answer, refresh=None)

    async def refresh(self, tokens: Tokens) -> Tokens:
        """A new access token for a refresh token. Raises Unauthorized when that has expired too."""
        answer = await self._initiate("REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": tokens.refresh})
        return _tokens(answer, refresh=tokens.refresh)

    async def sign_up(self, username: str, password: str) -> SignUp:
        """Registers an account; the pool sends a code to the address unless it confirms by itself."""
        email = [{"Name": "email", "Value": username}] if "@" in username else []
        answer = await self._call("SignUp", Username=username, Password=password, UserAttributes=email)
        return SignUp(
            bool(answer.get("UserConfirmed")), answer.get("CodeDeliveryDetails", {}).get("Destination")
        )

    async def confirm(self, username: str, code: str) -> None:
        """Enters the code. Raises InvalidInput when it is wrong or too old."""
        await self._call("ConfirmSignUp", Username=username, ConfirmationCode=code)

    async def resend_code(self, username: str) -> None:
        await self._call("ResendConfirmationCode", Username=username)

    async def _initiate(self, flow: str, parameters: dict[str, str]) -> dict[str, Any]:
        return await self._call("InitiateAuth", AuthFlow=flow, AuthParameters=parameters)

    async def _call(self, operation: str, **body: object) -> dict[str, Any]:
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"{TARGET}.{operation}"}
        content = json.dumps({"ClientId": self.deployment.user_pool_client_id, **body})
        url = self.deployment.user_pool_endpoint
        try:
            async with http_client(url) as http:
                return _checked(await http.post(url, content=content, headers=headers))
        except httpx.HTTPError as error:
            raise ConnectionFailed(f"the user pool at {url} did not answer") from error


def _checked(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json() if response.content else {}
    except json.JSONDecodeError as error:
        raise Unexpected(f"the user pool answered HTTP {response.status_code} without JSON") from error
    if response.is_success and isinstance(body, dict):
        return body
    raise error_of(body.get("__type"), body.get("message") or body.get("Message") or "")


def _tokens(answer: dict[str, Any], refresh: str | None) -> Tokens:
    result = answer.get("AuthenticationResult")
    if result is None:
        raise Unauthorized(
            f"the account asks for {answer.get('ChallengeName')}, which this client cannot answer"
        )
    renewal = str(result.get("RefreshToken") or refresh)
    return Tokens(result["AccessToken"], renewal, time.time() + result["ExpiresIn"])


def expired(tokens: Tokens) -> Tokens:
    """The same tokens, to be renewed before their next use: the deployment has rejected the access token."""
    return replace(tokens, expires_at=0)
