"""A Chalice app with one function for each thing that can happen to an invocation."""

import os
import time
from typing import Any

from chalice.app import Chalice

app = Chalice(app_name="riffle")


@app.lambda_function(name="echo")
def echo(event: Any, context: Any) -> object:
    """Returns what it was given and where it ran."""
    if "sleep" in event:
        time.sleep(event["sleep"])
    return {
        "event": event,
        "pid": os.getpid(),
        "version": "first",
        "name": context.function_name,
        "requestId": context.aws_request_id,
        "remaining": context.get_remaining_time_in_millis(),
        "environment": {key: value for key, value in os.environ.items() if key.startswith(("RIFFLE", "AWS"))},
    }


@app.lambda_function(name="fail")
def fail(event: Any, context: Any) -> object:
    """Raises, exits or hangs."""
    if event.get("exit"):
        os._exit(3)
    if event.get("hang"):
        time.sleep(60)
    raise LookupError("no such thing")


@app.lambda_function(name="batch")
def batch(event: Any, context: Any) -> object:
    """Handles an SQS batch by leaving a file for each message."""
    for record in event["Records"]:
        with open(os.environ["RIFFLE_SEEN"], "a") as seen:  # noqa: PTH123 the folder is the test's
            seen.write(record["body"] + "\n")
    return {"batchItemFailures": []}


@app.lambda_function(name="maintain")
def maintain(event: Any, context: Any) -> object:
    """Has nothing to repair."""
    return {"ageSeconds": event["ageSeconds"]}


@app.lambda_function(name="resolve")
def resolve(event: Any, context: Any) -> object:
    """Answers whatever field it is asked for with nothing."""
    return {"data": None}
