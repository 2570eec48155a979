"""One execution environment: imports the Chalice app and handles one event at a time, as Lambda's do.

Started by the function host with a socket to it: JSON lines travel there, and the app may print.
"""

import argparse
import importlib
import json
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.stack.parent import die_with_parent

type Handler = Callable[[Any, object], object]  # the event is whatever JSON the caller sent


@dataclass(frozen=True, slots=True)
class Context:
    """The Lambda context object, with the attributes that AWS documents for Python."""

    function_name: str
    memory_limit_in_mb: int
    aws_request_id: str
    invoked_function_arn: str
    deadline: float
    function_version: str = "$LATEST"
    identity: None = None
    client_context: None = None

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        return f"{os.getpid()}"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the host kills this process."""
        return max(0, int((self.deadline - time.time()) * 1000))


def error_object(error: BaseException) -> dict[str, object]:
    """Lambda's report of an exception that left the handler."""
    return {
        "errorType": type(error).__name__,
        "errorMessage": str(error),
        "stackTrace": traceback.format_exception(error),
    }


def handler_of(app: Path, function: str) -> Handler:
    """The function's handler, from the app's `app.py`; whatever that raises on import is raised here."""
    sys.path[0] = str(app)  # in place of this repository's root, which no function has on AWS
    handlers: dict[str, Handler] = importlib.import_module("app").app.handler_map
    return handlers[function]


def handle(handler: Handler, request: dict[str, Any]) -> str:
    """The answer to one request, as a line of JSON: `{"result": …}` or `{"error": …}`."""
    try:
        return json.dumps({"result": handler(request["event"], Context(**request["context"]))})
    except Exception as error:  # noqa: BLE001 the entry point of every function, reported to the caller as on AWS
        traceback.print_exc()
        return json.dumps({"error": error_object(error)})


def main() -> None:
    """Reads requests until the host closes the socket."""
    parent = os.getppid()
    die_with_parent()
    arguments = _arguments()
    with (
        socket.socket(fileno=arguments.fd) as connection,
        connection.makefile("rw", encoding="utf-8") as lines,
    ):
        handler = _loaded(arguments.app, arguments.function, lines.write)
        lines.flush()
        if handler is None or os.getppid() != parent:
            return
        for line in lines:
            lines.write(handle(handler, json.loads(line)) + "\n")
            lines.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="localcloud.stack.worker")
    parser.add_argument("--app", type=Path, required=True)
    parser.add_argument("--function", required=True)
    parser.add_argument("--fd", type=int, required=True)
    return parser.parse_args()


def _loaded(app: Path, function: str, say: Callable[[str], object]) -> Handler | None:
    """The handler, or None once the reason why there is none has been said."""
    try:
        handler = handler_of(app, function)
    except BaseException as error:  # noqa: BLE001 a syntax error in the app must reach its caller, not end silently
        traceback.print_exc()
        say(json.dumps({"error": error_object(error)}) + "\n")
        return None
    say('{"ready": true}\n')
    return handler


if __name__ == "__main__":
    main()
