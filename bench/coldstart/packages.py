"""The folders that a function's modules are found in: as pip leaves them, and as the layers have them."""

import compileall
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from uv import find_uv_bin

from appsync.layers import LAYERS, LAYERS_OF, Layer, build

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "requirements/layers"
OURS = "layers"
"""The package that is deployed, and that others are compared with."""

UNPACKERS = ("lancedb/_lancedb.py*", "numpy/_distributor_init_local.py*")
"""Modules that stand in the index layer in the place of what is packed, or ask for it."""


@dataclass(frozen=True, slots=True)
class Package:
    """What a function could be deployed with. `client` is whether LanceDB brings its REST client."""

    name: str
    folders: dict[str, tuple[Path, ...]]
    """By function, the app's first."""

    client: bool = False

    def bytes(self, function: str) -> int:
        """Its size as Lambda counts it against its limit: unzipped."""
        return sum(size(folder) for folder in self.folders[function])


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def packages(work: Path) -> Iterator[Package]:
    """Every package that is compared, made below `work`."""
    plain, compiled = installed(work / "plain"), work / "compiled"
    sources = app(work / "app")
    yield Package("pip, no bytecode", dict.fromkeys(LAYERS_OF, (sources, plain)), client=True)
    shutil.copytree(plain, compiled)
    precompile(compiled, PycInvalidationMode.UNCHECKED_HASH)
    precompile(shutil.copytree(sources, work / "app-compiled"), PycInvalidationMode.CHECKED_HASH)
    yield Package(
        "pip, with bytecode", dict.fromkeys(LAYERS_OF, (work / "app-compiled", compiled)), client=True
    )
    layers = {layer: extracted(layer, work / layer) for layer in LAYERS}
    yield Package(OURS, attached(work / "app-compiled", layers))
    index = unpacked(layers["index"], plain, work / "index-unpacked")
    yield Package("layers, unpacked", attached(work / "app-compiled", layers | {"index": index}))


def attached(sources: Path, layers: dict[Layer, Path]) -> dict[str, tuple[Path, ...]]:
    return {name: (sources, *(layers[layer] for layer in used)) for name, used in LAYERS_OF.items()}


def app(folder: Path) -> Path:
    """The functions' own modules, and Chalice's runtime, which Chalice puts beside them."""
    source, made = ROOT / "chalice_app", folder
    shutil.copytree(source / "chalicelib", made / "chalicelib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(source / "app.py", made)
    import chalice

    shutil.copytree(
        Path(chalice.__file__).parent, made / "chalice", ignore=shutil.ignore_patterns("__pycache__", "cli")
    )
    return made


def installed(folder: Path) -> Path:
    """Every requirement of every layer, as an installer leaves it."""
    requirements = [part for layer in LAYERS for part in ("--requirements", str(LOCKS / f"{layer}.txt"))]
    command = [
        find_uv_bin(), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--link-mode", "copy",
        "--python", sys.executable, "--target", str(folder), *requirements,
    ]  # fmt: skip
    subprocess.run(command, check=True)  # noqa: S603  (our own arguments)
    return folder


def precompile(folder: Path, mode: PycInvalidationMode) -> None:
    """Adds bytecode, which Python compares with the source or not, as `mode` says."""
    compileall.compile_dir(folder, quiet=1, invalidation_mode=mode)


def extracted(layer: Layer, folder: Path) -> Path:
    with zipfile.ZipFile(build(layer).path) as archive:
        archive.extractall(folder)
    return folder / "python"


def unpacked(index: Path, plain: Path, folder: Path) -> Path:
    """The index layer as it would be without packing: with what it packs as the wheels have it."""
    shutil.copytree(index, folder)
    for packed in list(folder.glob("*/*.zst")):
        library = packed.relative_to(folder).with_suffix("")
        shutil.copy(plain / library, folder / library)
        packed.unlink()
        packed.with_suffix(".json").unlink()
    for unpacker in UNPACKERS:
        [path] = folder.glob(unpacker)
        path.unlink()
    return folder
