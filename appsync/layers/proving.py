"""What the machine code of a layer must keep to in Lambda, read from its own files before any is packed.

A layer that does not keep to it is not built.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

from appsync.layers import elf
from appsync.layers.errors import LayerFailed
from appsync.layers.targets import Architecture, Target
from appsync.layers.tree import Tree

type Release = tuple[int, ...]

NEWEST: Mapping[str, Release] = MappingProxyType(
    {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (7, 0, 0)}
)
"""What Amazon Linux 2023 has: glibc 2.34 and the libraries of GCC 11
(https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html,
https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html)."""

SYSTEM = frozenset({
    "libc.so.6", "libm.so.6", "libdl.so.2", "librt.so.1", "libpthread.so.0", "libstdc++.so.6",
    "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",
})  # fmt: skip
"""The libraries of Lambda's runtime that a layer may ask for. Wheels of manylinux may ask for more."""

_MACHINES: Mapping[Architecture, str] = {"x86_64": "EM_X86_64", "arm64": "EM_AARCH64"}
_NUMBERED = re.compile(r"([A-Z]+)_(\d+(?:\.\d+)*)")


@dataclass(frozen=True, slots=True)
class Library:
    """A file of machine code: what it is made for, and what it asks for."""

    path: str
    machine: str
    needed: frozenset[str]
    versions: frozenset[str]

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name


def prove(tree: Tree, target: Target) -> dict[str, str]:
    """The newest symbols that are asked for, by library. Raises LayerFailed, which names the file."""
    found = tuple(libraries(tree))
    names = {each.name for each in found} | SYSTEM
    for each in found:
        if each.machine != _MACHINES[target.architecture]:
            raise LayerFailed(f"{each.path} is made for {each.machine}, and not for {target.architecture}")
        if missing := each.needed - names:
            raise LayerFailed(f"{each.path} needs {min(missing)}, which neither the layer nor Lambda has")
    return {prefix: _dotted(release) for prefix, release in sorted(_newest(found).items())}


def libraries(tree: Tree) -> Iterator[Library]:
    for path in sorted(tree.owners):
        content = tree.read(path)
        if elf.is_elf(content):
            asked = frozenset(elf.versions(content))
            yield Library(path, elf.machine(content), frozenset(elf.needed(content)), asked)


def _newest(found: tuple[Library, ...]) -> dict[str, Release]:
    newest: dict[str, Release] = {}
    for each in found:
        for version in each.versions:
            prefix, release = _parsed(version)
            if release > NEWEST.get(prefix, ()):
                raise LayerFailed(f"{each.path} asks for {version}, and Lambda has {_had(prefix)}")
            newest[prefix] = max(newest.get(prefix, ()), release)
    return newest


def _parsed(version: str) -> tuple[str, Release]:
    """A version without a number is a promise of a newer library, such as GLIBC_ABI_DT_RELR of glibc 2.36."""
    if numbered := _NUMBERED.fullmatch(version):
        return numbered[1], tuple(map(int, numbered[2].split(".")))
    return version, (0,)


def _had(prefix: str) -> str:
    return f"{prefix}_{_dotted(NEWEST[prefix])}" if prefix in NEWEST else "none of that name"


def _dotted(release: Release) -> str:
    return ".".join(map(str, release))
