"""`.chalice/config.json` as Chalice itself understands it, by what `chalice package` makes of it."""

from collections.abc import Mapping
from typing import Any

import pytest

from localcloud.stack.functions import declared
from tests.appsync.variants import Template, properties
from tests.conftest import ROOT


@pytest.fixture
def functions(merged: Template) -> Mapping[str, dict[str, Any]]:
    """Properties by the name that functions have in `app.py`."""
    found = properties(merged, "AWS::Serverless::Function")
    return {name.lower(): each for name, each in found.items()}


def test_functions_get_the_time_and_the_memory_that_are_declared(
    functions: Mapping[str, dict[str, Any]],
) -> None:
    declarations = declared(ROOT / "chalice_app", "dev")
    assert functions.keys() == declarations.keys()
    for name, function in declarations.items():
        assert functions[name]["Timeout"] == function.timeout, name
        assert functions[name]["MemorySize"] == function.memory, name


def test_no_function_reserves_what_a_new_account_has_not(functions: Mapping[str, dict[str, Any]]) -> None:
    """It may run ten functions at once, and refuses to keep fewer than that for all."""
    assert {each.get("ReservedConcurrentExecutions") for each in functions.values()} == {None}


def test_every_function_writes_traces(functions: Mapping[str, dict[str, Any]]) -> None:
    assert {each["Tracing"] for each in functions.values()} == {"Active"}


def test_no_log_group_is_made_twice(merged: Template) -> None:
    names = [each["LogGroupName"]["Fn::Sub"] for each in properties(merged, "AWS::Logs::LogGroup").values()]
    assert len(names) == len(set(names)) == 7
