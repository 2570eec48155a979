"""Sessions kept between runs: a file in the user's configuration folder that only the user can read."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from riffle.accounts import Tokens


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in where."""

    url: str
    username: str
    tokens: Tokens


def default_path() -> Path:
    return platformdirs.user_config_path("riffle") / "sessions.json"


@dataclass(frozen=True, slots=True)
class Sessions:
    """The file: one session per deployment, and which deployment was used last."""

    path: Path = field(default_factory=default_path)

    def find(self, url: str) -> Session | None:
        return self._read()[1].get(url)

    def last_url(self) -> str | None:
        """The deployment that was signed in to most recently."""
        return self._read()[0]

    def save(self, session: Session) -> None:
        _, sessions = self._read()
        self._write(session.url, sessions | {session.url: session})

    def remove(self, url: str) -> bool:
        """Forgets a session; False when there was none."""
        last, sessions = self._read()
        found = sessions.pop(url, None)
        self._write(None if last == url else last, sessions)
        return found is not None

    def _read(self) -> tuple[str | None, dict[str, Session]]:
        """A file that is missing or torn is as good as none: signing in again mends it."""
        try:
            value = json.loads(self.path.read_text("utf-8"))
            return value["last"], {url: _session(url, entry) for url, entry in value["sessions"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None, {}

    def _write(self, last: str | None, sessions: dict[str, Session]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = json.dumps(
            {"last": last, "sessions": {url: asdict(entry) for url, entry in sessions.items()}}, indent=2
        )
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.path)


def _session(url: str, entry: dict[str, Any]) -> Session:
    return Session(url, entry["username"], Tokens(**entry["tokens"]))
