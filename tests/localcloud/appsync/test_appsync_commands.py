"""`riffle appsync` as somebody at a terminal meets it: changes, interruptions, and what is not there."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from localcloud.appsync.folder import EXAMPLE
from tests.conftest import ROOT, wait_for

BARE = "import sys; sys.modules['boto3'] = None; from riffle.cli import main; main()"


def command(*arguments: str, program: tuple[str, ...] = ("-m", "riffle")) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *program, "appsync", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@contextmanager
def serving(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """In a group of its own, as a terminal's: Ctrl-C is for all of it."""
    served = subprocess.Popen(
        [sys.executable, "-m", "riffle", "appsync", "serve", "--no-tls", *arguments],
        cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    late = threading.Timer(60, os.killpg, (served.pid, signal.SIGKILL))
    late.start()
    try:
        yield served
    finally:
        late.cancel()
        if served.poll() is None:
            os.killpg(served.pid, signal.SIGKILL)
        served.communicate()


def heard(served: subprocess.Popen[str], words: str) -> str:
    """The first line with these words; without one, the time is up."""
    assert served.stderr
    return next(line for line in served.stderr if words in line)


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    assert command("init", str(tmp_path / "rooms")).returncode == 0
    return tmp_path / "rooms"


@pytest.fixture
def port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


def test_a_change_that_cannot_be_served_is_told_and_the_next_one_is_served(rooms: Path, port: str) -> None:
    code = rooms / "resolvers/Query.ping.js"
    right = code.read_text()
    with serving(str(rooms), "--reload", "--port", port) as served:
        heard(served, "resolvers")
        code.write_text("export function request( {")
        assert "Query.ping is no APPSYNC_JS: line 1" in heard(served, "Waiting for a change.")
        code.write_text(right)
        heard(served, "resolvers")


@pytest.mark.parametrize("reload", [(), ("--reload",)])
def test_an_interruption_ends_it_without_a_word(reload: tuple[str, ...], port: str) -> None:
    with serving(str(EXAMPLE), *reload, "--port", port) as served:
        wait_for(f"http://localhost:{port}/graphql", 30)
        os.killpg(served.pid, signal.SIGINT)
        _, rest = served.communicate(timeout=30)
    assert "Traceback" not in rest


def test_a_port_that_is_taken_is_named_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        done = command("serve", str(EXAMPLE), "--no-tls", "--port", str(number))
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].endswith(f"port {number} cannot be opened: Address already in use")


@pytest.mark.parametrize("arguments", [("serve", "rooms"), ("audit",), ("serve", "--settings")])
def test_what_is_not_installed_is_said_in_one_line(arguments: tuple[str, ...]) -> None:
    done = command(*arguments, program=("-c", BARE))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "(boto3): pip install '.[appsync]'" in done.stderr


def test_settings_are_listed_as_they_are_given() -> None:
    listed = dict(line.split("\t") for line in command("serve", "--settings").stdout.splitlines())
    assert listed["serial_mutations"] == "true"
    assert listed["published_by_alias"] == "false"


def test_a_web_server_is_not_audited(tmp_path: Path) -> None:
    pages = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    threading.Thread(target=pages.serve_forever, args=(0.05,), daemon=True).start()
    try:
        done = command("audit", f"http://127.0.0.1:{pages.server_port}/", "--api-key", "k", "--only", "HT01")
    finally:
        pages.shutdown()
        pages.server_close()
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is no API: it answers a query with status 501 and no JSON" in done.stderr


def test_an_older_python_is_told_what_is_needed() -> None:
    older = "import riffle.commands.appsync as a; from riffle.cli import main; a.NEEDED = (99, 0); main()"
    refused = command("audit", program=("-c", older))
    assert refused.returncode == 1
    assert refused.stderr.startswith("This command needs Python 3.13 or newer")
