"""Runs the Python functions whose code a template holds, behind the Invoke API of a Lambda service.

For functions of a few lines, such as an authoriser's: what is packaged in a folder or an image belongs to a
real local Lambda (`sam local start-lambda`, MiniStack, …), which `--lambda-endpoint` names.
"""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, cast
from urllib.parse import unquote

from localcloud.appsync.errors import Json
from localcloud.appsync.naming import own_name
from localcloud.appsync.template import Template

log = logging.getLogger(__name__)
SECONDS = 3.0  # Lambda's own default
START_SECONDS = 10.0  # what Lambda gives a function to begin
PAUSE_SECONDS = 0.05  # how soon the service notices that it is to end
# One process per function reads events and writes results, a line each; what the function prints is a log.
CHILD = """
import json, signal, sys, types
signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends this process; Ctrl-C is meant for the server
results, sys.stdout = sys.stdout, sys.stderr
module = types.ModuleType("index")
code, handler = json.loads(sys.stdin.readline())
failed = None
try:
    exec(compile(code, "index.py", "exec"), module.__dict__)
except Exception as error:
    failed = error
for line in sys.stdin:
    try:
        if failed: raise failed
        answer = {"result": getattr(module, handler)(json.loads(line), None)}
        text = json.dumps(answer)
    except Exception as error:
        name = type(error).__name__
        text = json.dumps({"error": {"errorMessage": str(error), "errorType": name, "stackTrace": []}})
    results.write(text + chr(10)); results.flush()
"""


@dataclass(slots=True)
class Inline:
    """One function's code, and the process that runs it once it has been asked for."""

    code: str
    handler: str
    environment: Mapping[str, str]
    seconds: float = SECONDS
    _process: subprocess.Popen[str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def invoke(self, event: str) -> Json:
        """`{"result": …}` or `{"error": …}`. One event at a time, as in one instance of a function, which is
        ended when it takes too long: others wait for it.
        """
        with self._lock:
            known = self._process
            child = self._running()
            limit = self.seconds if child is known else self.seconds + START_SECONDS
            bound = threading.Timer(limit, child.kill)
            bound.daemon = True
            bound.start()
            stdin, stdout = cast("IO[str]", child.stdin), cast("IO[str]", child.stdout)  # both are pipes
            stdin.write(event + "\n")
            stdin.flush()
            line = stdout.readline()
            bound.cancel()
            if not line:
                self.close()
        ended = {"error": {"errorMessage": "Runtime exited", "errorType": "Runtime.ExitError"}}
        return json.loads(line) if line else ended

    def close(self) -> None:
        child, self._process = self._process, None
        if child is not None:
            child.kill()
            child.communicate()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = self._start()
        return self._process

    def _start(self) -> subprocess.Popen[str]:
        child = subprocess.Popen(  # noqa: S603  (this interpreter, with a program of our own)
            [sys.executable, "-c", CHILD],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **self.environment},
        )  # fmt: skip
        cast("IO[str]", child.stdin).write(json.dumps([self.code, self.handler]) + "\n")
        return child


def inline_functions(template: Template) -> dict[str, Inline]:
    """Every Python function whose code is in the template, by name."""
    found = dict(read_function(template, *each) for each in template.all("AWS::Lambda::Function"))
    return {name: function for name, function in found.items() if function}


def read_function(template: Template, logical: str, properties: Json) -> tuple[str, Inline | None]:
    name = own_name(template, properties.get("FunctionName")) or logical
    code = properties.get("Code", {}).get("ZipFile")
    if code is None or not str(properties.get("Runtime", "")).startswith("python"):
        return name, None
    handler = str(properties.get("Handler", "index.handler")).rpartition(".")[2]
    variables = template.resolve(properties.get("Environment", {}).get("Variables", {}))
    environment = {key: str(value) for key, value in variables.items()}
    seconds = float(template.text(properties.get("Timeout", SECONDS)))
    return name, Inline(template.text(code), handler, environment, seconds)


class Service(ThreadingHTTPServer):
    """One operation may call its functions 64 times at once: past the usual queue of five they are reset."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, functions: Mapping[str, Inline]) -> None:
        self.functions = functions
        super().__init__(("127.0.0.1", 0), Invocation)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002  (as the base has it)
        log.warning("a call of a function ended early: %s", sys.exception())


class Invocation(BaseHTTPRequestHandler):
    """The Invoke API's one operation, waited for or not."""

    protocol_version = "HTTP/1.1"
    server: Service

    def do_POST(self) -> None:
        event = self.rfile.read(int(self.headers["content-length"] or 0)).decode() or "null"
        function = self.server.functions.get(name_in(self.path))
        if "origin" in self.headers:  # a page in a browser, which has no business here
            self._answer(403, {"Message": "Pages may not call functions.", "Type": "User"})
        elif function is None:
            self._refuse()
        elif self.headers.get("x-amz-invocation-type") == "Event":
            threading.Thread(target=function.invoke, args=(one_line(event),), daemon=True).start()
            self._answer(202, None)
        else:
            outcome = function.invoke(one_line(event))
            failed = {"X-Amz-Function-Error": "Unhandled"} if "error" in outcome else {}
            self._answer(200, outcome.get("error", outcome.get("result")), failed)

    def _refuse(self) -> None:
        message = f"Function '{name_in(self.path)}' has no Python code in the template."
        kind = {"x-amzn-ErrorType": "ResourceNotFoundException"}
        self._answer(404, {"Message": message, "Type": "User"}, kind)

    def _answer(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(text)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Quiet: the endpoint logs what matters."""


@contextmanager
def lambda_service(functions: Mapping[str, Inline]) -> Iterator[str]:
    """The Invoke API for these functions on a free port of this machine; yields its address."""
    server = Service(functions)
    threading.Thread(target=server.serve_forever, args=(PAUSE_SECONDS,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        for each in functions.values():
            each.close()


def name_in(path: str) -> str:
    """The function's name in `/2015-03-31/functions/<name or ARN>/invocations`, without a qualifier."""
    given = unquote(path).removeprefix("/2015-03-31/functions/").partition("/")[0]
    return given.split(":")[6] if given.startswith("arn:") else given.partition(":")[0]


def one_line(event: str) -> str:
    return json.dumps(json.loads(event))
