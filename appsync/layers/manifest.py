"""What is in a layer and how it came about, file by file: the JSON beside its zip."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from appsync.layers.errors import LayerFailed
from appsync.layers.tree import Change, Tree


@dataclass(frozen=True, slots=True)
class File:
    path: str
    package: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """`files` are what the zip has below `python/`; `changes` what was done to files of the wheels.

    `compiled` is the Python that made the bytecode, "" when there was none; `symbols` the newest versions of
    symbols that any file asks for, before packing; `versions` are of packages, and a package of no version is
    ours. `zipped` and `sha256` are of the zip.
    """

    layer: str
    python: str
    architecture: str
    digest: str
    compiled: str
    symbols: Mapping[str, str]
    versions: Mapping[str, str]
    files: tuple[File, ...]
    changes: tuple[Change, ...]
    zipped: int
    sha256: str

    @property
    def unzipped(self) -> int:
        return sum(each.bytes for each in self.files)

    def packages(self) -> dict[str, int]:
        """Bytes by package, most first."""
        totals: Counter[str] = Counter()
        for each in self.files:
            totals[each.package] += each.bytes
        return dict(totals.most_common())

    def write(self, path: Path) -> None:
        summary = {"unzipped": self.unzipped, "packages": self.packages()}
        path.write_text(json.dumps({**asdict(self), **summary}, indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        content = json.loads(path.read_text())
        del content["unzipped"], content["packages"]
        files = tuple(File(**each) for each in content.pop("files"))
        changes = tuple(Change(**each) for each in content.pop("changes"))
        return cls(files=files, changes=changes, **content)


def listed(tree: Tree) -> tuple[File, ...]:
    """The files of a tree. Raises LayerFailed for one that nobody owns, or that is gone."""
    there = set(tree.paths())
    if odd := there ^ tree.owners.keys():
        what = "is of no package" if min(odd) in there else "is gone"
        raise LayerFailed(f"{min(odd)} {what}, and the manifest of a layer has every file")
    return tuple(File(path, tree.owners[path], tree.size(path)) for path in tree.paths())
