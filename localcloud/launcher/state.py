"""The state folder: one launcher at a time, its credentials, and where each child keeps its own."""

import contextlib
import fcntl
import json
import secrets
import shutil
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from localcloud.launcher import CannotStart
from localcloud.stack.deploying import Cloud
from localcloud.stack.environment import write_private

_ALPHABET = string.ascii_uppercase + string.digits


@dataclass(frozen=True, slots=True)
class State:
    """The paths below the state folder. Only `cache`, of what can be computed again, may be elsewhere."""

    root: Path
    cache: Path | None = None

    @property
    def cloud(self) -> Path:
        return self.root / "cloud"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def models(self) -> Path:
        """Where the embedding model is kept in the form that runs."""
        return self.cache or self.root / "models"

    @property
    def environment(self) -> Path:
        """The functions' variables; absent until the stack is deployed."""
        return self.root / "functions" / "environment.json"

    @property
    def values(self) -> Path:
        """The stack's parameters, resources and attributes, to which the template refers."""
        return self.root / "endpoint" / "values.json"

    @property
    def page(self) -> Path:
        """What the page and the command line read as `/riffle.json`."""
        return self.root / "endpoint" / "riffle.json"

    @property
    def certificates(self) -> Path:
        """What https:// and wss:// are served with; the endpoint makes it."""
        return self.root / "certificates"

    @property
    def authority(self) -> Path:
        """What clients of https:// are to trust. The endpoint's own code for this would cost 10 MB here."""
        return self.certificates / "ca.pem"

    @contextlib.contextmanager
    def locked(self, note: str) -> Iterator[None]:
        """Holds the folder for this process; `note` tells the next one who has it. Raises CannotStart."""
        with self._opened() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CannotStart(self._taken()) from None
            lock.truncate(0)
            lock.write(note)
            lock.flush()
            yield

    def _opened(self) -> TextIO:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o700)  # whoever made it: it holds documents and signing keys
            return (self.root / "lock").open("a+")
        except OSError as error:
            why = f"{self.root} cannot be the state folder: {error.strerror}."
            raise CannotStart(f"{why} Choose another with --state.") from error

    def _taken(self) -> str:
        holder = (self.root / "lock").read_text() or "another process"
        return f"{self.root} is in use by {holder}. Stop that first, or choose another folder with --state."

    def cloud_at(self, endpoint: str) -> Cloud:
        """MiniStack and the key that we show it: made at the first start, readable by this user only."""
        path = self.root / "credentials.json"
        if not path.exists():
            write_private(
                path, {"accessKeyId": _access_key_id(), "secretAccessKey": secrets.token_urlsafe(30)}
            )
        try:
            stored: dict[str, str] = json.loads(path.read_text())
            return Cloud(endpoint, stored["accessKeyId"], stored["secretAccessKey"])
        except (ValueError, KeyError):
            raise CannotStart(f"{path} is damaged. Move it away; new credentials are made then.") from None

    def keep_logs_short(self, most: int = 5_000_000) -> None:
        """Sets aside each log larger than `most` bytes, in place of the one set aside before."""
        self.logs.mkdir(parents=True, exist_ok=True)
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > most:
                log.replace(log.with_suffix(".log.1"))

    def remove(self) -> None:
        """Deletes the folder; afterwards everything starts empty."""
        shutil.rmtree(self.root)


def _access_key_id() -> str:
    """Of AWS's form, and not twelve digits: MiniStack would take those for an account."""
    return "LKIA" + "".join(secrets.choice(_ALPHABET) for _ in range(16))
