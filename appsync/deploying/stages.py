"""A stage as `.chalice/config.json` describes it, checked before anything is asked of AWS."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

type Architecture = Literal["x86_64", "arm64"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; `settings` names the stage whose settings it takes: its own, or `dev` when it has none."""

    name: str
    settings: str
    architecture: Architecture
    python: str
    parameters: Mapping[str, str]
    functions: tuple[str, ...]

    @property
    def stack(self) -> str:
        return f"riffle-{self.name}"


def read(app: Path, name: str) -> Stage:
    """The stage `name` of the Chalice project at `app`. Raises BadStage naming stage, key, value, what is allowed."""
    raise NotImplementedError
