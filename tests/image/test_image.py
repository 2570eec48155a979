"""The Dockerfile without Docker: linted, and its instructions carried out in a folder."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import dockerfile  # type: ignore[import-not-found]  # compiled, without stubs
import pytest

from tests.conftest import ROOT

DOCKERFILE = ROOT / "appsync/image/Dockerfile"
TASK_ROOT = "LAMBDA_TASK_ROOT"  # set by AWS's base image
SEARCHES = """
import json, sys
sys.path[:0] = [sys.argv[1]]
import app
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.wording import words
import lancedb
index = PassageIndex(sys.argv[2], 3)
found = index.matching(Scope("ada"), words("hello"), 1)
names = ("resolve", "search", "ingest", "answer", "maintain")
handlers = [name for name in names if callable(getattr(app, name))]
print(json.dumps({"found": len(found), "handlers": handlers, "from": [app.__file__, lancedb.__file__]}))
"""


def instructions() -> list[tuple[str, tuple[str, ...]]]:
    return [(each.cmd.upper(), each.value) for each in dockerfile.parse_string(DOCKERFILE.read_text())]


def values(name: str) -> list[tuple[str, ...]]:
    return [value for instruction, value in instructions() if instruction == name]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the image holds under its task root, made by the Dockerfile's own COPY and RUN instructions."""
    folder = tmp_path_factory.mktemp("image")
    for instruction, (first, *rest) in instructions():
        if instruction == "COPY":
            copy(first, rest[0], folder)
        elif instruction == "RUN":
            run(first, folder)
    return folder


def copy(source: str, target: str, folder: Path) -> None:
    """As from a clone that nobody else may read."""
    (folder / target).parent.mkdir(parents=True, exist_ok=True)
    if (ROOT / source).is_dir():
        shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(ROOT / source, folder / target)
    for path in (folder / target, *(folder / target).rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def run(command: str, folder: Path) -> None:
    [shell] = values("SHELL")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, TASK_ROOT: str(folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run([*shell, command], cwd=folder, env=env, timeout=300, check=True)


def test_the_linter_of_dockerfiles_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_starts_from_the_python_that_everything_is_tested_with_unless_told_otherwise() -> None:
    version = (ROOT / ".python-version").read_text().strip()
    assert values("ARG") == [(f"BASE=public.ecr.aws/lambda/python:{version}",)]
    assert values("FROM") == [("${BASE}",)]


def test_lambdas_own_user_is_the_one_that_the_functions_run_as() -> None:
    assert values("USER") == []


def test_everybody_may_read_the_functions_whatever_the_clones_modes_are(image: Path) -> None:
    files = [image / "app.py", image / "chalicelib", *(image / "chalicelib").rglob("*")]
    assert not [path for path in files if not path.stat().st_mode & stat.S_IROTH]
    assert not [path for path in files if path.is_dir() and not path.stat().st_mode & stat.S_IXOTH]


def test_what_is_copied_is_let_into_the_build_and_nothing_else() -> None:
    admitted = {
        line[1:] for line in DOCKERFILE.with_name("Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }  # fmt: skip
    sources = [Path(source) for source, _ in values("COPY")]
    assert sources
    assert all({str(each), *map(str, each.parents)} & admitted for each in sources)
    assert not [each for each in admitted if not any(path.is_relative_to(each) for path in sources)]


@pytest.mark.timeout(400)
def test_the_folder_holds_every_function_and_searches_with_nothing_else_in_sight(
    image: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SEARCHES, image, tmp_path],
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["found"] == 0
    assert seen["handlers"] == ["resolve", "search", "ingest", "answer", "maintain"]
    assert all(Path(path).is_relative_to(image) for path in seen["from"])


def test_every_module_of_the_product_comes_with_its_bytecode(image: Path) -> None:
    sources = list((image / "chalicelib").rglob("*.py"))
    compiled = {path.name.split(".")[0] for path in (image / "chalicelib").rglob("*.pyc")}
    assert sources
    assert {path.stem for path in sources} <= compiled
