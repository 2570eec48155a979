"""Imports point one way, heavy ones happen late, and the product knows nothing of the local cloud."""

import ast
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.coldstart.packages import Package
from bench.coldstart.starts import start
from tests.conftest import ROOT

PRODUCT = ROOT / "chalice_app/chalicelib"
LEVELS = {
    "starting": 0, "settings": 0, "errors": 0, "records": 0, "wire": 1, "waiting": 1,
    "stores": 2, "models": 2, "retrieval": 2,
    "documents": 3, "answering": 4, "api": 5,
    "bootstrap": 6, "maintaining": 7, "redelivery": 7,
}  # fmt: skip
"""A package may import its own level's packages only if they are itself, and those below."""

FOREIGN = {
    "chalice_app": {"localcloud", "riffle", "appsync", "tests", "bench"},
    "appsync": {"chalicelib", "localcloud", "riffle", "tests", "bench"},
    "riffle": {"chalicelib", "localcloud", "appsync", "tests", "bench"},
    "localcloud": {"chalicelib", "riffle", "tests", "bench"},
}
COMMANDS = "riffle/commands/"
"""What offers the local endpoint and the deployment on the command line; they are imported when they run."""


def sources(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if "__pycache__" not in path.parts]


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports by name, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from ([f"{node.module}.{each.name}" for each in node.names] or [node.module])


def offered(path: Path, module: str) -> bool:
    return path.relative_to(ROOT).as_posix().startswith(COMMANDS) and module in {"localcloud", "appsync"}


def part(path: Path) -> str:
    """The package or module of chalicelib that a file belongs to."""
    return path.relative_to(PRODUCT).parts[0].removesuffix(".py")


def within(module: str) -> str | None:
    """The part of chalicelib that a module belongs to, if to any."""
    name, *rest = module.split(".")
    return rest[0] if name == "chalicelib" and rest else None


def test_every_part_of_the_product_has_a_level() -> None:
    assert {part(path) for path in sources(PRODUCT)} - {"__init__"} == set(LEVELS)


def test_parts_import_only_what_is_below_them() -> None:
    upward = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sources(PRODUCT)
        for module in imported(path)
        if (target := within(module)) and target != part(path) and LEVELS[target] >= LEVELS[part(path)]
    ]
    assert upward == []


@pytest.mark.parametrize("folder", FOREIGN)
def test_no_package_imports_one_it_must_not_know(folder: str) -> None:
    known = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sources(ROOT / folder)
        for module in imported(path)
        if (name := module.split(".")[0]) in FOREIGN[folder] and not offered(path, name)
    ]
    assert known == []


def test_the_command_line_loads_no_endpoint_before_it_serves_one() -> None:
    code = (
        "import sys, riffle.cli; print([each for each in sys.modules if each.split('.')[0] in sys.argv[1:]])"
    )
    names = ["localcloud", "appsync", "boto3", "starlette", "uvicorn", "graphql", "cryptography", "yaml"]
    done = subprocess.run(
        [sys.executable, "-c", code, *names], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


def test_only_the_index_knows_lancedb() -> None:
    users = {
        path.parent.relative_to(PRODUCT).as_posix()
        for path in sources(PRODUCT)
        for module in imported(path)
        if module.split(".")[0] in {"lancedb", "pyarrow"}
    }
    assert users == {"retrieval/index"}


VARIABLES = (
    "STAGE", "BUCKET", "DOCUMENTS_TABLE", "ANSWERS_TABLE", "CONVERSATIONS_TABLE", "INGEST_QUEUE_URL",
    "ANSWER_QUEUE_URL", "GRAPHQL_URL", "CHAT_MODEL", "EMBEDDING_MODEL",
)  # fmt: skip


def loaded(statement: str, names: str, function: str = "") -> str:
    """Which of the modules `names` a fresh process has loaded after `statement`, without a connection."""
    env = {f"RIFFLE_{name}": "http://127.0.0.1:9/x" for name in VARIABLES} | {
        "RIFFLE_EMBEDDING_DIMENSIONS": "3", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test", "PATH": os.environ["PATH"],
        "AWS_LAMBDA_FUNCTION_NAME": function,
    }  # fmt: skip
    unconnected = "sys.addaudithook(lambda event, _: event == 'socket.connect' and sys.exit('connected'))"
    found = f"print([each for each in {names.split()!r} if each in sys.modules])"
    code = f"import sys\n{unconnected}\nimport app\n{statement}\n{found}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "chalice_app",
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_resolve_loads_neither_lancedb_nor_pyarrow_nor_an_extractor() -> None:
    use = "s = app.services(); s.resolver, s.library, s.documents, s.blobs, s.desk, s.events"
    assert loaded(use, "lancedb pyarrow numpy pypdfium2 docx pptx lxml trafilatura") == "[]"


def test_importing_the_app_connects_to_nothing_and_reads_no_environment() -> None:
    assert loaded("assert not app.services.cache_info().currsize", "chalicelib.stores.events") == "[]"


@pytest.mark.parametrize("function", ["search", "answer", "ingest"])
def test_on_lambda_lancedb_is_loaded_before_the_first_event(function: str) -> None:
    assert loaded("", "lancedb pypdfium2 docx", f"riffle-dev-{function}") == "['lancedb']"


def test_on_lambda_maintain_loads_lancedb_only_when_there_is_something_to_do() -> None:
    ready = "assert {'documents', 'answers'} <= vars(app.services()).keys(); app.services().index"
    assert loaded(ready, "lancedb pyarrow", "riffle-dev-maintain") == "[]"


def test_on_lambda_resolve_has_its_clients_before_the_first_event() -> None:
    ready = "assert {'resolver', 'library', 'documents', 'desk'} <= vars(app.services()).keys()"
    assert loaded(ready, "lancedb chalicelib.stores.documents", "riffle-dev-resolve") == (
        "['chalicelib.stores.documents']"
    )


@pytest.mark.parametrize("function", ["", "riffle-dev-resolve", "riffle-dev-search"])
def test_nobody_looks_for_garbage_until_a_function_is_imported(function: str) -> None:
    collected = "import gc; done = sum(each['collections'] for each in gc.get_stats())"
    assert loaded(
        f"{collected}; assert gc.isenabled() and gc.get_freeze_count() and done < 15, done", "", function
    )


def test_search_loads_lancedb_when_it_searches_first() -> None:
    assert loaded("app.services().searcher", "lancedb pyarrow") == "[]"


LIGHT = (
    "aws_lambda_powertools boto3 botocore chalice dateutil jmespath s3transfer six typing_extensions urllib3"
)
LOADED = {
    "resolve": f"{LIGHT} ulid",
    "search": LIGHT,
    "answer": LIGHT,
    "ingest": f"{LIGHT} ulid",
    "maintain": f"{LIGHT} ulid",
}
"""Whose modules each function has loaded when its first event calls AWS for the first time, before the index
and before an extractor. Anything more is paid for by every cold start: `make bench ARGS=coldstart` says how
much."""

NOT_COUNTED = {"__main__", "__mp_main__", "app", "chalicelib", "certifi", "backports"}
"""Our own, and what botocore and urllib3 use where it is installed: the layers do not have it."""


@pytest.mark.parametrize("function", LOADED)
def test_a_function_loads_no_more_than_it_needs(function: str) -> None:
    folders = (ROOT / "chalice_app", Path(sysconfig.get_paths()["purelib"]))
    found = start(Package("as it is installed here", {function: folders}), function, ready=False)
    assert set(found.modules) - NOT_COUNTED == set(LOADED[function].split())
