"""APPSYNC_JS in an embedded engine: the resolver code that deploys, run with bounded time and memory.

Engines are bound to the thread that made them, so each worker thread has its own and compiles code once.
JSON text is all that crosses; `runtime.js` holds what handlers can import.
"""

import asyncio
import hashlib
import json
import logging
import re
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import quickjs  # type: ignore[import-untyped]  # it ships no types

from localcloud.appsync.errors import DefinitionError, FieldError, Json

log = logging.getLogger(__name__)
RUNTIME = Path(__file__).with_name("runtime.js")
MEMORY_BYTES = 64 * 1024 * 1024
CPU_SECONDS = 1.0
CODE_BYTES = 32_768
IMPORT = re.compile(
    r"^[ \t]*import\s+(?P<what>[\w*{}\s,$]+?)\s+from\s*(?P<from>['\"][^'\"]+['\"])[ \t]*;?", re.MULTILINE
)
EXPORTED = re.compile(r"^[ \t]*export\s*\{(?P<names>[^}]*)\}", re.MULTILINE)

type Handler = Literal["request", "response"]


@dataclass(frozen=True, slots=True)
class Code:
    """One resolver's source text and the name it is reported by."""

    name: str
    text: str

    @property
    def key(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Returned:
    """What a handler left: its value, whether it returned early, and what it asked for besides."""

    value: Json
    early: bool
    stash: Json
    appended: list[Json]
    filter: Json


def rewrite(code: Code) -> str:
    """The module with imports turned into look-ups and its handlers registered; lines keep their numbers."""
    text = IMPORT.sub(look_up, code.text)
    names = exported(code.text)
    pairs = ", ".join(
        f"{name}: typeof {local} === 'function' ? {local} : undefined" for name, local in names.items()
    )
    return f"{text}\n;globalThis.__appsync.register({json.dumps(code.key)}, {{{pairs}}});"


def look_up(match: re.Match[str]) -> str:
    """`import {util as u} from 'm'` becomes `const {util: u} = load('m')`, on as many lines."""
    what = re.sub(r"\bas\b", ":", match["what"]) if "{" in match["what"] else match["what"].split()[-1]
    return f"const {what} = globalThis.__appsync.load({match['from']});"


def exported(text: str) -> dict[str, str]:
    """Which functions are `request` and `response`: `export {a as request}` may rename them."""
    names = {"request": "request", "response": "response"}
    for clause in EXPORTED.finditer(text):
        for entry in clause["names"].split(","):
            local, _, public = entry.strip().partition(" as ")
            if public.strip() in names:
                names[public.strip()] = local.strip()
    return names


class Engine:
    """One thread's engine. An engine that ran out of time or memory is not used again."""

    def __init__(self) -> None:
        self._context = quickjs.Context()
        self._context.eval(RUNTIME.read_text())
        self._context.set_memory_limit(MEMORY_BYTES)
        self._context.set_max_stack_size(512 * 1024)
        self._context.set_time_limit(CPU_SECONDS)
        self._run = self._context.eval("__appsync.run")
        self._compiled: set[str] = set()

    def compile(self, code: Code) -> None:
        if code.key not in self._compiled:
            self._context.module(rewrite(code))
            # What a module throws at its top level, as for an unknown import, goes into a promise.
            if not self._context.eval(f"__appsync.has('{code.key}')"):
                raise quickjs.JSException("its top level failed; are all of its imports part of APPSYNC_JS?")
            self._compiled.add(code.key)

    def run(self, code: Code, handler: Handler, context: Json) -> Json:
        self.compile(code)
        given = {"context": context, "seed": secrets.token_hex(16), "now": time.time_ns() // 1_000_000}
        return json.loads(cast("str", self._run(code.key, handler, json.dumps(given))))


class JavaScript:
    """A few threads, each with an engine of its own."""

    def __init__(self, threads: int = 2) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="appsync-js")
        self._own = threading.local()

    async def call(self, code: Code, handler: Handler, context: Json) -> Returned:
        """Raises FieldError for `util.error` and `util.unauthorized`, and for code that fails by itself."""
        loop = asyncio.get_running_loop()
        return read(code, await loop.run_in_executor(self._threads, self._run, code, handler, context))

    def check(self, code: Code) -> None:
        """Raises DefinitionError when the code is over AppSync's limit or does not compile."""
        if len(code.text.encode()) > CODE_BYTES:
            raise DefinitionError(f"{code.name} is over the limit of {CODE_BYTES} bytes")
        try:
            self._threads.submit(self._compile, code).result()
        except quickjs.JSException as error:
            raise DefinitionError(f"{code.name} does not compile: {error}") from error

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _engine(self) -> Engine:
        if getattr(self._own, "engine", None) is None:
            self._own.engine = Engine()
        return cast("Engine", self._own.engine)

    def _compile(self, code: Code) -> None:
        self._engine().compile(code)

    def _run(self, code: Code, handler: Handler, context: Json) -> Json:
        try:
            return self._engine().run(code, handler, context)
        except quickjs.JSException as error:
            self._own.engine = None
            log.warning("%s was stopped in %s: %s", code.name, handler, error)
            return {"kind": "crash", "error": {"message": "time or memory limit exceeded", "stack": ""}}


def read(code: Code, outcome: Json) -> Returned:
    match outcome["kind"]:
        case "error" if outcome["error"].get("unauthorized"):
            raise NotAuthorized
        case "error":
            error = outcome["error"]
            raise FieldError(error["message"], error["type"], error["data"], error["info"])
        case "crash":
            log.warning("%s failed: %s %s", code.name, outcome["error"]["message"], outcome["error"]["stack"])
            raise FieldError(f"Runtime Error: {outcome['error']['message']}", "Code")
    early = outcome["kind"] == "early"
    return Returned(outcome["value"], early, outcome["stash"], outcome["appended"], outcome["filter"])


class NotAuthorized(FieldError):
    """A handler called `util.unauthorized()`; whoever knows the field's name puts it into the message."""

    def __init__(self) -> None:
        super().__init__("Not Authorized", "Unauthorized")
