"""The stack as it is deployed whole: the template with the functions that Chalice packages."""

import zipfile
from pathlib import Path

import pytest

from appsync.deploying import stages
from appsync.deploying.assembling import LAYER_KEYS, Parts, assemble
from tests.appsync.variants import PAGE, WATCHED, Template, with_defaults
from tests.conftest import ROOT

APP = ROOT / "chalice_app"


@pytest.fixture(scope="session")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """All of it, with the functions as `riffle deploy` merges them in, and its parameters as defaults."""
    folder = tmp_path_factory.mktemp("merged")
    layers = {name: zipped(folder / f"{name}.zip") for name in LAYER_KEYS}
    stage = stages.read(APP, "dev", {**PAGE, **WATCHED, "SnapStart": "on"})
    found = assemble(Parts(stage, APP, layers), "riffle-dev-deployments", folder / "out")
    template: Template = found.template
    return with_defaults(template, found.parameters)


def zipped(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("python/nothing.py", "")
    return path
