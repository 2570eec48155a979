"""Ingesting again what is there already, and following folders."""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change

from riffle import AsyncClient
from riffle.commands.following import Following, _inside
from riffle.commands.ingesting import Outcome, send_all
from riffle.sources import folders
from tests.riffle import samples
from tests.riffle.conftest import NAME, PASSWORD
from tests.riffle.fake import Fake
from tests.riffle.samples import Json
from tests.riffle.test_client_flows import upload_to


def known(file: Path, body: bytes, **changes: object) -> Json:
    """A document that was made of these bytes of the file."""
    digest = hashlib.sha256(body).hexdigest()
    return samples.document("d9", source=folders.uri_of(file), sha256=digest, status="READY") | changes


def has(fake: Fake, *documents: Json) -> list[Json]:
    """Makes the fake list documents, each READY when looked at alone; the inputs of uploads."""
    return lists(fake, lambda: list(documents))


def lists(fake: Fake, documents: Callable[[], list[Json]]) -> list[Json]:
    """The same, of documents that may become more."""
    fake.fields["documents"] = lambda _: {"items": documents(), "nextToken": None}
    fake.fields["document"] = lambda given: samples.document(given["id"], status="READY")
    return upload_to(fake)


def sent(fake: Fake, file: Path) -> Outcome:
    async def work() -> list[Outcome]:
        async with await AsyncClient.connect(fake.url, username=NAME, password=PASSWORD) as client:
            return await send_all(client, [folders.item(file)], None, lambda _: None)

    (outcome,) = asyncio.run(work())
    return outcome


def taken(fake: Fake, folder: Path, change: Change, file: Path, *, delete: bool = False) -> None:
    async def work() -> None:
        async with await AsyncClient.connect(fake.url, username=NAME, password=PASSWORD) as client:
            await Following(client, (folder,), None, delete).take({(change, str(file))})

    asyncio.run(work())


def test_a_file_that_has_not_changed_is_not_sent_again(fake: Fake, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"text")
    inputs = has(fake, known(file, b"text"))
    outcome = sent(fake, file)
    assert outcome.unchanged
    assert outcome.document
    assert outcome.document.id == "d9"
    assert inputs == []


def test_a_file_that_has_changed_is_its_documents_next_version(fake: Fake, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"new text")
    inputs = has(fake, known(file, b"text"))
    assert not sent(fake, file).unchanged
    assert [(each["documentId"], each["source"]) for each in inputs] == [("d9", folders.uri_of(file))]


def test_a_file_whose_document_failed_is_sent_again(fake: Fake, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"text")
    inputs = has(fake, known(file, b"text", status="FAILED"))
    sent(fake, file)
    assert [each["documentId"] for each in inputs] == ["d9"]


def test_a_file_whose_document_is_being_deleted_is_a_new_one(fake: Fake, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"text")
    inputs = has(fake, known(file, b"text", status="DELETING"))
    sent(fake, file)
    assert "documentId" not in inputs[0]


def test_a_pipe_in_a_watched_folder_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert _inside(tmp_path / "pipe.txt") == []
    assert _inside(tmp_path) == []


def test_a_file_that_disappears_is_deleted_only_if_asked(fake: Fake, tmp_path: Path) -> None:
    file, deleted = tmp_path / "a.txt", list[Json]()

    def delete(given: Json) -> Json:
        deleted.append(given)
        return samples.document("d9", status="DELETING")

    has(fake, known(file, b"text"))
    fake.fields["deleteDocument"] = delete
    taken(fake, tmp_path, Change.deleted, file)
    assert deleted == []
    taken(fake, tmp_path, Change.deleted, file, delete=True)
    assert deleted == [{"id": "d9"}]


def test_a_watched_folder_is_ingested_as_it_changes_until_control_c(fake: Fake, tmp_path: Path) -> None:
    file = tmp_path / "in" / "a.txt"
    inputs: list[Json] = lists(fake, lambda: [known(file, b"text")] if inputs else [])
    file.parent.mkdir()
    signed_in = {"RIFFLE_URL": fake.url, "RIFFLE_USERNAME": NAME, "RIFFLE_PASSWORD": PASSWORD}
    command = [sys.executable, "-m", "riffle", "ingest", "--watch", str(tmp_path / "in")]
    environment = os.environ | signed_in | {"XDG_CONFIG_HOME": str(tmp_path)}
    (tmp_path / "a.txt").write_text("text")
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr
        while "Watching" not in (line := program.stderr.readline()):
            assert line, "the command ended"
        (tmp_path / "a.txt").rename(file)  # whole from the first moment on
        deadline = time.monotonic() + 60
        while "READY" not in (line := program.stderr.readline()):
            assert line, "the command ended"
            assert time.monotonic() < deadline
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=30)
    assert program.returncode == 130
    assert [each["name"] for each in inputs] == ["a.txt"]


def test_watching_what_is_no_folder_is_a_usage_error(fake: Fake, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("text")
    signed_in = {"RIFFLE_URL": fake.url, "RIFFLE_USERNAME": NAME, "RIFFLE_PASSWORD": PASSWORD}
    command = [sys.executable, "-m", "riffle", "ingest", "--watch", str(file)]
    ran = subprocess.run(command, env=os.environ | signed_in, capture_output=True, text=True, check=False)
    assert (ran.returncode, json.dumps(ran.stdout)) == (2, '""')
    assert "--watch follows folders" in ran.stderr
