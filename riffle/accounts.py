"""Accounts and tokens: Cognito's public operations over plain JSON, without the AWS SDK."""

import json
import time
from dataclasses import dataclass, replace
from typing import Any

import httpx

from riffle.deployment import Deployment, http_client
from riffle.errors import ByInvitation, ConnectionFailed, Unauthorized, Unexpected, error_of

TARGET = "AWSCognitoIdentityProviderService"
STEPS = {
    "NEW_PASSWORD_REQUIRED": "the account was made for you and needs a password of your own",
    "SOFTWARE_TOKEN_MFA": "the account asks for the code of an authenticator app",
    "MFA_SETUP": "the account needs an authenticator app first",
}
"""What a challenge means."""
RESPONSES = {"NEW_PASSWORD_REQUIRED": "NEW_PASSWORD", "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE"}
"""What a challenge is answered with."""


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
class Challenge:
    """What the pool asks for between the password and the tokens; `name` is Cognito's word for it."""

    name: str
    session: str
    username: str


class Challenged(Unauthorized):
    """Signing in takes another step, such as a password of one's own or the code of an app."""

    type = "Challenged"

    def __init__(self, challenge: Challenge, url: str) -> None:
        super().__init__(f"{STEPS[challenge.name]}; run: riffle login --url {url}")
        self.challenge = challenge


@dataclass(frozen=True, slots=True)
class Accounts:
    """The user pool of one deployment."""

    deployment: Deployment

    async def sign_in(self, username: str, password: str) -> Tokens:
        """Raises Unauthorized for a wrong name or password, NotConfirmed before the code was entered.

        Raises Challenged where the pool asks for more, which `answer` gives.
        """
        parameters = {"USERNAME": username, "PASSWORD": password}
        return self._tokens(await self._initiate("USER_PASSWORD_AUTH", parameters), username)

    async def answer(self, challenge: Challenge, response: str) -> Tokens:
        """The new password or the app's code. Raises Challenged when that is not the last step."""
        responses = {"USERNAME": challenge.username}
        if challenge.name == "MFA_SETUP":
            challenge = await self._verified(challenge, response)
        else:
            responses[RESPONSES[challenge.name]] = response
        answer = await self._call(
            "RespondToAuthChallenge", ClientId=self.deployment.user_pool_client_id,
            ChallengeName=challenge.name, Session=challenge.session, ChallengeResponses=responses,
        )  # fmt: skip
        return self._tokens(answer, challenge.username)

    async def authenticator(self, challenge: Challenge) -> tuple[str, Challenge]:
        """The key that an authenticator app is to be given, and the challenge that its code then answers."""
        answer = await self._call("AssociateSoftwareToken", Session=challenge.session)
        return answer["SecretCode"], replace(challenge, session=answer.get("Session", ""))

    async def _verified(self, challenge: Challenge, code: str) -> Challenge:
        answer = await self._call("VerifySoftwareToken", Session=challenge.session, UserCode=code)
        return replace(challenge, session=answer.get("Session", ""))

    async def refresh(self, tokens: Tokens) -> Tokens:
        """A new access token for a refresh token. Raises Unauthorized when that has expired too."""
        answer = await self._initiate("REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": tokens.refresh})
        return self._tokens(answer, "", tokens.refresh)

    async def sign_up(self, username: str, password: str) -> SignUp:
        """Registers an account; the pool sends a code to the address unless it confirms by itself.

        Raises ByInvitation, also where the pool alone knows: Unauthorized has no other reason here.
        """
        if self.deployment.sign_up != "open":
            raise ByInvitation(self._closed)
        email = [{"Name": "email", "Value": username}] if "@" in username else []
        try:
            answer = await self._named("SignUp", username, Password=password, UserAttributes=email)
        except Unauthorized as error:
            raise ByInvitation(self._closed) from error
        return SignUp(
            bool(answer.get("UserConfirmed")), answer.get("CodeDeliveryDetails", {}).get("Destination")
        )

    @property
    def _closed(self) -> str:
        return f"accounts at {self.deployment.url} are by invitation; ask whoever runs it for one"

    async def confirm(self, username: str, code: str) -> None:
        """Enters the code. Raises InvalidInput when it is wrong or too old."""
        await self._named("ConfirmSignUp", username, ConfirmationCode=code)

    async def resend_code(self, username: str) -> None:
        await self._named("ResendConfirmationCode", username)

    def _tokens(self, answer: dict[str, Any], username: str, refresh: str | None = None) -> Tokens:
        result = answer.get("AuthenticationResult")
        if result is None:
            known = answer.get("ChallengeParameters", {}).get("USER_ID_FOR_SRP", username)
            name = str(answer.get("ChallengeName"))
            if name not in STEPS:
                raise Unauthorized(f"the account asks for {name}, which this client cannot answer")
            raise Challenged(Challenge(name, str(answer.get("Session")), known), self.deployment.url)
        renewal = str(result.get("RefreshToken") or refresh)
        return Tokens(result["AccessToken"], renewal, time.time() + result["ExpiresIn"])

    async def _initiate(self, flow: str, parameters: dict[str, str]) -> dict[str, Any]:
        client = self.deployment.user_pool_client_id
        return await self._call("InitiateAuth", ClientId=client, AuthFlow=flow, AuthParameters=parameters)

    async def _named(self, operation: str, username: str, **body: object) -> dict[str, Any]:
        client = self.deployment.user_pool_client_id
        return await self._call(operation, ClientId=client, Username=username, **body)

    async def _call(self, operation: str, **body: object) -> dict[str, Any]:
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"{TARGET}.{operation}"}
        url = self.deployment.user_pool_endpoint
        try:
            async with http_client(url) as http:
                return _checked(await http.post(url, content=json.dumps(body), headers=headers))
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


def expired(tokens: Tokens) -> Tokens:
    """The same tokens, to be renewed before their next use: the deployment has rejected the access token."""
    return replace(tokens, expires_at=0)
