"""Runs `chalice package` over a clean copy of the project, and packs its zip anew with bytecode."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from appsync.deploying import zips
from appsync.deploying.errors import PackagingFailed
from appsync.deploying.stages import Stage, config_path, configuration
from appsync.packaging import Json

LEFT_OUT = shutil.ignore_patterns("__pycache__", "deployed", "deployments", ".venv*", "*.pyc")


@dataclass(frozen=True, slots=True)
class Packaged:
    """What Chalice made: a SAM template of the functions alone, and the zip with their code."""

    template: dict[str, Json]
    archive: Path


def packaged(stage: Stage, app: Path, out: Path) -> Packaged:
    """Chalice's package of the project at `app`, in the folder `out`. Raises PackagingFailed.

    The folder itself stays: whoever may write beside it could put one of their own in its place.
    """
    project, made, functions = (_cleared(out / name) for name in ("project", "chalice", "functions"))
    shutil.copytree(app, project, ignore=LEFT_OUT)
    _add_stage(project, stage)
    _run(stage, project, made)
    archive = out / "functions.zip"
    _pack(made / "deployment.zip", functions, archive)
    return Packaged(json.loads((made / "sam.json").read_text()), archive)


def _cleared(folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    return folder


def _add_stage(project: Path, stage: Stage) -> None:
    """Chalice ignores a stage that is not written down; here it is given the settings that it takes."""
    config = configuration(project)
    config["stages"][stage.name] = config["stages"][stage.settings]
    config_path(project).write_text(json.dumps(config))


def _run(stage: Stage, project: Path, made: Path) -> None:
    """The region is needed to build a client, which then is asked for nothing."""
    command = [
        sys.executable,
        "-c",
        "import sys; from chalice.cli import main; sys.exit(main())",
        "--project-dir",
        str(project),
    ]
    environ = {**os.environ, "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "us-east-1")}
    done = subprocess.run(  # noqa: S603  (our own interpreter)
        [*command, "package", "--stage", stage.name, str(made.absolute())],
        cwd=project, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise PackagingFailed(f"`chalice package --stage {stage.name}` failed: {_told(done)}")


def _told(done: subprocess.CompletedProcess[str]) -> str:
    """The last thing it said, which is the exception's own line when it ended with a traceback."""
    lines = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
    return lines[-1].strip()


def _pack(source: Path, folder: Path, archive: Path) -> None:
    with zipfile.ZipFile(source) as packed:
        packed.extractall(folder)
    # Alone: variables such as PYTHONOPTIMIZE and PYTHONPYCACHEPREFIX would leave other bytecode, or none.
    command = [sys.executable, "-I", "-m", "compileall", "-q", "--invalidation-mode", "checked-hash"]
    compiled = subprocess.run(  # noqa: S603
        [*command, "-s", folder, folder], capture_output=True, text=True, check=False,
    )  # fmt: skip
    if compiled.returncode != 0:
        raise PackagingFailed(f"The functions' code does not compile: {compiled.stdout.strip()}")
    zips.pack(folder, archive)
