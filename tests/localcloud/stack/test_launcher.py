"""`python -m localcloud dev` as a person meets it: starting, stopping, and what is in the way."""

import asyncio
import contextlib
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from localcloud.launcher.child import Child, Spec
from tests.conftest import ROOT
from tests.flows.cloud import Cloud
from tests.localcloud.stack.conftest import APP, until


def gone(processes: list[psutil.Process], seconds: float = 10) -> list[psutil.Process]:
    """Those that are still there after `seconds`: none, it is hoped."""
    return psutil.wait_procs(processes, timeout=seconds)[1]


def about(cloud: Cloud) -> int:
    """The status of a GraphQL query, which takes the endpoint, MiniStack, the host and a worker."""
    query, key = {"query": "{ about { chatModel } }"}, {"x-api-key": cloud.config["apiKey"]}
    return httpx.post(cloud.graphql, json=query, headers=key, timeout=20).status_code


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud that the tests of this file share, started with an AWS profile and a proxy that do not work."""
    state = tmp_path_factory.mktemp("launcher") / "state"
    state.mkdir(mode=0o755)
    cloud = Cloud(state, APP)
    cloud.variables |= {"AWS_PROFILE": "of-no-such-name", "AWS_SESSION_TOKEN": "stale"}
    cloud.variables |= {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    cloud.start()
    yield cloud
    assert cloud.stop() == 0


def test_ready_message_says_where_to_go_and_which_model_answers(running: Cloud) -> None:
    assert f"http://localhost:{running.ports['--port']}" in running.output
    assert "answers by  local.extractive-v1" in running.output
    assert "the confirmation code is 123456" in running.output
    assert about(running) == 200


def test_secrets_are_the_users_own(running: Cloud) -> None:
    files = [running.state / "credentials.json", running.state / "functions" / "environment.json"]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    assert running.state.stat().st_mode & 0o777 == 0o700


def test_second_launcher_on_the_same_state_is_told_who_has_it(running: Cloud) -> None:
    assert running.process
    said = refused(Cloud(running.state))
    assert f"is in use by process {running.process.pid} (http://localhost:" in said
    assert "or choose another folder with --state" in said


@pytest.mark.parametrize(
    "module",
    ["localcloud.stack.ministack", "localcloud.stack.host", "localcloud.bedrock", "localcloud.appsync"],
)
def test_child_that_dies_is_reported_and_replaced(running: Cloud, module: str) -> None:
    said = len(running.output)
    running.child(module).kill()
    until(lambda: "runs again." in running.output[said:], 30)
    assert "ended with signal SIGKILL." in running.output[said:]
    assert about(running) == 200


def test_child_that_dies_again_while_it_starts_is_started_once_more(running: Cloud) -> None:
    said = len(running.output)
    port = running.ports["--models-port"]
    running.child("localcloud.bedrock").kill()
    with taken(port):
        until(lambda: running.output.count("model endpoint ended with", said) >= 2)
    until(lambda: "The model endpoint runs again." in running.output[said:], 30)
    assert about(running) == 200


@contextlib.contextmanager
def taken(port: int) -> Iterator[None]:
    """Holds a port that a dying process is about to leave."""
    held = contextlib.ExitStack()

    def hold() -> bool:
        with contextlib.suppress(OSError):
            held.enter_context(socket.create_server(("127.0.0.1", port)))
            return True
        return False

    until(hold)
    with held:
        yield


def test_events_that_a_dead_function_host_had_in_hand_are_taken_up_at_once(running: Cloud) -> None:
    said = len(running.output)
    running.child("localcloud.stack.host").kill()
    until(lambda: "function host runs again." in running.output[said:], 30)
    assert "documents and answers reconciled" in running.output[said:]


def test_stop_leaves_no_process_and_accounts_survive_it(launcher: Cloud) -> None:
    for how in (signal.SIGINT, signal.SIGTERM):
        launcher.start()
        assert launcher.user("anna").token
        processes = launcher.processes()
        assert len(processes) >= 5
        assert launcher.stop(how) == 0
        assert gone(processes) == []


def test_killed_launcher_leaves_no_process(launcher: Cloud) -> None:
    launcher.start()
    processes = launcher.processes()
    launcher.stop(signal.SIGKILL)
    assert gone(processes) == []


def test_port_in_use_is_named_with_its_owner_and_the_option(launcher: Cloud) -> None:
    with socket.create_server(("127.0.0.1", launcher.ports["--aws-port"])):
        said = refused(launcher)
    assert re.search(
        r"Port \d+ is in use by .* \(process \d+\)\. Stop that, or choose another: --aws-port", said
    )


def test_port_that_does_not_exist_is_named(launcher: Cloud) -> None:
    launcher.ports["--models-port"] = 70_000
    assert "There is no port 70000: give one from 1 to 65535, or choose" in refused(launcher)


def test_state_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a folder")
    command = [sys.executable, "-m", "localcloud", "dev", "--state", str(file)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert ran.returncode == 1
    assert ran.stderr == f"{file} cannot be the state folder: File exists. Choose another with --state.\n"


def test_control_c_before_anything_was_started_ends_without_a_word(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "localcloud", "dev", "--state", str(tmp_path / "s")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as starting:
        assert starting.stderr
        while "httpx" not in starting.stderr.readline():
            pass
        starting.send_signal(signal.SIGINT)
        try:
            _, said = starting.communicate(timeout=20)
        finally:
            starting.kill()
    assert starting.returncode == 130
    assert "Traceback" not in said


def test_damaged_state_is_a_sentence_and_no_restart(launcher: Cloud) -> None:
    snapshot = launcher.state / "cloud" / "snapshots" / "00000001"
    snapshot.mkdir(parents=True)
    (snapshot / "manifest.json").write_text("{")
    said = refused(launcher)
    assert f"The saved state in {snapshot} is damaged" in said
    assert f"move {launcher.state / 'cloud'} away." in said
    assert "Traceback" not in said


def test_damaged_credentials_are_a_sentence(launcher: Cloud) -> None:
    launcher.state.mkdir()
    (launcher.state / "credentials.json").write_text("{")
    assert "is damaged. Move it away; new credentials are made then." in refused(launcher)


def test_unknown_model_stops_the_start_and_says_what_to_write(launcher: Cloud) -> None:
    launcher.variables["RIFFLE_MODEL"] = "nonsense"
    assert "write RIFFLE_MODEL=openai:http://" in refused(launcher)


def refused(cloud: Cloud) -> str:
    """What a launcher that cannot start says."""
    said = len(cloud.output) if (cloud.state / "launcher.txt").exists() else 0
    assert cloud.launch().wait(40) == 1
    return cloud.output[said:]


def test_reset_removes_the_state_after_asking(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    command = [sys.executable, "-m", "localcloud", "reset", "--state", str(state)]
    assert subprocess.run(command, cwd=ROOT, input=b"n\n", check=False, capture_output=True).returncode == 1
    assert state.exists()
    assert subprocess.run(command, cwd=ROOT, input=b"y\n", check=False, capture_output=True).returncode == 0
    assert not state.exists()


def spec(tmp_path: Path, code: str) -> Spec:
    return Spec("child", [sys.executable, "-c", code], "http://127.0.0.1:1/", tmp_path / "log", {}, grace=0.3)


async def _stopped(child: Child) -> None:
    await child.start()
    await child.stop()


def test_child_that_ignores_its_stop_is_killed_with_its_own_children(tmp_path: Path) -> None:
    deaf = "import signal, subprocess, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
    child = Child(spec(tmp_path, deaf), ROOT)
    asyncio.run(_stopped(child))
    assert child.exit_code is not None
    assert child.exit_code < 0
