"""The Lambda functions as `.chalice/config.json` declares them: names, timeouts, memory."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_DEFAULTS = {"lambda_timeout": 60, "lambda_memory_size": 128}  # Chalice's own


@dataclass(frozen=True, slots=True)
class Function:
    """One function; `timeout` in seconds, `memory` in MB, `workers` its events at a time and `variables`."""

    name: str
    timeout: int
    memory: int
    workers: int
    variables: Mapping[str, str] = field(default_factory=dict)


def declared(app: Path, stage: str, workers: int | None = None) -> dict[str, Function]:
    """The functions by name, as `stage` has them, or the first stage when this one is not written down.

    Raises OSError, ValueError or KeyError when the file does not say.
    """
    config = json.loads((app / ".chalice" / "config.json").read_text())
    chosen = config["stages"].get(stage) or next(iter(config["stages"].values()))
    everywhere, here = config.get("lambda_functions", {}), chosen.get("lambda_functions", {})
    most = workers or max(4, os.cpu_count() or 1)
    # As Chalice looks for a setting: the stage's function, the stage, the function, everything.
    return {
        name: _function(
            name, {**_DEFAULTS, **config, **everywhere.get(name, {}), **chosen, **here.get(name, {})}, most
        )
        for name in {**everywhere, **here}
    }


def _function(name: str, setting: Mapping[str, Any], most: int) -> Function:  # JSON of Chalice's own design
    return Function(
        name=name,
        timeout=int(setting["lambda_timeout"]),
        memory=int(setting["lambda_memory_size"]),
        workers=min(most, int(setting.get("reserved_concurrency") or most)),
        variables=setting.get("environment_variables", {}),
    )
