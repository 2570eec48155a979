"""MiniStack as a child process: guarded, on 127.0.0.1, with snapshots while it runs and one at its end.

Runs in `.venv-ministack` as `python -m localcloud.stack.ministack --port 4566 --state FOLDER --origin URL…`
and imports only neighbours that need nothing but the standard library. It replaces private functions of
MiniStack, whose version requirements/ministack.in pins; tests/localcloud/stack prove each of them.
"""

import argparse
import asyncio
import contextlib
import logging
import mmap
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from localcloud.execution.installing import install
from localcloud.stack.forwarding import forward
from localcloud.stack.guard import Guard
from localcloud.stack.parent import die_with_parent
from localcloud.stack.snapshots import DamagedSnapshot, Snapshots

DAMAGED = 65  # exit code: the state folder needs a person (EX_DATAERR of sysexits.h)
_EVERY = 2.0  # seconds between looks for a change
_GRACE = 3.0  # seconds that open connections and a snapshot may hold up the end
_FORK_LIMIT = 30  # seconds a snapshot may take before it is killed and tried again
_CODE = "123456"  # of every e-mail that is not sent; the launcher and the page say so
_LOG = logging.getLogger("riffle.ministack")


def _environment(state: Path) -> dict[str, str]:
    """What MiniStack reads at import. Whatever we listen on, it believes in 4566: queue URLs are state."""
    return {
        "GATEWAY_PORT": "4566", "MINISTACK_HOST": "127.0.0.1", "BIND_HOST": "127.0.0.1",
        "PERSIST_STATE": "1", "STATE_DIR": str(state), "S3_PERSIST": "1", "S3_DATA_DIR": str(state / "s3"),
        "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0", "DOCKER_HOST": "unix:///nonexistent",
        "LOG_LEVEL": "WARNING",
    }  # fmt: skip


class Stack:
    """The emulator's modules and its saved state."""

    def __init__(self, state: Path, image: Path | None = None, *, lasting: bool = True) -> None:
        os.environ.update(_environment(state))
        self._snapshots = Snapshots(state / "snapshots")
        self._lasting = lasting
        self._source = self._snapshots.newest() if lasting else None
        if self._source is None:
            _set_aside(state / "s3")
        self.app = _import("ministack.app")
        self._persistence = _import("ministack.core.persistence")
        functions = _import("ministack.services.lambda_svc")
        _adapt(functions, self._forwarded)
        if image:
            install(functions, image, os.environ)
        _check_codes(_import("ministack.services.cognito"))
        _heed_conditions(_import("ministack.services.cloudformation.changesets"))
        _read_ranges(_import("ministack.services.s3"))
        self.app.PERSIST_STATE = False  # its own save at shutdown overwrites files in place; ours replaces it
        self._changes = 0
        self._saved = 0
        self._saving = asyncio.Lock()

    def changed(self) -> None:
        """Notes that the next snapshot has something to save."""
        self._changes += 1

    def _forwarded(self, *call: object) -> dict[str, object]:
        """An invocation ends with state of its own: a deleted message, a retry counted."""
        try:
            return forward(*call)  # type: ignore[arg-type]  # MiniStack's own arguments, handed on
        finally:
            self.changed()

    def restore(self) -> None:
        """Loads the snapshot; any service that rejects its part stops the start."""
        if self._source is None:
            return
        self._persistence.STATE_DIR = str(self._source)
        for key, module in self.app._state_map.items():
            if (self._source / f"{key}.json").exists():
                self.app._get_module(module).load_persisted_state(self._persistence.load_state(key))
        _free_messages(_import("ministack.services.sqs"))

    def save(self) -> None:
        """Writes a snapshot here and now. Raises OSError when a service's part could not be written."""
        if not self._lasting:
            return
        with self._snapshots.writing() as folder:
            self._persistence.STATE_DIR = str(folder)
            parts = self.app._build_persistence_save_dict()
            states = {key: state for key, read in parts.items() if (state := read()) is not None}
            self._persistence.save_all({key: lambda state=state: state for key, state in states.items()})
            if missing := [key for key in states if not (folder / f"{key}.json").exists()]:
                raise OSError(f"MiniStack could not write the state of {', '.join(missing)}")

    async def keep_saving(self, stopped: asyncio.Event) -> None:
        """Forks a snapshot every few seconds in which something changed, until `stopped`."""
        while not await _within(_EVERY, stopped):
            await self.saved()

    async def saved(self) -> None:
        """Returns once a snapshot has what changed until now, or the try failed: the next one comes soon."""
        async with self._saving:
            seen = self._changes
            if self._lasting and seen != self._saved and await asyncio.to_thread(_succeeded, self._fork()):
                self._saved = seen
                self._snapshots.prune()

    def _fork(self) -> int:
        """A child sees memory as of one instant while the server goes on; a thread could not."""
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            child = os.fork()
        if child == 0:
            _run_and_exit(self)
        return child


def _run_and_exit(stack: Stack) -> None:
    """The forked child: never returns. A lock another thread held at the fork stays so, hence the alarm."""
    die_with_parent()
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.alarm(_FORK_LIMIT)
    try:
        stack.save()
        os._exit(0)
    except BaseException:  # noqa: BLE001 the child's entry point: reported, and the parent tries again
        _LOG.exception("The snapshot failed")
    finally:
        os._exit(1)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Whether `event` was set before `seconds` had passed."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


def _succeeded(child: int) -> bool:
    return os.waitpid(child, 0)[1] == 0


def _import(name: str) -> Any:  # MiniStack is untyped, and absent from the environment that checks types
    """A module of MiniStack, only after the environment that it reads at import is set."""
    __import__(name)
    return sys.modules[name]


def _adapt(functions: Any, forwarded: Callable[..., object]) -> None:
    """Invocations go our way. A limit from a template's parameter is text, and breaks MiniStack's poller."""
    functions._execute_function_proxy = forwarded
    limit = functions._sqs_esm_concurrency

    def numeric(mapping: dict[str, Any], *rest: object) -> int:
        scaling = {key: int(value) for key, value in (mapping.get("ScalingConfig") or {}).items()}
        return int(limit({**mapping, "ScalingConfig": scaling}, *rest))

    functions._sqs_esm_concurrency = numeric


def _check_codes(cognito: Any) -> None:
    """MiniStack compares codes only in a mode that also checks signatures, which is the guard's work here.

    Without this any code resets anybody's password, and a page that forgets to say so is never found out.
    """
    run = cognito._run_idp_handler

    def checked(handler: Callable[..., object], action: str, data: dict[str, Any]) -> object:
        answer = cognito._confirmation_code_error(action, data) or run(handler, action, data)
        pool = cognito._pool_for_client(data.get("ClientId"))[0] if action == "ForgotPassword" else None
        if pool and (user := cognito._resolve_user(pool, data.get("Username"))[0]):
            user["_reset_code"] = _CODE  # its own is another than a new account's, and told nowhere
        return answer

    cognito._run_idp_handler = checked


def _heed_conditions(changesets: Any) -> None:
    """MiniStack compares templates without their conditions: what only they add is no change to it."""
    resolve = changesets._resolve_props_for_diff

    def resolved(template: dict[str, Any], parameters: dict[str, Any], *rest: object) -> dict[str, Any]:
        found = resolve(template, parameters, *rest).get("Resources", {})
        met = changesets._evaluate_conditions(template, parameters) if found else {}
        return {
            "Resources": {name: each for name, each in found.items() if met.get(each.get("Condition"), True)}
        }

    changesets._resolve_props_for_diff = resolved


def _read_ranges(s3: Any) -> None:
    """MiniStack reads the whole object for each range of it; a search reads dozens, of files of gigabytes.

    For a request with a range it only takes a slice of the body, which a map of the file gives as well.
    """
    get, whole, ranged = s3._get_object, s3._read_body, ContextVar("ranged", default=False)

    def got(bucket: str, key: str, headers: dict[str, str], query: dict[str, Any] | None = None) -> object:
        token = ranged.set("range" in headers and "versionId" not in (query or {}))  # those it gives whole
        try:
            return get(bucket, key, headers, query)
        finally:
            ranged.reset(token)

    def body(bucket: str, key: str, record: dict[str, Any]) -> object:
        path = s3._object_disk_path(bucket, key) if ranged.get() and record.get("body") is None else None
        return _mapped(path) if path and record["size"] else whole(bucket, key, record)

    s3._get_object, s3._read_body = got, body


def _mapped(path: str) -> mmap.mmap:
    with Path(path).open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _set_aside(objects: Path) -> None:
    """What a process leaves that died before its first snapshot: objects in buckets that no stack owns."""
    if objects.exists():
        objects.rename(objects.with_name(f"s3-without-snapshot-{time.time_ns()}"))


def _free_messages(sqs: Any) -> None:
    """Makes received messages visible again: whoever had received one ended with the last run."""
    now = time.time()
    for queue in sqs._queues._data.values():
        for message in queue["messages"]:
            if message.get("receive_count"):
                message["visible_at"] = min(message["visible_at"], now)


def _configuration(port: int) -> Any:  # hypercorn's, which only this environment has
    config = _import("hypercorn.config").Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 2
    config.loglevel = "WARNING"
    return config


async def _serve(stack: Stack, port: int, origins: Sequence[str]) -> None:
    """Until SIGTERM; then saves and leaves, without the wait for running functions that asyncio would add."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    saving = asyncio.create_task(stack.keep_saving(stopped))
    gate = Guard(stack.app.app, origins, stack.changed, stack.saved)
    serve = _import("hypercorn.asyncio").serve
    serving = asyncio.create_task(serve(gate, _configuration(port), shutdown_trigger=stopped.wait))
    await asyncio.wait({serving, asyncio.create_task(stopped.wait())}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done() and not stopped.is_set():
        await serving  # it could not listen
    stopped.set()
    await asyncio.wait({serving, saving}, timeout=_GRACE)
    stack.save()
    os._exit(0)


def main() -> None:
    """Restores, serves, saves; exits with DAMAGED and a sentence when there is nothing sound to restore."""
    parser = argparse.ArgumentParser(prog="localcloud.stack.ministack", description=__doc__)
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--origin", action="append", default=[], help="a page that may transfer S3 objects")
    parser.add_argument("--image", type=Path, help="run functions from their zips, on what `prepare` made")
    parser.add_argument("--forget", action="store_true", help="keep nothing after the end")
    arguments = parser.parse_args()
    try:
        stack = Stack(arguments.state.resolve(), arguments.image, lasting=not arguments.forget)
        stack.restore()
    except DamagedSnapshot as damage:
        print(damage, file=sys.stderr)  # noqa: T201 the launcher shows this sentence
        sys.exit(DAMAGED)
    asyncio.run(_serve(stack, arguments.port, arguments.origin))


if __name__ == "__main__":
    main()
