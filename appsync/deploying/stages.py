"""A stage as `.chalice/config.json` describes it, checked before anything is asked of AWS."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from appsync.deploying import kinds, times
from appsync.deploying.errors import BadStage
from appsync.layers.targets import ARCHITECTURES, PYTHONS, Architecture, Python
from appsync.packaging import TEMPLATE
from appsync.packaging import read as read_template

type Section = Mapping[str, Any]  # JSON of Chalice's own design, and `parameters`

FALLBACK = "dev"
DECIDED_HERE = frozenset({
    "Stage", "Functions", "Qualifier", "Runtime", "Architecture",
    "DeploymentBucket", "RuntimeLayerKey", "ReadingLayerKey", "IndexLayerKey",
})  # fmt: skip
"""Parameters that follow from the stage, its architecture and its packages, and are nobody's to write."""

BOUNDS = {"lambda_memory_size": (128, 10_240), "reserved_concurrency": (0, 1000)}
"""Lambda's own: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; `settings` names the stage whose settings it takes: its own, or `dev` when it has none.

    `given` are the parameters that the command line has, and no file.
    """

    name: str
    settings: str
    architecture: Architecture
    python: Python
    parameters: Mapping[str, str]
    functions: tuple[str, ...]
    given: frozenset[str] = frozenset()

    @property
    def stack(self) -> str:
        return f"riffle-{self.name}"


def read(app: Path, name: str, given: Mapping[str, str] | None = None) -> Stage:
    """The stage `name` of the Chalice project at `app`; parameters that are `given` go before its own.

    Raises BadStage, which names the stage, the key, its value and what is allowed.
    """
    parameters = declared_parameters()
    _check_name(name, parameters["Stage"])
    config = configuration(app)
    settings = name if name in config["stages"] else FALLBACK
    if settings not in config["stages"]:
        raise BadStage(
            f"{config_path(app)} has neither the stage {name} nor {FALLBACK}, whose settings it would take."
        )
    where = f"Stage {settings}"
    section = _section(where, config["stages"][settings])
    return Stage(
        name=name,
        settings=settings,
        architecture=_architecture(
            where, section.get("lambda_architecture", config.get("lambda_architecture"))
        ),
        python=_python(),
        parameters={
            **dict(_checked_parameters(where, section.get("parameters", {}), parameters)),
            **dict(_checked_parameters("--parameter", given or {}, parameters)),
        },
        functions=_functions(where, config, section),
        given=frozenset(given or ()),
    )


def config_path(app: Path) -> Path:
    return app / ".chalice" / "config.json"


def configuration(app: Path) -> dict[str, Any]:
    """Chalice's configuration of the project. Raises BadStage when it cannot be read or is not accepted."""
    path = config_path(app)
    try:
        config: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadStage(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise BadStage(f"{path} is not JSON: {error}.") from error
    if not isinstance(config, dict) or not isinstance(config.get("stages"), dict):
        raise BadStage(f"{path} has no `stages`.")
    kinds.check("The configuration", config, kinds.OF_PROJECT)
    return config


def _section(where: str, found: object) -> Section:
    """What is said of one stage. Raises BadStage for what is not accepted."""
    if not isinstance(found, dict):
        raise BadStage(f"{where} is {kinds.shown(found)}; it has to be {kinds.SECTION.said}.")
    kinds.check(where, found, kinds.OF_STAGE)
    return found


@cache
def declared_parameters() -> Mapping[str, Section]:
    """What the template says of each of its parameters."""
    parameters: Any = read_template(TEMPLATE)["Parameters"]  # which is JSON
    return parameters  # type: ignore[no-any-return]


def _check_name(name: str, declared: Section) -> None:
    if not re.fullmatch(declared["AllowedPattern"], name):
        raise BadStage(f"{name!r} is no name of a stage; it has to match {declared['AllowedPattern']}.")


def _architecture(where: str, value: object) -> Architecture:
    if value in ("x86_64", None):
        return "x86_64"
    if value == "arm64":
        return "arm64"
    raise BadStage(f"{where}: lambda_architecture is {value!r}; allowed are {' and '.join(ARCHITECTURES)}.")


def _python() -> Python:
    """Chalice deploys for the Python it runs on, so the layers have to be built for this one."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if version not in PYTHONS:
        raise BadStage(
            f"This is Python {version}; deploy with {' or '.join(PYTHONS)}, which the functions run on."
        )
    return version


def _checked_parameters(
    where: str, given: Mapping[str, object], declared: Mapping[str, Section]
) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        if name in DECIDED_HERE:
            raise BadStage(f"{where}: the parameter {name} is not set by hand; it follows from the stage.")
        if name not in declared:
            allowed = ", ".join(sorted(set(declared) - DECIDED_HERE))
            raise BadStage(f"{where}: {name} is no parameter; there are {allowed}.")
        yield name, _checked(f"{where}: the parameter {name}", value, declared[name])


def _checked(what: str, value: object, declared: Section) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise BadStage(f"{what} is {json.dumps(value)}; it has to be text or a whole number.")
    text = str(value)
    if allowed := declared.get("AllowedValues"):
        if text not in map(str, allowed):
            raise BadStage(
                f"{what} is {text!r}; allowed are {', '.join(repr(str(each)) for each in allowed)}."
            )
    elif declared["Type"] == "Number":
        _check_number(what, text, declared.get("MinValue"), declared.get("MaxValue"))
    elif not re.fullmatch(declared.get("AllowedPattern", ".*"), text):
        raise BadStage(f"{what} is {text!r}; it has to match {declared['AllowedPattern']}.")
    return text


def _check_number(what: str, text: str, low: int | None, high: int | None) -> None:
    bounds = f"from {low}" if high is None else f"from {low} to {high}"
    if (
        not re.fullmatch(r"\d{1,15}", text)
        or (low is not None and int(text) < low)
        or (high is not None and int(text) > high)
    ):
        raise BadStage(f"{what} is {text!r}; it has to be a whole number {bounds}.")


def _functions(where: str, config: Section, section: Section) -> tuple[str, ...]:
    """Their names, in the order of the file."""
    names = tuple({**config.get("lambda_functions", {}), **section.get("lambda_functions", {})})
    if not names:
        raise BadStage(f"{where}: no function is configured under lambda_functions.")
    for name in names:
        _check_function(f"{where}, function {name}", name, config, section)
    return names


def _check_function(where: str, name: str, config: Section, section: Section) -> None:
    """What Chalice finds for it: in the stage before the whole, and there in the function before all."""
    common, own = (each.get("lambda_functions", {}).get(name, {}) for each in (config, section))
    found = {**config, **common, **section, **own}
    for key, (low, high) in {**BOUNDS, "lambda_timeout": times.bounds(name)}.items():
        if key in found:
            _check_bound(f"{where}: {key}", found[key], low, high)


def _check_bound(what: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise BadStage(f"{what} is {json.dumps(value)}; it has to be a whole number from {low} to {high}.")
