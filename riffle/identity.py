"""The signed-in person: an access token that is renewed before it expires."""

import asyncio
import time

from riffle.accounts import Accounts, Tokens, expired
from riffle.errors import Unauthorized
from riffle.sessions import Session, Sessions


class Identity:
    """Hands out a valid access token; what was renewed is stored when a store is given."""

    def __init__(self, accounts: Accounts, session: Session, store: Sessions | None = None) -> None:
        self._accounts = accounts
        self._session = session
        self._store = store
        self._lock = asyncio.Lock()

    @property
    def username(self) -> str:
        return self._session.username

    async def token(self) -> str:
        """Raises Unauthorized when the session cannot be renewed any more."""
        async with self._lock:
            if self._session.tokens.stale(time.time()):
                self._replace(await self._renewed())
            return self._session.tokens.access

    async def _renewed(self) -> Tokens:
        try:
            return await self._accounts.refresh(self._session.tokens)
        except Unauthorized as error:
            url = self._session.url
            raise Unauthorized(f"the session at {url} has ended; run: riffle login --url {url}") from error

    def reject(self, token: str) -> None:
        """Tells that the deployment refused this token, so that the next one is a new one."""
        if self._session.tokens.access == token:
            self._session = Session(self._session.url, self.username, expired(self._session.tokens))

    def _replace(self, tokens: Tokens) -> None:
        self._session = Session(self._session.url, self.username, tokens)
        if self._store is not None:
            self._store.save(self._session)
