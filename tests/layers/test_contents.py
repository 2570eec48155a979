"""What is in the layers, of all targets: how much, whose, for which machine, asking for what."""

import io
import itertools
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from backports.zstd import decompress
from elftools.elf.elffile import ELFFile

from appsync.layers import ARCHITECTURES, LAYERS, LAYERS_OF, PYTHONS, Layer, Target, elf, limits
from tests.layers.built import layer

pytestmark = pytest.mark.timeout(900)  # the first test to ask for layers builds them

TARGETS = [Target(*each) for each in itertools.product(PYTHONS, ARCHITECTURES)]
FUNCTIONS_ZIP = 4_000_000
"""More than Chalice's zip of the functions has ever been."""

NEWEST = {"GLIBC": [2, 34], "GLIBCXX": [3, 4, 29], "CXXABI": [1, 3, 13], "GCC": [7, 0, 0]}
"""What Amazon Linux 2023 has: glibc 2.34 and the libraries of GCC 11."""

WITHOUT_LICENCE = {"lance-namespace", "lance-namespace-urllib3-client"}
"""Their wheels bring no text; their metadata, which the layer has, says Apache-2.0."""

SYSTEM = {
    "libc.so.6", "libm.so.6", "libdl.so.2", "librt.so.1", "libpthread.so.0", "libstdc++.so.6",
    "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",
}  # fmt: skip

LICENCE = re.compile(
    r".*[.]dist-info/licenses/.*|.*(LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*(?<!\.py)(?<!\.pyc)(?<!\.gz)(?<!\.json)",
    re.IGNORECASE,
)
"""The path of a licence's text, and not of a module or data about licences."""

every_target = pytest.mark.parametrize("target", TARGETS, ids=str)
every_layer = pytest.mark.parametrize("name", LAYERS)


@dataclass(frozen=True)
class Library:
    """What a file of machine code is made for, and what it asks for."""

    machine: str
    needed: frozenset[str]
    versions: frozenset[str]


@cache
def libraries(path: Path) -> dict[str, Library]:
    """Those of a layer's zip by name, read once: they are hundreds of megabytes, unpacked."""
    return {name: described(content) for name, content in unpacked(path)}


def described(content: bytes) -> Library:
    return Library(
        ELFFile(io.BytesIO(content)).get_machine_arch(), frozenset(elf.needed(content)),
        frozenset(elf.versions(content)),
    )  # fmt: skip


def unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            content = decompress(content) if name.endswith(".zst") else content
            if elf.is_elf(content):
                yield name.rpartition("/")[2].removesuffix(".zst"), content


@every_target
@pytest.mark.parametrize("function", LAYERS_OF)
def test_a_function_and_its_layers_take_at_most_200_megabytes(function: str, target: Target) -> None:
    attached = [layer(name, target) for name in LAYERS_OF[function]]
    limits.check(function, [each.manifest for each in attached], others=FUNCTIONS_ZIP)
    assert sum(each.unzipped for each in attached) + FUNCTIONS_ZIP <= 200_000_000


@every_target
@every_layer
def test_the_manifest_names_every_file_of_the_zip_and_its_size(name: Layer, target: Target) -> None:
    built = layer(name, target)
    with zipfile.ZipFile(built.path) as archive:
        packed = {each.filename: each.file_size for each in archive.infolist()}
    manifest = built.manifest
    assert {f"python/{each.path}": each.bytes for each in manifest.files} == packed
    assert built.unzipped == manifest.unzipped == sum(packed.values()) == sum(manifest.packages().values())
    assert built.zipped == manifest.zipped == built.path.stat().st_size


@every_target
@every_layer
def test_no_file_asks_for_newer_libraries_than_lambda_has(name: Layer, target: Target) -> None:
    built = layer(name, target)
    found: dict[str, list[list[int]]] = {}
    for version in {each for library in libraries(built.path).values() for each in library.versions}:
        prefix, numbers = version.split("_")
        found.setdefault(prefix, []).append([int(each) for each in numbers.split(".")])
    assert all(max(releases) <= NEWEST[prefix] for prefix, releases in found.items())
    newest = {prefix: ".".join(map(str, max(releases))) for prefix, releases in found.items()}
    assert built.manifest.symbols == newest


@every_target
@every_layer
def test_libraries_are_of_the_right_machine_and_find_each_other(name: Layer, target: Target) -> None:
    found = libraries(layer(name, target).path)
    machine = {"x86_64": "x64", "arm64": "AArch64"}[target.architecture]
    assert {each.machine for each in found.values()} <= {machine}
    assert {name for each in found.values() for name in each.needed} <= SYSTEM | found.keys()


@every_target
@every_layer
def test_every_package_of_the_lock_has_files_or_was_left_out_on_purpose(name: Layer, target: Target) -> None:
    manifest = layer(name, target).manifest
    assert manifest.packages().keys() - {"riffle"} == manifest.versions.keys()
    assert not [each for each in manifest.changes if each.after > each.before and each.action != "compiled"]


@every_target
@every_layer
def test_licences_stay_with_what_they_are_of(name: Layer, target: Target) -> None:
    manifest = layer(name, target).manifest
    kept = [each for each in manifest.files if LICENCE.fullmatch(each.path)]
    gone = [each for each in manifest.changes if LICENCE.fullmatch(each.path)]
    assert gone == []
    assert manifest.versions.keys() - {each.package for each in kept} <= WITHOUT_LICENCE
    described = {each.package for each in manifest.files if each.path.endswith(".dist-info/METADATA")}
    assert described == manifest.versions.keys()


@every_target
@every_layer
def test_the_reference_of_sizes_is_current(name: Layer, target: Target) -> None:
    manifest = layer(name, target).manifest
    if not manifest.compiled:
        pytest.skip(f"the reference is of layers with bytecode, and there is no Python {target.python} here")
    packages = manifest.packages()
    known = limits.reference()[f"{name}-{target}"]
    off = {
        each for each in packages.keys() | known if abs(packages.get(each, 0) - known.get(each, 0)) > 200_000
    }
    assert off == set(), "run: python -m appsync.layers sizes"


@every_target
def test_layers_that_are_attached_together_share_no_file(target: Target) -> None:
    paths = [each.path for name in LAYERS for each in layer(name, target).manifest.files]
    assert len(paths) == len(set(paths))


def test_aws_has_the_clients_that_the_product_uses_and_no_more() -> None:
    paths = {each.path for each in layer("runtime").manifest.files}
    services = {
        path.split("/")[2] for path in paths if path.startswith("botocore/data/") and path.count("/") > 2
    }
    assert services == {"bedrock-runtime", "dynamodb", "s3", "sqs"}


def test_the_manifest_is_json_that_says_what_was_done() -> None:
    manifest = json.loads(layer("index").path.with_suffix(".json").read_text())
    changes = {each["path"]: each for each in manifest["changes"] if each["action"] == "packed"}
    packed = changes["lancedb/_lancedb.abi3.so"]
    assert packed["package"] == "lancedb"
    assert packed["after"] < packed["before"] / 2
