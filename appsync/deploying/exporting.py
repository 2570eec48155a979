"""Writes a stage's package for `aws cloudformation package`, which uploads what a template names by path."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

from appsync.deploying.assembling import LAYER_KEYS, Parts, assemble
from appsync.deploying.stages import Stage
from appsync.packaging import Json

TEMPLATE, PARAMETERS = "template.json", "parameters.json"
BY_PATH = "packaged-by-path"
"""Takes the bucket's place: the layers are there, and where from is not said by the parameters."""

LAYERS = {key.removesuffix("Key"): name for name, key in LAYER_KEYS.items()}
"""Their names by what the template calls them."""


def export(stage: Stage, app: Path, layers: Mapping[str, Path], out: Path) -> None:
    """Template, parameters and zips in the folder `out`. Raises PackagingFailed and TooLarge."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as built:
        assembly = assemble(Parts(stage, app, layers), BY_PATH, Path(built))
        for artifact in assembly.artifacts:
            shutil.copyfile(artifact.path, out / _file(artifact.key.split("/")[0]))
    (out / TEMPLATE).write_text(json.dumps(_by_path(assembly.template), indent=1))
    (out / PARAMETERS).write_text(json.dumps({"Parameters": dict(assembly.parameters)}, indent=1))


def _file(name: str) -> str:
    return f"{name}.zip"


def _by_path(template: dict[str, Json]) -> dict[str, Json]:
    """Paths are relative to the template, as its readers take them."""
    changed = deepcopy(template)
    match changed:
        case {"Resources": dict(resources)}:
            for logical, resource in resources.items():
                match resource:
                    case {"Type": "AWS::Serverless::Function", "Properties": dict(properties)}:
                        properties["CodeUri"] = _file("functions")
                    case {"Type": "AWS::Lambda::LayerVersion", "Properties": dict(properties)}:
                        properties["Content"] = _file(LAYERS[logical])
    return changed
