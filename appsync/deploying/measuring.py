"""Has a deployed stage measure its index: the function `maintain` does it, where the index is."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from appsync.deploying.errors import DeployError, explained

SECONDS = 560
"""Longer than the function may run."""

CHECK: Mapping[str, object] = {"check": True}


class NotMeasured(DeployError):
    """Raised when the stage has no such function, or it failed; says what Lambda said."""


def measure(session: boto3.Session, stage: str) -> dict[str, Any]:
    """What the function reports: recall, times in milliseconds, sizes. Its keys are the function's own.

    Raises NotMeasured, NotAllowed or DeployError.
    """
    config = Config(read_timeout=SECONDS, retries={"total_max_attempts": 1, "mode": "standard"})
    client, function = session.client("lambda", config=config), f"riffle-{stage}-maintain"
    with explained("lambda"):
        try:
            answer = client.invoke(FunctionName=function, Payload=json.dumps(CHECK))
        except client.exceptions.ResourceNotFoundException as missing:
            raise NotMeasured(f"There is no function {function} in {client.meta.region_name}.") from missing
    said = json.loads(answer["Payload"].read())
    if answer.get("FunctionError") or not isinstance(said, dict):
        raise NotMeasured(f"{function} failed; `riffle logs maintain --stage {stage}` says why.")
    return said
