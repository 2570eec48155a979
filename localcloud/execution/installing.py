"""Puts the executor in the place of MiniStack's own, which runs every Python function in its own interpreter,
where MiniStack's packages hide that a function's layer lacks one."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.execution.executor import Executor

_ENDPOINTS = "AWS_ENDPOINT_URL"
_IDENTITY = frozenset(
    {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"}
)
_NOBODYS = {  # a developer's own profile is no function's
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def install(functions: Any, image: Path, environ: Mapping[str, str]) -> None:
    """From now on `functions`, MiniStack's Lambda module, hands every invocation to an executor on `image`.

    The functions find AWS where `environ` says, and have its credentials and region.
    """
    kept = {name: environ[name] for name in environ if name.startswith(_ENDPOINTS) or name in _IDENTITY}
    executor = Executor(image, {**kept, **_NOBODYS}, functions._resolve_layer_zip, platform.machine())
    functions._LAMBDA_STATE_TRANSITION_DELAY = 0  # who waits for it looks again after five seconds
    functions._proxy_url_for = lambda _: "executor"
    functions._execute_function_proxy = executor
    functions._probe_peak_memory_mb = executor.peak
