"""Builds a layer, unless what it is made of has not changed since it was built last."""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appsync.layers import archive, bytecode, endpoints, limits, sweeping, wheels
from appsync.layers.errors import LayerFailed
from appsync.layers.manifest import Manifest, listed
from appsync.layers.packing import STANDINS, pack, slim, stand_in
from appsync.layers.proving import prove
from appsync.layers.pruning import prune
from appsync.layers.targets import Layer, Target
from appsync.layers.tree import Tree

OUT = Path(__file__).parents[2] / "build/layers"
_HERE = Path(__file__).parent
_WORK = ".building-"
_SHAPELESS = {"__init__", "__main__", "errors", "limits", "sweeping", "targets"}
"""Modules of this package that no byte of a layer depends on."""

type Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Built:
    """A layer's zip, and what is in it."""

    layer: Layer
    path: Path
    manifest: Manifest

    @property
    def zipped(self) -> int:
        return self.manifest.zipped

    @property
    def unzipped(self) -> int:
        return self.manifest.unzipped


def build(layer: Layer, target: Target | None = None, out: Path = OUT, say: Say = print) -> Built:
    """The zip of `layer` for `target` in `out`, told of by `say`. Raises LayerFailed and PackageTooLarge."""
    wanted = target or Target()
    fingerprint = digest(layer, wanted)
    path = out / f"{layer}-{wanted}-{fingerprint}.zip"
    with _explained(layer, out):
        made = _kept(path) or _made(layer, wanted, path, fingerprint, say)
        sweeping.use(path)
    limits.check(f"Layer {layer}", [made])
    return Built(layer, path, made)


def digest(layer: Layer, target: Target) -> str:
    """Names what a layer is made of: the lock, the target, this package, and whether there is bytecode.

    Not the releases of Python, zlib and zstd that make it: files differ a little by those, and do the same.
    """
    compiled = bytecode.compiler(target.python) is not None
    total = hashlib.sha256(f"{layer} {target} {compiled}".encode())
    for path in (wheels.lock(layer), *_sources(layer)):
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def _sources(layer: Layer) -> Iterator[Path]:
    yield from sorted(path for path in _HERE.glob("*.py") if path.stem not in _SHAPELESS)
    yield from sorted((STANDINS / layer).rglob("*.py"))


@contextmanager
def _explained(layer: Layer, out: Path) -> Iterator[None]:
    """Disks fill up, and folders may be somebody else's."""
    try:
        yield
    except OSError as error:
        raise LayerFailed(f"layer {layer} could not be built in {out}: {error.strerror or error}") from error


def _kept(path: Path) -> Manifest | None:
    """The manifest of a zip that is there and whole."""
    try:
        manifest = Manifest.read(_beside(path))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return manifest if path.exists() and _checksum(path) == manifest.sha256 else None


def _made(layer: Layer, target: Target, path: Path, fingerprint: str, say: Say) -> Manifest:
    """Made here, or meanwhile by somebody else."""
    with _alone(path.parent, say) as work:
        if (made := _kept(path)) is not None:
            return made
        again = " again, as the one that is there is damaged" if path.exists() else ""
        say(f"Building layer {layer} for Python {target.python} on {target.architecture}{again}")
        made = _make(layer, target, path, fingerprint, say, work)
        for superseded in sweeping.sweep(path.parent, f"{layer}-{target}", time.time()):
            say(f"Removed {superseded.name}, which earlier versions were made of")
        return made


@contextmanager
def _alone(out: Path, say: Say) -> Iterator[Path]:
    """An empty folder to work in, while nobody else builds in `out`; what a killed build has left is removed.

    Its name is new: what installs wheels outlives a killed build, and may still be writing into the old one.
    """
    out.mkdir(parents=True, exist_ok=True)
    folder = os.open(out, os.O_RDONLY)
    try:
        _lock(folder, lambda: say(f"Waiting for another build in {out}"))
        for left in out.glob(f"{_WORK}*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=out, prefix=_WORK, ignore_cleanup_errors=True) as work:
            yield Path(work)
    finally:
        os.close(folder)  # and with it the lock


def _lock(folder: int, waiting: Callable[[], object]) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(folder, fcntl.LOCK_EX)


def _make(layer: Layer, target: Target, path: Path, fingerprint: str, say: Say, work: Path) -> Manifest:
    """Both files appear whole, the manifest last: whoever is killed in between leaves nothing that counts."""
    tree = wheels.installed(layer, target, work / "python")
    versions = wheels.versions(tree.root)
    symbols = _shape(tree, layer, target)
    if not bytecode.compile_modules(tree, target.python):
        say(f"There is no Python {target.python} here: the layer has sources only, and starts slower")
    zipped, beside = work / "zip", work / "json"
    archive.write(tree.root, tree.paths(), zipped)
    made = Manifest(
        layer, target.python, target.architecture, fingerprint,
        compiled=bytecode.release(target.python), symbols=symbols, versions=versions, files=listed(tree),
        changes=tuple(tree.changes), zipped=zipped.stat().st_size, sha256=_checksum(zipped),
    )  # fmt: skip
    made.write(beside)
    zipped.replace(path)
    beside.replace(_beside(path))
    return made


def _shape(tree: Tree, layer: Layer, target: Target) -> dict[str, str]:
    """From wheels to what is shipped; the newest symbols that are asked for."""
    prune(tree)
    endpoints.thin(tree)
    slim(tree)
    symbols = prove(tree, target)
    pack(tree)
    stand_in(tree, layer)
    return symbols


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _beside(path: Path) -> Path:
    """The manifest of a zip."""
    return path.with_suffix(".json")
