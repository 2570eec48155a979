"""APPSYNC_JS in an embedded engine: the resolver code that deploys, run with bounded time and memory.

Engines are bound to the thread that made them, so each worker thread has its own and compiles code once.
JSON text is all that crosses; the files in `runtime/` hold what handlers can import.
"""

import asyncio
import hashlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

import quickjs  # type: ignore[import-untyped]  # it ships no types

from localcloud.appsync import zones
from localcloud.appsync.dialect import refusals
from localcloud.appsync.effects import Effects
from localcloud.appsync.errors import DefinitionError, FieldError, Json
from localcloud.appsync.module import as_function

log = logging.getLogger(__name__)
RUNTIME = Path(__file__).with_name("runtime")
PARTS = ("values", "time", "http", "dynamodb", "language", "door")
DOOR = "{ define, exportsOf, run, learnZone }"
MEMORY_BYTES = 64 * 1024 * 1024
CPU_SECONDS = 1.0
BRIEF_SECONDS = 0.02  # how long others wait for a handler; most take less than the way to a thread and back
CODE_BYTES = 32_768
RESULT_BYTES = 5_000_000
ERROR_MEMBERS = ("message", "type", "data", "info")

type SkipTo = Literal["END", "NEXT"]


@dataclass(frozen=True, slots=True)
class Code:
    """One resolver's source text and the name it is reported by."""

    name: str
    text: str

    @property
    def key(self) -> str:
        return digest(self.text)


@lru_cache(1_000)
def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Returned:
    """What a handler left, and where an early return goes on, if it was one."""

    value: Json
    early: bool
    stash: Json
    effects: Effects
    skip_to: SkipTo | None = None


def runtime_text() -> str:
    """All parts in one scope, of which only the door is handed out."""
    parts = "\n".join((RUNTIME / f"{name}.js").read_text() for name in PARTS)
    return f'(() => {{ "use strict";\n{parts}\nrestrict();\nreturn {DOOR}; }})()'


class Engine:
    """One thread's engine. An engine that ran out of time or memory is not used again."""

    def __init__(
        self, environment: Mapping[str, str] | None = None, cpu_seconds: float = CPU_SECONDS
    ) -> None:
        self._environment = environment or {}
        self._context = quickjs.Context()
        self._context.set("door", self._context.eval(runtime_text()))
        self._run = self._context.eval("door.run")
        self._exports = self._context.eval("door.exportsOf")
        self._learn_zone = self._context.eval("door.learnZone")
        self._define = self._context.eval("door.define")
        self._context.eval("delete globalThis.door")
        self._context.set_memory_limit(MEMORY_BYTES)
        self._context.set_max_stack_size(512 * 1024)
        self._context.set_time_limit(cpu_seconds)
        self._compiled: set[str] = set()

    def compile(self, code: Code) -> None:
        if code.key not in self._compiled:
            self._define(code.key, self._context.eval(as_function(code.text)))
            self._compiled.add(code.key)

    def exports(self, code: Code) -> list[str]:
        self.compile(code)
        return cast("list[str]", json.loads(self._exports(code.key)))

    def run(self, code: Code, handler: str, context: Json, appended: list[Json] | None = None) -> Json:
        """A handler that asks for a time zone this engine has not seen yet is run again when it has."""
        self.compile(code)
        given = {
            "context": context, "appended": appended or [], "env": dict(self._environment),
            "seed": secrets.token_hex(16), "now": time.time_ns() // 1_000_000,
        }  # fmt: skip
        text = json.dumps(given)
        while (outcome := self._outcome(code, handler, text))["kind"] == "zone":
            self._learn_zone(outcome["zone"], json.dumps(zones.transitions(str(outcome["zone"]))))
        return outcome

    def _outcome(self, code: Code, handler: str, given: str) -> Json:
        text = cast("str", self._run(code.key, handler, given))
        if len(text) > RESULT_BYTES:
            return crash(f"what {handler} left is over {RESULT_BYTES} bytes")
        return json.loads(text)


class JavaScript:
    """An engine for what is done at once, and threads, each with its own, for what takes longer.

    `environment` is what handlers see as `ctx.env`.
    """

    def __init__(self, threads: int = 2, environment: Mapping[str, str] | None = None) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="appsync-js")
        self._environment = environment or {}
        self._own = threading.local()
        self._lengthy: set[str] = set()

    async def call(
        self, code: Code, handler: str, context: Json, appended: list[Json] | None = None
    ) -> Returned:
        """Calls `request`, `onPublish` or, of an exported object, `onPublish.request`.

        Without such a handler `…response` passes `result` on, and any other gives null. Raises FieldError for
        `util.error`, NotAuthorized for `util.unauthorized`, and FieldError for code that fails by itself.
        """
        outcome = self._run_briefly(code, handler, context, appended or [])
        if outcome is None:
            run = asyncio.get_running_loop().run_in_executor
            outcome = await run(self._threads, self._run, code, handler, context, appended or [])
        return read(code, outcome)

    def check(self, code: Code) -> frozenset[str]:
        """The handlers that the code exports, named as `call` takes them.

        Raises DefinitionError when it is too long, no APPSYNC_JS, or fails outside of its handlers.
        """
        if len(code.text.encode()) > CODE_BYTES:
            raise DefinitionError(f"{code.name} is over the limit of {CODE_BYTES} bytes")
        if found := refusals(code.text):
            raise DefinitionError(f"{code.name} is no APPSYNC_JS: {'; '.join(map(str, found))}")
        try:
            return frozenset(self._threads.submit(self._list, code).result())
        except quickjs.JSException as error:
            raise DefinitionError(f"{code.name} does not compile: {error}") from error

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _run_briefly(self, code: Code, handler: str, context: Json, appended: list[Json]) -> Json:
        """None for code that is not done at once, now or earlier: a thread begins it anew.

        That is safe since handlers change nothing but what they return.
        """
        if code.key in self._lengthy:
            return None
        engine, began = self._brief_engine(), time.thread_time()
        try:
            return engine.run(code, handler, context, appended)
        except quickjs.JSException:
            self._own.brief = None
            self._lengthy.add(code.key)
            return None
        except zones.UnknownZone as error:
            return crash(str(error))
        finally:
            # The engine looks at the clock between steps of the code, and one of them may be long.
            if time.thread_time() - began > BRIEF_SECONDS:
                self._lengthy.add(code.key)

    def _brief_engine(self) -> Engine:
        """Of the thread that the event loop is in, usually one and the same."""
        if getattr(self._own, "brief", None) is None:
            self._own.brief = Engine(self._environment, BRIEF_SECONDS)
        return cast("Engine", self._own.brief)

    def _engine(self) -> Engine:
        if getattr(self._own, "engine", None) is None:
            self._own.engine = Engine(self._environment)
        return cast("Engine", self._own.engine)

    def _list(self, code: Code) -> list[str]:
        return self._engine().exports(code)

    def _run(self, code: Code, handler: str, context: Json, appended: list[Json]) -> Json:
        try:
            return self._engine().run(code, handler, context, appended)
        except quickjs.JSException as error:
            self._own.engine = None
            log.warning("%s was stopped in %s: %s", code.name, handler, error)
            return crash("time or memory limit exceeded")
        except zones.UnknownZone as error:
            return crash(str(error))


def crash(message: str) -> Json:
    return {"kind": "crash", "error": {"message": message, "stack": ""}}


def read(code: Code, outcome: Json) -> Returned:
    for line in outcome.get("logs", ()):
        log.info("%s: %s", code.name, line)
    match outcome["kind"]:
        case "error":
            raise failure(outcome)
        case "crash":
            log.warning("%s failed: %s %s", code.name, outcome["error"]["message"], outcome["error"]["stack"])
            raise FieldError(f"Runtime Error: {outcome['error']['message']}", "Code")
    early = outcome["kind"] == "early"
    return Returned(outcome["value"], early, outcome["stash"], read_effects(outcome), outcome.get("skipTo"))


def failure(outcome: Json) -> FieldError:
    given = outcome["error"]
    error = NotAuthorized() if given.get("unauthorized") else FieldError(*map(given.get, ERROR_MEMBERS))
    error.effects = read_effects(outcome)
    return error


def read_effects(outcome: Json) -> Effects:
    return Effects(
        appended=outcome["appended"],
        filter=outcome["filter"],
        invalidation=outcome["invalidation"],
        invalidate=outcome["invalidate"],
        headers=outcome["headers"],
        evicted=outcome["evicted"],
    )


class NotAuthorized(FieldError):
    """A handler called `util.unauthorized()`; whoever knows the field's name puts it into the message."""

    def __init__(self) -> None:
        super().__init__("Not Authorized", "Unauthorized")
