"""What each setting of `.chalice/config.json` may be: Chalice itself takes most on trust."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from appsync.deploying import environment
from appsync.deploying.errors import BadStage

APP_NAME = "riffle"
VARIABLES = frozenset({environment.STAGE, *environment.OUTPUTS})
"""Of the product's own; whatever is written down for them, they follow from the stack."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value may be, and how that is said."""

    said: str
    takes: Callable[[Any], bool]  # of whatever a file may hold


NUMBER = Kind("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool))
TEXT = Kind("text", lambda value: isinstance(value, str))
SWITCH = Kind("true or false", lambda value: isinstance(value, bool))
SECTION = Kind("an object", lambda value: isinstance(value, dict))
TEXTS = Kind("a list of texts", lambda value: isinstance(value, list) and all(map(TEXT.takes, value)))
NAMED_TEXTS = Kind(
    "an object of texts", lambda value: isinstance(value, dict) and all(map(TEXT.takes, value.values()))
)
NAME = Kind(f'"{APP_NAME}", which the names of functions begin with', lambda value: value == APP_NAME)

OF_FUNCTION: Mapping[str, Kind] = {
    "lambda_timeout": NUMBER, "lambda_memory_size": NUMBER, "reserved_concurrency": NUMBER,
    "log_retention_in_days": NUMBER, "environment_variables": SECTION, "tags": NAMED_TEXTS, "layers": TEXTS,
    "subnet_ids": TEXTS, "security_group_ids": TEXTS, "iam_role_arn": TEXT, "manage_iam_role": SWITCH,
    "xray": SWITCH, "automatic_layer": SWITCH,
}  # fmt: skip
"""What one function may say under `lambda_functions`."""

OF_STAGE: Mapping[str, Kind] = {
    **OF_FUNCTION, "parameters": SECTION, "lambda_functions": SECTION, "lambda_architecture": TEXT,
}  # fmt: skip
"""What a stage may say: `parameters` is ours, the rest is Chalice's for functions without a REST API."""

OF_PROJECT: Mapping[str, Kind] = {
    **{name: kind for name, kind in OF_STAGE.items() if name != "parameters"},
    "version": TEXT, "app_name": NAME, "stages": SECTION,
}  # fmt: skip


def check(where: str, given: Mapping[str, Any], kinds: Mapping[str, Kind]) -> None:  # given is JSON
    """Raises BadStage for a key that is no setting, and for a value of another kind."""
    for key, value in given.items():
        if key not in kinds:
            raise BadStage(f"{where}: {key} is no setting; there are {', '.join(sorted(kinds))}.")
        if not kinds[key].takes(value):
            raise BadStage(f"{where}: {key} is {shown(value)}; it has to be {kinds[key].said}.")
    _check_variables(where, given.get("environment_variables", {}))
    for name, settings in given.get("lambda_functions", {}).items():
        if not SECTION.takes(settings):
            raise BadStage(f"{where}: the function {name} is {shown(settings)}; it has to be {SECTION.said}.")
        check(f"{where}, function {name}", settings, OF_FUNCTION)


def _check_variables(where: str, variables: Mapping[str, Any]) -> None:
    for name, value in variables.items():
        if not TEXT.takes(value):
            raise BadStage(f"{where}: the variable {name} is {shown(value)}; it has to be {TEXT.said}.")
        if name.startswith("RIFFLE_") and name not in VARIABLES:
            raise BadStage(
                f"{where}: the functions read no {name}; there are {', '.join(sorted(VARIABLES))}."
            )


def shown(value: object) -> str:
    """Short, whatever somebody has pasted there."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}…"
