"""How MiniStack hands an invocation to the function host, in place of its own HTTP proxy call.

MiniStack's call flattens every failure into `Runtime.HandlerError`, counts the wait for a free worker against
the function's timeout, and gives up at once while the host restarts, hiding a queue's message for minutes.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

_PATIENCE = 60.0  # seconds for the host to come (back) up
_QUEUEING = 600.0  # seconds an invocation may wait for a free worker, beyond the function's own timeout

type Result = dict[str, Any]  # MiniStack's own shape: {"body": JSON, "error": bool}


def forward(func: Mapping[str, Any], event: object, url: str, request_id: str) -> Result:
    """Invokes through `url`; has the signature and result of MiniStack's `_execute_function_proxy`."""
    config = func.get("config") or func
    request = urllib.request.Request(url, _body(event), _headers(config, request_id), method="POST")  # noqa: S310 ours
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return _call(request, float(config.get("Timeout") or 3))
        except (ConnectionRefusedError, urllib.error.URLError) as error:
            if not _refused(error) or time.monotonic() > deadline:
                return _failure("Sandbox.Unreachable", f"The function host does not answer: {error}")
            time.sleep(0.1)


def _body(event: object) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def _headers(config: Mapping[str, Any], request_id: str) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Amzn-Lambda-Function-Name": config.get("FunctionName", ""),
        "X-Amzn-Lambda-Function-Arn": config.get("FunctionArn", ""),
        "X-Amzn-Lambda-Request-Id": request_id,
    }


def _call(request: urllib.request.Request, timeout: float) -> Result:
    """A failing function is an HTTP 500 whose JSON body is Lambda's error object."""
    try:
        with urllib.request.urlopen(request, timeout=timeout + _QUEUEING) as response:  # noqa: S310 ours
            return {"body": json.loads(response.read() or b"null")}
    except urllib.error.HTTPError as error:
        return {"body": _reported(error), "error": True}
    except (TimeoutError, http.client.HTTPException, ConnectionResetError) as error:
        return _failure("Sandbox.Failure", f"The function host broke off: {error!r}")


def _reported(error: urllib.error.HTTPError) -> object:
    try:
        return json.loads(error.read())
    except ValueError:
        return {"errorType": "Sandbox.Failure", "errorMessage": f"The function host answered {error.code}."}


def _refused(error: Exception) -> bool:
    return isinstance(getattr(error, "reason", error), ConnectionRefusedError)


def _failure(kind: str, message: str) -> Result:
    return {"body": {"errorType": kind, "errorMessage": message}, "error": True}
