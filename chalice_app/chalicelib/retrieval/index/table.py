"""The table itself: opened once, always read at its newest version, and tried again when a race is lost."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from random import SystemRandom
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chalicelib.errors import Unavailable
from chalicelib.retrieval.importing import without_rest_client
from chalicelib.retrieval.index.indexes import add_missing
from chalicelib.retrieval.index.rows import schema

if TYPE_CHECKING:
    from types import ModuleType

    from lancedb.db import DBConnection
    from lancedb.table import Table

TABLE = "passages_2"
"""The number counts schemas: a table of another one is not read, and its documents are ingested anew."""

FAILURES = (RuntimeError, OSError)
"""What lancedb raises for a lost commit race and for storage out of reach alike."""

_ATTEMPTS = 6
_PAUSES = SystemRandom()  # environments restored from one snapshot would agree on others


class PassageTable:
    """The table under `uri`, made on first use, for vectors of `dimensions` numbers."""

    def __init__(self, uri: str, dimensions: int, storage_options: Mapping[str, str]) -> None:
        self.dimensions = dimensions
        self._uri = uri
        self._storage_options = dict(storage_options)
        self._opened: Table | None = None
        self._opening = threading.Lock()

    @property
    def versions(self) -> str:
        """What the keys of the table's versions begin with, in the bucket."""
        return f"{urlsplit(self._uri).path.lstrip('/')}/{TABLE}.lance/_versions/"

    def trying[Result](self, operation: "Callable[[Table], Result]", *, seen: bool = False) -> Result:
        """Runs an operation, again on a reopened table when a commit lost its race or storage failed.

        `seen` is for one of several that belong together: it first asks the table as it was last seen.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return operation(self.last_seen() if seen and not attempt else self.newest())
            except FAILURES as error:
                self._opened = None
                if attempt == _ATTEMPTS - 1:
                    raise Unavailable("the index of passages could not be reached") from error
                time.sleep(_PAUSES.uniform(0, 0.05 * 2**attempt))
        raise AssertionError("unreachable")

    def last_seen(self) -> "Table":
        return self._opened or self.newest()

    def newest(self) -> "Table":
        """The table at its newest version: a warm searcher must not answer from deleted documents.

        Asked for once an operation; a connection that always reads consistently asks several times a query.
        """
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
                return self._opened
            table = self._opened
        table.checkout_latest()  # type: ignore[no-untyped-call]
        return table

    def _open(self) -> "Table":
        connection = lance().connect(self._uri, storage_options=self._storage_options)
        table = self._open_or_create(connection)
        add_missing(table)
        return table

    def _open_or_create(self, connection: "DBConnection") -> "Table":
        try:
            return connection.open_table(TABLE)
        except ValueError:  # there is none yet; another process may be making it just now
            return connection.create_table(TABLE, schema=schema(self.dimensions), exist_ok=True)


def lance() -> "ModuleType":
    """LanceDB, imported on first use: it takes longer than everything else together.

    Unless it is told, Lance leaves two cores to reading and writing, and so works on one where there are two.
    """
    os.environ.setdefault("LANCE_CPU_THREADS", str(os.process_cpu_count() or 1))
    with without_rest_client():
        import lancedb
    return lancedb


def tended(keys: Iterable[str]) -> bool:
    """Whether the keys of a table's versions show one at most, as looking after it leaves them.

    Every commit adds a version, and `maintain` removes those that are too old for any reader. So this is how
    to see, without opening the table, that nothing was written since. None at all is a table not made yet.
    """
    return len(list(islice((key for key in keys if key.endswith(".manifest")), 2))) < 2


def storage_options(environ: Mapping[str, str]) -> dict[str, str]:
    """LanceDB's storage options out of the variables that boto3 reads.

    Nothing is set that the environment does not say: the default chain finds credentials as boto3 does.
    """
    endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL", "")
    options = {
        "aws_endpoint": endpoint,
        "aws_region": environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", ""),
        "aws_access_key_id": environ.get("AWS_ACCESS_KEY_ID", ""),
        "aws_secret_access_key": environ.get("AWS_SECRET_ACCESS_KEY", ""),
        "aws_session_token": environ.get("AWS_SESSION_TOKEN", ""),
        "allow_http": "true" if endpoint.startswith("http://") else "",
    }
    return {name: value for name, value in options.items() if value}
