"""A process that reads files can do nothing else, neither from Python nor from a library in C."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PROGRAM = """
import ctypes, errno, json, os, socket, subprocess, sys
from chalicelib.documents.reading import sandbox

libc, held = ctypes.CDLL(None, use_errno=True), sys.argv[1]
open_file, address = open(held), ctypes.create_string_buffer(bytes.fromhex(sys.argv[2]))
connection, parent = socket.socketpair(), ctypes.byref(ctypes.c_int(os.getppid()))
signals_owner_set = 0x8901  # FIOSETOWN: who gets SIGIO when something arrives, which ends a process
filtered = sandbox.confine(2**30, 20)

def refused(attempt):
    try:
        attempt()
    except OSError as error:
        return error.errno == errno.EPERM or type(error).__name__
    return False

def call(name, *arguments):
    def attempt():
        if getattr(libc, name)(*arguments) < 0:
            raise OSError(ctypes.get_errno(), "refused")
    return attempt

attempts = {
    "read a file": lambda: open(held),
    "write a file": lambda: open(held + ".new", "w"),
    "list a folder": lambda: os.listdir("/"),
    "remove a file": lambda: os.remove(held),
    "resolve a name": lambda: socket.getaddrinfo(b"localhost", 80),
    "make a socket": lambda: socket.socket(),
    "start a program": lambda: subprocess.run(["/bin/true"]),
    "start a shell": lambda: os.system("true"),
    "fork": lambda: os.fork(),
    "kill": lambda: os.kill(os.getppid(), 0),
    "read a file in C": call("open", held.encode(), 0),
    "write a file in C": call("creat", (held + ".new").encode(), 0o600),
    "remove a file in C": call("unlink", held.encode()),
    "make a socket in C": call("socket", 2, 1, 0),
    "connect in C": call("connect", open_file.fileno(), address, 16),
    "start a program in C": call("execv", b"/bin/true", None),
    "fork in C": call("fork"),
    "kill in C": call("kill", os.getppid(), 0),
    "have a socket signal another in C": call("ioctl", connection[0].fileno(), signals_owner_set, parent),
    "trace in C": call("ptrace", 16, os.getppid(), 0, 0),
    "have rights back in C": call("setuid", 0),
    "lift a limit in C": call("setrlimit", 1, (ctypes.c_ulong * 2)(10**6, 10**6)),
}
print(json.dumps({name: refused(attempt) for name, attempt in attempts.items()} | {"filtered": filtered}))
"""
IN_C = "in C"


@pytest.fixture(scope="module")
def attempts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    secret = tmp_path_factory.mktemp("sandbox") / "secret"
    secret.write_text("kept")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, secret, "0200" + "00" * 14],
        cwd=ROOT / "chalice_app", capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert secret.read_text() == "kept"
    assert not Path(f"{secret}.new").exists()
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_hook_refuses_what_python_tries(attempts: dict[str, object]) -> None:
    tried = {name: said for name, said in attempts.items() if IN_C not in name and name != "filtered"}
    assert len(tried) == 10
    assert set(tried.values()) <= {True, "PermissionError"}, tried


def test_the_filter_refuses_what_a_library_in_c_tries(attempts: dict[str, object]) -> None:
    if not attempts["filtered"]:
        pytest.skip("NOT TESTED: this kernel does not let processes filter their system calls")
    tried = {name: said for name, said in attempts.items() if IN_C in name}
    assert len(tried) == 12
    assert set(tried.values()) == {True}, tried
