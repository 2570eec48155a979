"""Writes into `.chalice/config.json` what `chalice deploy` has to know of the stack."""

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

from chalice.utils import to_cfn_resource_name

from appsync.deploying import environment
from appsync.deploying.merging import LAYER_OUTPUTS
from appsync.deploying.proposing import tags
from appsync.deploying.stages import Section, Stage, config_path, configuration
from appsync.layers.targets import LAYERS_OF


def write(app: Path, stage: Stage, outputs: Mapping[str, str]) -> bool:
    """Brings the stage's section up to date and keeps everything else; whether that changed the file."""
    path = config_path(app)
    config = configuration(app)
    section = deepcopy(config["stages"][stage.settings])
    config["stages"][stage.name] = _told(section, stage, outputs)
    text = json.dumps(config, indent=2, ensure_ascii=False) + "\n"
    if text == path.read_text():
        return False
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)
    return True


def _told(section: Section, stage: Stage, outputs: Mapping[str, str]) -> Section:
    """The stage's section with variables, and each function's role and layers, from the stack's outputs."""
    functions = section.get("lambda_functions", {})
    return {
        **section,
        "lambda_architecture": stage.architecture,
        "tags": {**section.get("tags", {}), **tags(stage)},
        "iam_role_arn": outputs["ResolveRoleArn"],  # Chalice wants one here too, and uses the functions' own
        "environment_variables": {
            **section.get("environment_variables", {}),
            **environment.values(stage.name, outputs),
        },
        "lambda_functions": {
            **functions,
            **{name: {**functions.get(name, {}), **_function(name, outputs)} for name in stage.functions},
        },
    }


def _function(name: str, outputs: Mapping[str, str]) -> dict[str, object]:
    """A stack without layers has none to name."""
    layers = [LAYER_OUTPUTS[layer] for layer in LAYERS_OF[name]]
    return {
        "iam_role_arn": outputs[f"{to_cfn_resource_name(name)}RoleArn"],
        "layers": [outputs[layer] for layer in layers if layer in outputs],
    }
