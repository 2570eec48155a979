"""`riffle` as a program of its own: in a pipe or at a terminal, with nothing of the developer's own AWS."""

import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from riffle.cli import main
from tests.conftest import CREDENTIALS, ROOT

RIFFLE = (sys.executable, "-m", "riffle")


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


def variables(home: Path, **given: str) -> dict[str, str]:
    """The environment of somebody whose only AWS credentials are those that are given."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**own, "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true", "COLUMNS": "200", **given}


def account(home: Path, address: str, **given: str) -> dict[str, str]:
    """The same with an account, which MiniStack at `address` is."""
    return variables(home, **{**CREDENTIALS, "AWS_ENDPOINT_URL": address, **given})


def riffle(environment: Mapping[str, str], *arguments: str) -> Ran:
    done = subprocess.run(
        [*RIFFLE, *arguments], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Inside:
    """The same in this process, where nothing has to be imported anew."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, environment: Mapping[str, str], *arguments: str) -> Ran:
        for name in [each for each in os.environ if each.startswith("AWS_")]:
            self.monkeypatch.delenv(name)
        for name, value in environment.items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.setattr(sys, "argv", ["riffle", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        captured = self.capsys.readouterr()
        return Ran(int(end.value.code or 0), captured.out, captured.err)


def with_app(app: Path) -> tuple[str, ...]:
    """`riffle` that deploys the functions of `app`, without layers: those take a minute to build."""
    code = (
        "import sys, pathlib; from appsync.deploying import checks; from riffle.commands import deploying\n"
        "checks.APP, deploying.layers = pathlib.Path(sys.argv.pop(1)), lambda _: {}\n"
        "from riffle.cli import main; main()"
    )
    return (sys.executable, "-c", code, str(app))


def at_terminal(
    environment: Mapping[str, str], *command: str, answers: Mapping[str, bytes | signal.Signals]
) -> Ran:
    """The command on a terminal of its own: each answer is typed, or sent, once its question has appeared."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        command, cwd=ROOT, env={**environment, "TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown, waiting = "", dict(answers)
    for piece in _pieces(ours):
        shown += piece
        for question in [each for each in waiting if each in shown]:
            _answer(child, ours, waiting.pop(question))
    os.close(ours)
    status = child.wait(60)
    assert not waiting, shown
    return Ran(status, shown, "")


def _answer(child: "subprocess.Popen[bytes]", terminal: int, answer: bytes | signal.Signals) -> None:
    if isinstance(answer, signal.Signals):
        child.send_signal(answer)
    else:
        os.write(terminal, answer)


def _pieces(terminal: int) -> Iterator[str]:
    """What is written until the other end is closed, which Linux reports as an error."""
    while True:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:
            return
        if not piece:
            return
        yield piece.decode(errors="replace")


@contextmanager
def refusing(code: str, at: datetime) -> Iterator[str]:
    """The address of an STS that refuses everybody with `code`, and by whose clock it is `at`."""
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>".encode()

    class Refusal(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response_only(403)
            self.send_header("Date", format_datetime(at, usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = HTTPServer(("127.0.0.1", 0), Refusal)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
