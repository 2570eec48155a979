"""The Python client and the command line against the whole local cloud, as people use them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from riffle import AnswerStatus, AsyncClient, Client, Finished, NotFound, Scope, TextDelta, Unauthorized
from tests.conftest import ROOT
from tests.flows.cloud import PASSWORD, Cloud

pytestmark = pytest.mark.flow

NAME = "frida@example.com"
ORCHARD = """The orchard of Hollow Hill was planted in 1902 by Agnes Thorne. It has forty kinds of apple. The
oldest tree stands beside the well and bears fruit every second year. Visitors come on Sundays."""
QUESTION = "Who planted the orchard of Hollow Hill?"


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


def riffle(cloud: Cloud, home: Path, *arguments: str) -> Ran:
    """Runs the command line in a process of its own, signed in by the environment."""
    signed_in = {"RIFFLE_URL": cloud.url, "RIFFLE_USERNAME": NAME, "RIFFLE_PASSWORD": PASSWORD}
    environment = {**os.environ, **signed_in, "XDG_CONFIG_HOME": str(home)}
    command = [sys.executable, "-m", "riffle", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def client(cloud: Cloud) -> Iterator[Client]:
    """Somebody whose collection `orchard` has one document."""
    if not Client.sign_up(cloud.url, NAME, PASSWORD).confirmed:
        Client.confirm(cloud.url, NAME, "123456")
    with Client.connect(cloud.url, username=NAME, password=PASSWORD) as client:
        client.wait_ready(client.add_text("orchard.md", ORCHARD, collection="orchard").id, timeout=60)
        yield client


@pytest.fixture(autouse=True)
def healthy_models(cloud: Cloud) -> Iterator[None]:
    yield
    cloud.models()


def test_stream_of_the_client_is_the_stored_answer(client: Client) -> None:
    with client.ask(QUESTION, scope=Scope("orchard")) as stream:
        events = list(stream)
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert isinstance(events[-1], Finished)
    assert said == events[-1].text == client.answer(stream.id).text
    assert "Agnes Thorne" in said
    assert events[-1].citations[0].passage.document_name == "orchard.md"


def test_stopped_stream_ends_with_what_it_has(cloud: Cloud, client: Client) -> None:
    cloud.models(tokens_per_second=2)
    with client.ask(QUESTION, scope=Scope("orchard")) as stream:
        while not isinstance(next(stream), TextDelta):
            pass
        stream.stop()
        assert stream.result().status is AnswerStatus.STOPPED


def test_stream_survives_the_endpoint_being_killed(cloud: Cloud, client: Client) -> None:
    assert client.username == NAME

    async def interrupted() -> tuple[str, Finished]:
        async with await AsyncClient.connect(cloud.url, username=NAME, password=PASSWORD) as other:
            stream = await other.ask(QUESTION, scope=Scope("orchard"))
            said = ""
            async for event in stream:
                if isinstance(event, TextDelta):
                    if not said:
                        cloud.child("localcloud.appsync").send_signal(signal.SIGKILL)
                    said += event.text
                if isinstance(event, Finished):
                    return said, event
        raise AssertionError("the stream had no end")

    cloud.models(tokens_per_second=10)
    said, finished = asyncio.run(interrupted())
    assert said == finished.text
    assert finished.status is AnswerStatus.COMPLETE
    assert "Agnes Thorne" in said


def test_unknown_things_are_not_found(client: Client) -> None:
    for attempt in (client.document, client.answer, client.delete_document, client.stop_answer):
        with pytest.raises(NotFound, match="nothing-of-mine"):
            attempt("nothing-of-mine")


def test_wrong_password_is_refused(cloud: Cloud, client: Client) -> None:
    with pytest.raises(Unauthorized):
        Client.connect(cloud.url, username=client.username, password="Wrong-horse-1")


def test_folder_is_ingested_and_each_failure_has_its_reason(
    cloud: Cloud, client: Client, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "bees.txt").write_text("The bees of Hollow Hill live in seven hives behind the barn.")
    (folder / "broken.pdf").write_bytes(b"no PDF at all, whatever its name says")
    ran = riffle(cloud, tmp_path, "ingest", str(folder), "--collection", "bees", "--json")
    rows = {Path(row["path"]).name: row for row in map(json.loads, ran.out.splitlines())}
    assert ran.status == 1
    assert rows["bees.txt"]["status"] == "READY"
    assert rows["broken.pdf"]["status"] == "FAILED"
    assert "broken.pdf" in rows["broken.pdf"]["reason"]
    assert [document.name for document in client.documents("bees") if document.status == "READY"] == [
        "bees.txt"
    ]


def test_ask_on_the_command_line_lists_its_sources(cloud: Cloud, client: Client, tmp_path: Path) -> None:
    assert client.username == NAME
    ran = riffle(cloud, tmp_path, "ask", QUESTION, "--collection", "orchard")
    assert ran.status == 0
    answer, _, sources = ran.out.partition("\nSources\n")
    assert "Agnes Thorne" in answer
    assert sources.startswith("[1] orchard.md: “")


def test_refusal_on_the_command_line_has_its_own_exit_status(
    cloud: Cloud, client: Client, tmp_path: Path
) -> None:
    assert client.username == NAME
    ran = riffle(
        cloud, tmp_path, "ask", "What is the capital of Mongolia?", "--collection", "orchard", "--json"
    )
    assert ran.status == 3
    assert json.loads(ran.out)["status"] == "REFUSED"


def test_over_tls_the_command_line_names_the_remedy_until_it_trusts_the_authority(
    cloud: Cloud, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.username == NAME
    question = ("ask", QUESTION, "--url", cloud.url.replace("http", "https", 1))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    ran = riffle(cloud, tmp_path, *question)
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "is not trusted; name its authority's file in SSL_CERT_FILE" in ran.err
    monkeypatch.setenv("SSL_CERT_FILE", str(cloud.state / "certificates" / "ca.pem"))
    ran = riffle(cloud, tmp_path, *question)
    assert (ran.status, "Agnes Thorne" in ran.out) == (0, True)


def test_message_travels_from_one_client_to_another(cloud: Cloud, client: Client) -> None:
    async def heard() -> object:
        async with (
            await AsyncClient.connect(cloud.url, username=NAME, password=PASSWORD) as other,
            other.listening("orchard-news") as messages,
        ):
            await asyncio.to_thread(client.publish, "orchard-news", {"ripe": ["Thorne's Pippin"]})
            return (await anext(messages)).data

    assert asyncio.run(heard()) == {"ripe": ["Thorne's Pippin"]}
