"""A layer's files while it is built, with a record of whose they are and of what was done to them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

type Action = Literal["deleted", "stripped", "packed", "compiled"]

OURS = "riffle"
"""The package that stand-ins count as."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to a file of a wheel, and its bytes before and after."""

    path: str
    package: str
    action: Action
    before: int
    after: int = 0


@dataclass(frozen=True, slots=True)
class Tree:
    """The folder that becomes a layer's `python/`, and the package of every file in it by relative path."""

    root: Path
    owners: dict[str, str]
    changes: list[Change] = field(default_factory=list)

    def paths(self) -> Iterator[str]:
        """The files there are now, sorted."""
        for path in sorted(self.root.rglob("*")):
            if path.is_file():
                yield path.relative_to(self.root).as_posix()

    def read(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def size(self, path: str) -> int:
        return (self.root / path).stat().st_size

    def delete(self, path: str) -> None:
        self._note(path, "deleted", 0)
        (self.root / path).unlink()
        del self.owners[path]

    def rewrite(self, path: str, content: bytes, action: Action) -> None:
        """Puts other content in the place of a wheel's file."""
        self._note(path, action, len(content))
        (self.root / path).write_bytes(content)

    def pack(self, path: str, packed: str, content: bytes) -> None:
        """Puts a file of another name and content in the place of a wheel's file."""
        package = self.owners.pop(path)
        self.changes.append(Change(path, package, "packed", self.size(path), len(content)))
        (self.root / path).unlink()
        self.add(packed, content, package)

    def add(self, path: str, content: bytes, package: str = OURS) -> None:
        """A file that no wheel has."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(content)
        self.owners[path] = package

    def compiled(self, path: str, bytecode: str) -> None:
        """Leaves what a compiler has made of a source, and not the source."""
        package = self.owners.pop(path)
        self.changes.append(Change(path, package, "compiled", self.size(path), self.size(bytecode)))
        (self.root / path).unlink()
        self.owners[bytecode] = package

    def _note(self, path: str, action: Action, after: int) -> None:
        self.changes.append(Change(path, self.owners[path], action, self.size(path), after))
