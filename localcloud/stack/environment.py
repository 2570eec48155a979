"""What the functions find in their environment, from the stack's outputs; `settings.py` reads it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appsync.deploying.environment import values
from localcloud.stack.deploying import Cloud


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the functions find AWS on this machine."""

    graphql: str
    models: str


def environment(stage: str, cloud: Cloud, endpoints: Endpoints, outputs: Mapping[str, str]) -> dict[str, str]:
    """The variables of every function. Raises KeyError naming an output that the stack does not have."""
    return {
        **values(stage, outputs),
        "RIFFLE_GRAPHQL_URL": endpoints.graphql,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": endpoints.models,
        **cloud.variables(),
    }


def write_private(path: Path, value: object) -> None:
    """Writes JSON that only this user may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(value, file, indent=1)
    draft.replace(path)
