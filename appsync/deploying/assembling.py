"""Joins what Chalice says of the functions with what the template says of everything else.

Chalice packages a copy of the project without caches; bytecode is compiled into the zip afterwards, checked
by hash, since the zip's dates mean nothing and `__pycache__` of a work tree may be of another Python.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from appsync import packaging
from appsync.deploying import merging, zips
from appsync.deploying.chalicing import packaged
from appsync.deploying.errors import PackagingFailed, TooLarge
from appsync.deploying.stages import Stage
from appsync.layers.targets import LAYERS_OF
from appsync.packaging import Json

LAYER_KEYS = {"runtime": "RuntimeLayerKey", "reading": "ReadingLayerKey", "index": "IndexLayerKey"}
TEMPLATE_BYTES, RESOURCES = 1_000_000, 500
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a stage is made of: a Chalice project, and the layers' zips by name, {} for none.

    With the URI of an `image` the functions run from it, without zip and layers.
    """

    stage: Stage
    app: Path
    layers: Mapping[str, Path]
    image: str = ""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file to be uploaded; `key` is made of its content, so that equal files are uploaded once."""

    key: str
    path: Path


@dataclass(frozen=True, slots=True)
class Assembly:
    """One template, the parameters it is deployed with, and the files that it names by key."""

    template: dict[str, Json]
    parameters: Mapping[str, str]
    artifacts: tuple[Artifact, ...]


def assemble(parts: Parts, bucket: str, out: Path) -> Assembly:
    """The merged template of the stage; `out` takes what is built. Raises PackagingFailed and TooLarge."""
    stage, image = parts.stage, parts.image
    used = replace(parts, layers={} if image else parts.layers)
    bare = assemble_without_functions(used, bucket)
    chalice = packaged(stage, parts.app, out)
    code = artifact("functions", chalice.archive)
    for name in stage.functions:
        zips.check_size(name, {"functions": chalice.archive, **_layers_of(name, used.layers)})
    keys = {artifact.key.split("/")[0]: artifact.key for artifact in bare.artifacts}
    source = merging.Image(image) if image else merging.Archive(bucket, code.key, keys)
    return _checked(
        Assembly(
            merging.merged(bare.template, chalice.template, source, stage),
            {**bare.parameters, "Functions": "present"},
            () if image else (code, *bare.artifacts),
        )
    )


def _layers_of(function: str, layers: Mapping[str, Path]) -> dict[str, Path]:
    return {name: layers[name] for name in LAYERS_OF.get(function, ()) if name in layers}


def assemble_without_functions(parts: Parts, bucket: str) -> Assembly:
    """What `chalice deploy` needs to be there: everything but the functions.

    Raises PackagingFailed when there are some layers, and not all.
    """
    stage, layers = parts.stage, parts.layers
    if layers and set(layers) != set(LAYER_KEYS):
        raise PackagingFailed(
            f"The layers are {', '.join(sorted(layers))}; {', '.join(LAYER_KEYS)} are needed."
        )
    files = {name: artifact(name, path) for name, path in sorted(layers.items())}
    keys = {LAYER_KEYS[name]: file.key for name, file in files.items()}
    parameters = {
        **stage.parameters,
        **keys,
        "Stage": stage.name,
        "Functions": "absent",
        "DeploymentBucket": bucket if layers else "",
        "Runtime": f"python{stage.python}",
        "Architecture": stage.architecture,
        "Qualifier": ":live" if stage.parameters.get("SnapStart") == "on" else "",
    }
    return _checked(Assembly(packaging.package(), parameters, tuple(files.values())))


def artifact(name: str, path: Path) -> Artifact:
    return Artifact(f"{name}/{zips.digest(path)}.zip", path)


def _checked(assembly: Assembly) -> Assembly:
    size, resources = len(packaging.body(assembly.template).encode()), assembly.template["Resources"]
    if size > TEMPLATE_BYTES:
        raise TooLarge(f"The template has {size:,} bytes; CloudFormation takes {TEMPLATE_BYTES:,}.")
    if isinstance(resources, dict) and len(resources) > RESOURCES:
        raise TooLarge(f"The template has {len(resources)} resources; CloudFormation takes {RESOURCES}.")
    return assembly
