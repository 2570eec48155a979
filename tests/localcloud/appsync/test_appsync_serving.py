"""`riffle appsync serve`: an API from a folder, a template or a schema, none of it ours."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from localcloud.appsync.command import Options, offered, prepared
from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.folder import EXAMPLE
from localcloud.appsync.summary import summarise
from localcloud.audits.here import started
from tests.conftest import ROOT

SCHEMA = """
type Book { isbn: ID! title: String price: Int }
type Query { book(isbn: ID!): Book greet(name: String!): String }
type Mutation { add(isbn: ID!, title: String): Book }
type Subscription { added: Book @aws_subscribe(mutations: ["add"]) }
"""
MAPPING = """
name: bookshop
environment: { CURRENCY: EUR }
authentication: [{ type: API_KEY, keys: [da2-books, da2-second] }]
dataSources:
  nothing: { type: NONE }
functions: { first: nothing, second: nothing }
resolvers:
  Mutation.add: nothing
  Query.greet: { pipeline: [first, second] }
"""
CODE = {
    "Mutation.add": "{ return { payload: ctx.args }; }",
    "Query.greet": "{ return {}; }",
    "first": "{ return { payload: `hello ${ctx.args.name}` }; }",
    "second": "{ return { payload: `${ctx.prev.result} in ${ctx.env.CURRENCY}` }; }",
}
RESPONSE = {"Query.greet": "ctx.prev.result"}
TEMPLATE = """
Resources:
  Shop: { Type: AWS::AppSync::GraphQLApi, Properties: { Name: shop, AuthenticationType: API_KEY } }
  Key: { Type: AWS::AppSync::ApiKey, Properties: { ApiId: !GetAtt Shop.ApiId } }
  Cache: { Type: AWS::AppSync::ApiCache, Properties: { ApiId: !GetAtt Shop.ApiId } }
  Schema: { Type: AWS::AppSync::GraphQLSchema, Properties: { DefinitionS3Location: schema.graphql } }
  Books:
    Type: AWS::AppSync::DataSource
    Properties: { Name: books, Type: AWS_LAMBDA, LambdaConfig: { LambdaFunctionArn: !GetAtt Function.Arn } }
  Book:
    Type: AWS::AppSync::Resolver
    Properties: { TypeName: Query, FieldName: book, DataSourceName: books }
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.find
      Environment: { Variables: { TITLE: Faust } }
      Code:
        ZipFile: |
          import os
          def find(event, context):
              print("asked")
              return {"isbn": event["arguments"]["isbn"], "title": os.environ["TITLE"]}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "resolvers").mkdir()
    (tmp_path / "schema.graphql").write_text(SCHEMA)
    (tmp_path / "appsync.yaml").write_text(MAPPING)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    for name, request in CODE.items():
        response = f"export function response(ctx) {{ return {RESPONSE.get(name, 'ctx.result')}; }}"
        code = f"export function request(ctx) {request}\n{response}\n"
        (tmp_path / f"resolvers/{name}.js").write_text(code)
    return tmp_path


@contextmanager
def serving(options: Options, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    with prepared(options, environ or {}) as ready, started(ready.server) as port:
        yield f"http://localhost:{port}"


def ask(host: str, query: str, key: str) -> Json:
    return httpx.post(f"{host}/graphql", json={"query": query}, headers={"x-api-key": key}).json()


def test_a_folder_is_served_with_its_keys_pipelines_and_environment(shop: Path) -> None:
    with serving(Options(folder=shop, port=0)) as host:
        assert ask(host, '{ greet(name: "Ada") }', "da2-second") == {"data": {"greet": "hello Ada in EUR"}}
        added = ask(host, 'mutation { add(isbn: "1", title: "Emma") { title } }', "da2-books")
    assert added == {"data": {"add": {"title": "Emma"}}}


def test_a_template_is_served_with_the_functions_in_it_and_without_credentials(shop: Path) -> None:
    options = Options(template=shop / "template.yaml", values={"Key.ApiKey": "da2-given"}, port=0)
    with serving(options) as host:
        answer = ask(host, '{ book(isbn: "7") { isbn title } }', "da2-given")
    assert answer == {"data": {"book": {"isbn": "7", "title": "Faust"}}}


def test_a_schema_alone_is_served_to_those_who_generate_code(shop: Path) -> None:
    options = Options(schema=shop / "schema.graphql", values={"Key.ApiKey": "da2-k"}, port=0)
    with serving(options) as host:
        found = ask(host, '{ __type(name: "Book") { fields { name } } }', "da2-k")
    assert [each["name"] for each in found["data"]["__type"]["fields"]] == ["isbn", "title", "price"]


def test_the_explorer_is_there_and_knows_the_key(shop: Path) -> None:
    with serving(Options(folder=shop, port=0)) as host:
        page = httpx.get(host, follow_redirects=True)
        config = httpx.get(f"{host}/riffle.json").json()
    assert page.url.path == "/explorer"
    assert "GraphQL explorer" in page.text
    assert config == {"apiKey": "da2-books"}


def test_the_example_is_served_as_it_is_made() -> None:
    with serving(Options(folder=EXAMPLE, port=0)) as host:
        assert ask(host, "{ ping }", "da2-rooms") == {"data": {"ping": "pong"}}


def test_the_start_tells_addresses_keys_resolvers_and_what_is_left_aside(shop: Path) -> None:
    told = list(summarise(offered(Options(template=shop / "template.yaml")), 8000, tls=True))
    assert ("GraphQL", "http://localhost:8000/graphql   (https:// as well)") in told
    assert ("resolvers", "books: 1") in told
    assert ("not emulated", "Cache (AWS::AppSync::ApiCache)") in told
    assert dict(told)["API key"].startswith("da2-")


WRONG: dict[str, tuple[dict[str, str | None], str]] = {
    "no-mapping": ({"appsync.yaml": None}, "appsync.yaml cannot be read"),
    "no-yaml": ({"appsync.yaml": "a: ["}, "is no YAML"),
    "unknown-part": ({"appsync.yaml": "resolver: {}"}, "has 'resolver', which is none of"),
    "no-schema": ({"schema.graphql": None}, "schema.graphql cannot be read"),
    "no-graphql": ({"schema.graphql": "type"}, "the schema cannot be read: .* in line 1$"),
    "no-function": ({"appsync.yaml": "dataSources: { a: { type: AWS_LAMBDA } }"}, "has no 'function'"),
    "no-field": ({"appsync.yaml": MAPPING + "  Query.nowhere: nothing"}, "is for Query.nowhere, which"),
    "no-source": ({"appsync.yaml": MAPPING + "  Query.book: nobody"}, "data source 'nobody', which is not"),
    "no-dot": ({"appsync.yaml": "resolvers: { book: a }"}, "is not named Type.field"),
    "other-source": ({"appsync.yaml": "dataSources: { a: { type: RELATIONAL_DATABASE } }"}, "RELATIONAL"),
    "no-file": (
        {"appsync.yaml": "resolvers: { Query.book: { dataSource: a, code: b.js } }"},
        "b.js cannot be read: No such file",
    ),
    "no-key": (
        {"appsync.yaml": "dataSources: { a: { type: NONE, endpont: b } }"},
        "source .a. has .endpont., which is none",
    ),
    "no-step": (
        {"appsync.yaml": "resolvers: { Query.book: { cod: b.js } }"},
        "Query.book has .cod., which is none",
    ),
    "no-way": ({"appsync.yaml": "authentication: [{ type: API_KEY, key: a }]"}, "has .key., which is none"),
    "one-key": (
        {"appsync.yaml": "authentication: [{ type: API_KEY, keys: a }]"},
        "keys of authentication are a list",
    ),
    "no-limit": ({"appsync.yaml": "limits: { queryDepth: deep }"}, "a limit of .deep. is no number"),
    "no-step-of": (
        {"appsync.yaml": "resolvers: { Query.book: { pipeline: [a] } }"},
        "names function .a., which is not",
    ),
    "broken-code": ({"resolvers/first.js": "export function request("}, "first .*line 1"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_served_is_one_sentence(case: str, shop: Path) -> None:
    files, sentence = WRONG[case]
    for name, text in files.items():
        (shop / name).unlink() if text is None else (shop / name).write_text(text)
    with pytest.raises(DefinitionError, match=sentence), prepared(Options(folder=shop, port=0), {}):
        pass


@pytest.mark.parametrize(("depth", "status"), [("1", 400), ("40", 200)])
def test_how_much_a_query_may_ask_for_is_a_setting(depth: str, status: int, shop: Path) -> None:
    options = Options(folder=shop, settings={"query_depth": depth}, port=0)
    deep = '{ __type(name: "Query") { ' + "ofType { " * 35 + "name" + " }" * 35 + " } }"
    with serving(options) as host:
        answer = httpx.post(f"{host}/graphql", json={"query": deep}, headers={"x-api-key": "da2-second"})
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(("setting", "value"), [("nowhere", "1"), ("subscriptions", "many")])
def test_a_setting_that_cannot_be_is_refused_by_name(setting: str, value: str, shop: Path) -> None:
    options = Options(folder=shop, settings={setting: value}, port=0)
    with pytest.raises(DefinitionError, match=setting), prepared(options, {}):
        pass


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files, somewhere else than the checkout."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    junk = shutil.ignore_patterns("__pycache__", "node_modules", "*.log")
    for name in ("riffle", "appsync", "localcloud"):
        shutil.copytree(ROOT / name, source / name, ignore=junk)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    build = "from setuptools.build_meta import build_wheel; print(build_wheel('.'))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", build], cwd=source, capture_output=True, text=True, check=True
    )
    zipfile.ZipFile(source / done.stdout.splitlines()[-1]).extractall(out)
    return out


def files_of(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("package", ["localcloud/appsync", "localcloud/audits", "riffle"])
def test_the_distribution_has_every_file_of(package: str, installed: Path) -> None:
    assert files_of(installed / package) == files_of(ROOT / package)


def test_the_distribution_serves_from_an_empty_directory(installed: Path, tmp_path: Path) -> None:
    code = (
        "import json, sys; from localcloud.audits.here import started\n"
        "from pathlib import Path; from localcloud.appsync.command import Options, prepared\n"
        "from localcloud.appsync.folder import EXAMPLE; import httpx\n"
        "with prepared(Options(folder=EXAMPLE, port=0), {}) as ready, started(ready.server) as port:\n"
        "    headers = {'x-api-key': 'da2-rooms'}; url = f'http://localhost:{port}/graphql'\n"
        "    answer = httpx.post(url, json={'query': '{ ping }'}, headers=headers).json()\n"
        "    print(json.dumps([answer, str(EXAMPLE)]))\n"
    )
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer, example = json.loads(done.stdout)
    assert answer == {"data": {"ping": "pong"}}
    assert Path(example).is_relative_to(installed)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "riffle", "appsync", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_command_tells_what_is_wrong_in_one_line_and_ends_with_status_1(tmp_path: Path) -> None:
    done = command("serve", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == f"The API cannot be served: {tmp_path}/appsync.yaml cannot be read: No such file or directory.\n"
    )


def test_init_makes_a_folder_once(tmp_path: Path) -> None:
    assert command("init", str(tmp_path / "rooms")).returncode == 0
    assert files_of(tmp_path / "rooms") == files_of(EXAMPLE)
    again = command("init", str(tmp_path / "rooms"))
    assert (again.returncode, "is there already" in again.stderr) == (1, True)


def test_an_audit_of_nobody_is_one_line(tmp_path: Path) -> None:
    done = command("audit", "http://localhost:9/graphql", "--api-key", "k", "--only", "HT01")
    assert done.returncode == 1
    assert done.stderr.startswith("Nothing was audited: http://localhost:9/graphql cannot be reached")
    assert done.stderr.count("\n") == 1
