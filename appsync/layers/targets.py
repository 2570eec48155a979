"""What is built, for which Lambda runtimes, and which functions it is attached to."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

type Layer = Literal["runtime", "reading", "index"]
type Python = Literal["3.12", "3.13"]
type Architecture = Literal["x86_64", "arm64"]

LAYERS: tuple[Layer, ...] = get_args(Layer.__value__)
PYTHONS: tuple[Python, ...] = get_args(Python.__value__)
ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture.__value__)

LAYERS_OF: Mapping[str, tuple[Layer, ...]] = MappingProxyType(
    {
        "resolve": ("runtime",),
        "search": ("runtime", "index"),
        "ingest": ("runtime", "reading", "index"),
        "answer": ("runtime", "index"),
        "maintain": ("runtime", "index"),
    }
)
"""The layers of each function, in the order in which they are attached."""

_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True, slots=True)
class Target:
    """A Lambda runtime; the defaults are what `riffle deploy` uses unless a stage says otherwise."""

    python: Python = "3.13"
    architecture: Architecture = "x86_64"

    @property
    def platform(self) -> str:
        """The platform that wheels are chosen for.

        Amazon Linux 2023, which Python 3.12 and later run on, has glibc 2.34
        (https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html); LanceDB's wheels ask for 2.28.
        """
        return f"{_MACHINES[self.architecture]}-manylinux_2_28"

    def __str__(self) -> str:
        return f"{self.python}-{self.architecture}"
