"""Layers for tests: built once into `build/layers` by whoever asks first, and unpacked as Lambda does."""

import platform
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from appsync.layers import LAYERS, Architecture, Built, Layer, Python, Target, build
from tests.conftest import ROOT

MEMORY = 1769 * 1024 * 1024
"""What the functions have, see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html."""

_PYTHONS: dict[tuple[int, int], Python] = {(3, 12): "3.12", (3, 13): "3.13"}
_ARCHITECTURES: dict[str, Architecture] = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64"}
_LAUNCHER = """
import pathlib, resource, runpy, sys
memory, path, program = int(sys.argv[1]), *sys.argv[2:4]
resource.setrlimit(resource.RLIMIT_AS, (4 * memory, 4 * memory))
sys.path += path.split(":")
del sys.argv[:3]
runpy.run_path(program, run_name="__main__")
lines = pathlib.Path("/proc/self/status").read_text().splitlines()
[peak] = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")]
sys.exit(f"{program} took {peak:,} bytes of memory" if peak > memory else 0)
"""
"""What is resident is held to `memory`, as in Lambda. Threads reserve far more addresses than they use."""


HERE = Target(_PYTHONS[sys.version_info[:2]], _ARCHITECTURES[platform.machine()])
"""What layers have to be built for to run on this machine."""


def layer(name: Layer, target: Target = HERE) -> Built:
    """The layer, built unless somebody has built it."""
    return build(name, target)


def unpack(built: Iterable[Built], folder: Path) -> Path:
    """The layers' `python/`, all in one folder as in Lambda's `/opt`."""
    for each in built:
        with zipfile.ZipFile(each.path) as archive:
            archive.extractall(folder)
    return folder / "python"


@dataclass(frozen=True, slots=True)
class Opt:
    """The layers of this machine, unpacked where nothing else is."""

    python: Path

    def run(self, program: str, *arguments: str, memory: int = MEMORY) -> str:
        """What a program prints that finds the product, the layers and the standard library, and no more.

        Its environment is empty, and it may take as much memory as the functions have.
        """
        path = f"{ROOT / 'chalice_app'}:{self.python}"
        source = ROOT / f"tests/layers/programs/{program}.py"
        command = [sys.executable, "-I", "-S", "-W", "error", "-c", _LAUNCHER, str(memory), path, str(source)]
        done = subprocess.run(
            [*command, *arguments], env={}, capture_output=True, text=True, timeout=100, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def opt(folder: Path) -> Opt:
    return Opt(unpack(map(layer, LAYERS), folder))
