"""Builds a layer, unless what it is made of has not changed since it was built last."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from appsync.layers import archive, bytecode, limits, wheels
from appsync.layers.manifest import Manifest, listed, newest_glibc
from appsync.layers.packing import STANDINS, pack, slim, stand_in
from appsync.layers.pruning import prune
from appsync.layers.targets import Layer, Target
from appsync.layers.tree import Tree

OUT = Path(__file__).parents[2] / "build/layers"
_HERE = Path(__file__).parent
_SHAPELESS = {"__init__", "__main__", "errors", "limits", "targets"}
"""Modules of this package that no byte of a layer depends on."""


@dataclass(frozen=True, slots=True)
class Built:
    """A layer's zip; its sizes in bytes. `digest` is of what it was built from."""

    layer: Layer
    path: Path
    digest: str
    zipped: int
    unzipped: int

    @property
    def manifest(self) -> Manifest:
        return Manifest.read(_beside(self.path))


def build(
    layer: Layer, target: Target | None = None, out: Path = OUT, say: Callable[[str], object] = print
) -> Built:
    """The zip of `layer` for `target` in `out`, told of by `say`. Raises LayerFailed and PackageTooLarge."""
    wanted = target or Target()
    fingerprint = digest(layer, wanted)
    path = out / f"{layer}-{wanted}-{fingerprint}.zip"
    if not _beside(path).exists():
        say(f"Building layer {layer} for Python {wanted.python} on {wanted.architecture}")
        _make(layer, wanted, path, fingerprint, say)
    made = Manifest.read(_beside(path))
    limits.check(f"Layer {layer}", [made])
    return Built(layer, path, fingerprint, made.zipped, made.unzipped)


def digest(layer: Layer, target: Target) -> str:
    """Names what a layer is made of: the lock, the target, this package, and whether there is bytecode.

    Not the releases of Python, zlib and zstd that make it: files differ a little by those, and do the same. A
    stage that is deployed from two machines has one layer so.
    """
    compiled = bytecode.compiler(target.python) is not None
    total = hashlib.sha256(f"{layer} {target} {compiled}".encode())
    for path in (wheels.lock(layer), *_sources(layer)):
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def _sources(layer: Layer) -> Iterator[Path]:
    yield from sorted(path for path in _HERE.glob("*.py") if path.stem not in _SHAPELESS)
    yield from sorted((STANDINS / layer).rglob("*.py"))


def _make(layer: Layer, target: Target, path: Path, fingerprint: str, say: Callable[[str], object]) -> None:
    """Both files appear whole, the manifest last: others may be building the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as work:
        tree = wheels.installed(layer, target, Path(work) / "python")
        versions = wheels.versions(tree.root)
        glibc = _shape(tree, layer)
        if not bytecode.compile_modules(tree, target.python):
            say(f"There is no Python {target.python} here: the layer has sources only, and starts slower")
        zipped, beside = Path(work) / "zip", Path(work) / "json"
        archive.write(tree.root, tree.paths(), zipped)
        Manifest(
            layer, target.python, target.architecture, fingerprint,
            compiled=bytecode.release(target.python), glibc=glibc, versions=versions, files=listed(tree),
            changes=tuple(tree.changes), zipped=zipped.stat().st_size,
        ).write(beside)  # fmt: skip
        zipped.replace(path)
        beside.replace(_beside(path))


def _shape(tree: Tree, layer: Layer) -> str:
    """From wheels to what is shipped; the newest glibc that is asked for."""
    prune(tree)
    slim(tree)
    glibc = newest_glibc(tree)
    pack(tree)
    stand_in(tree, layer)
    return glibc


def _beside(path: Path) -> Path:
    """The manifest of a zip."""
    return path.with_suffix(".json")
