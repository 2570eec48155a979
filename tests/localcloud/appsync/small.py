"""APIs of a few fields, written in the test that needs them, and executed without a transport."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3

from localcloud.appsync.api import Api, Settings
from localcloud.appsync.assembly import Surroundings, assemble
from localcloud.appsync.definition import read
from localcloud.appsync.documents import GraphQLRequest
from localcloud.appsync.execution import Caller
from localcloud.appsync.identity import KeyHolder
from localcloud.appsync.template import Template
from tests.localcloud.appsync.world import KEY, Lambda, Pool, http_service

IMPORTS = "import { util, runtime, extensions } from '@aws-appsync/utils';\n"
SOURCES: dict[str, Any] = {
    "nothing": {"Type": "NONE"},
    "function": {"Type": "AWS_LAMBDA", "LambdaConfig": {"LambdaFunctionArn": "fn"}},
}


NULL = "return { payload: null };"


def handlers(request: str = NULL, response: str = "return ctx.result;") -> str:
    """A resolver's code, given what its two handlers do."""
    both = f"request(ctx) {{ {request} }}", f"response(ctx) {{ {response} }}"
    return IMPORTS + "\n".join(f"export function {each}" for each in both)


def step(source: str, code: str | None = None, **properties: Any) -> dict[str, Any]:
    return {"DataSourceName": source, **({"Code": code} if code else {}), **properties}


def pipeline(code: str | None, *functions: str) -> dict[str, Any]:
    ids = [{"Fn::GetAtt": [name, "FunctionId"]} for name in functions]
    around = {"Code": code} if code else {}
    return {"Kind": "PIPELINE", "PipelineConfig": {"Functions": ids}, **around}


class Session(boto3.Session):
    """One whose clients can be closed."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._made: list[Any] = []

    def client(self, *given: Any, **more: Any) -> Any:
        made = super().client(*given, **more)
        self._made.append(made)
        return made

    def close(self) -> None:
        for each in self._made:
            each.close()


@dataclass
class Small:
    """`resolvers` by `Type.field`, `functions` by name, and `sources` beside `nothing` and `function`."""

    sdl: str
    resolvers: Mapping[str, dict[str, Any]]
    functions: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    sources: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    service: str | None = None
    session: "Session" = field(default_factory=lambda: Session("test", "test", region_name="us-east-1"))

    def api(self) -> Api:
        endpoints = {"function": self.service} if self.service else {}
        around = Surroundings(self.session, endpoints=endpoints)
        return assemble(read(Template(self._document(), {"Key.ApiKey": KEY})), around, self.settings)

    def ask(self, query: str, caller: Caller | None = None) -> Any:
        """The response to an operation."""
        who = caller or Caller(KeyHolder())
        try:
            return asyncio.run(self.api().execute(GraphQLRequest(query), who))
        finally:
            self.session.close()

    def _document(self) -> Any:
        api = {
            "Name": "small",
            "AuthenticationType": "API_KEY",
            "EnvironmentVariables": dict(self.environment),
        }
        resources = {
            "Api": ("GraphQLApi", api),
            "Key": ("ApiKey", {}),
            "Schema": ("GraphQLSchema", {"Definition": self.sdl}),
            **{
                name: ("DataSource", {"Name": name, **each})
                for name, each in {**SOURCES, **self.sources}.items()
            },
            **{
                name: ("FunctionConfiguration", {"Name": name, **each})
                for name, each in self.functions.items()
            },
            **{f"R{place}": ("Resolver", {**at(place), **each}) for place, each in self.resolvers.items()},
        }
        return {
            "Resources": {
                name: {"Type": f"AWS::AppSync::{kind}", "Properties": each}
                for name, (kind, each) in resources.items()
            }
        }


def at(place: str) -> dict[str, str]:
    parent, _, name = place.partition(".")
    return {"TypeName": parent, "FieldName": name}


class Scripted(Lambda):
    """A function that does what the test says with each event."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self._answer = answer

    def invoke(self, event: Any) -> tuple[Any, str | None]:
        self.events.append(event)
        try:
            return self._answer(event), None
        except Exception as error:  # noqa: BLE001  (whatever a function raises is its error)
            return {"errorMessage": str(error), "errorType": type(error).__name__}, "Unhandled"


@contextmanager
def lambda_service(answer: Any) -> Iterator[tuple[Scripted, str]]:
    functions = Scripted(answer)
    with http_service(functions, Pool()) as url:
        yield functions, url
