"""Functions run from what was deployed: their zip, their layers, their configuration, and nothing else."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.deployed.emulator import Emulator

ROLE = "arn:aws:iam::000000000000:role/any"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = Emulator(tmp_path_factory.mktemp("execution"))
    with emulator.running({"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://127.0.0.1:9"}):
        yield emulator


def zipped(**files: str) -> bytes:
    """A zip of modules by their names, a dot being a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name.replace('__', '/')}.py", text)
    return buffer.getvalue()


def put(emulator: Emulator, name: str, code: str, **more: Any) -> None:
    emulator.client("lambda").create_function(
        FunctionName=name, Role=ROLE, Handler="app.handle", Code={"ZipFile": zipped(app=code)},
        **{"Runtime": "python3.13", "Timeout": 20, "MemorySize": 256, **more},
    )  # fmt: skip


def layer(emulator: Emulator, name: str, **files: str) -> str:
    published = emulator.client("lambda").publish_layer_version(
        LayerName=name, Content={"ZipFile": zipped(**files)}
    )
    arn: str = published["LayerVersionArn"]
    return arn


def invoke(emulator: Emulator, name: str, event: object = None) -> Any:
    answer = emulator.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return json.loads(answer["Payload"].read())


def test_function_without_the_layer_it_needs_cannot_be_imported(emulator: Emulator) -> None:
    put(emulator, "lacking", "import hypercorn\ndef handle(event, context): return 1")
    failed = invoke(emulator, "lacking")
    assert failed["errorType"] == "Runtime.ImportModuleError"
    assert "hypercorn" in failed["errorMessage"]  # which MiniStack's own environment has
    put(emulator, "lacking-ours", "import boto3\ndef handle(event, context): return 1")
    assert invoke(emulator, "lacking-ours")["errorType"] == "Runtime.ImportModuleError"


def test_a_child_process_of_a_function_sees_no_more_than_the_function(emulator: Emulator) -> None:
    code = """import subprocess, sys
def handle(event, context):
    return subprocess.run([sys.executable, "-c", "import boto3"], capture_output=True).returncode"""
    put(emulator, "parent", code)
    assert invoke(emulator, "parent") == 1


def test_later_layers_lie_over_earlier_ones_and_below_the_function(emulator: Emulator) -> None:
    first = layer(emulator, "first", python__one="A = 'first'", python__both="B = 'first'")
    second = layer(emulator, "second", python__both="B = 'second'", python__app="handle = None")
    put(
        emulator, "layered", "import one, both\ndef handle(event, context): return [one.A, both.B]",
        Layers=[first, second],
    )  # fmt: skip
    assert invoke(emulator, "layered") == ["first", "second"]


def test_a_function_finds_its_variables_and_lambdas_own_and_nobody_elses(emulator: Emulator) -> None:
    code = "import os\ndef handle(event, context): return dict(os.environ)"
    put(
        emulator,
        "surrounded",
        code,
        Environment={"Variables": {"MINE": "1", "AWS_LAMBDA_FUNCTION_NAME": "no"}},
    )
    found = invoke(emulator, "surrounded")
    assert (found["MINE"], found["AWS_LAMBDA_FUNCTION_NAME"]) == ("1", "surrounded")
    assert found["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert found["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] == "http://127.0.0.1:9"
    assert not {name for name in found if name.startswith(("VIRTUAL", "PYTEST", "GATEWAY", "RIFFLE"))}


def test_a_process_is_kept_for_the_next_event_until_the_code_changes(emulator: Emulator) -> None:
    put(emulator, "warm", "import os\ndef handle(event, context): return os.getpid()")
    first = invoke(emulator, "warm")
    assert invoke(emulator, "warm") == first
    changed = zipped(app="import os\ndef handle(event, context): return -os.getpid()")
    emulator.client("lambda").update_function_code(FunctionName="warm", ZipFile=changed)
    assert invoke(emulator, "warm") not in {first, -first}


def test_a_changed_variable_needs_a_new_process(emulator: Emulator) -> None:
    put(emulator, "told", "import os\nSAID = os.environ.get('SAID')\ndef handle(event, context): return SAID")
    assert invoke(emulator, "told") is None
    variables = {"Variables": {"SAID": "yes"}}
    emulator.client("lambda").update_function_configuration(FunctionName="told", Environment=variables)
    assert invoke(emulator, "told") == "yes"


def test_an_exception_keeps_its_name_and_the_process_goes_on(emulator: Emulator) -> None:
    code = """import os
def handle(event, context):
    if event: raise LookupError('nothing')
    return os.getpid()"""
    put(emulator, "raising", code)
    before = invoke(emulator, "raising")
    failed = invoke(emulator, "raising", True)
    assert (failed["errorType"], failed["errorMessage"]) == ("LookupError", "nothing")
    assert invoke(emulator, "raising") == before


def test_a_function_that_takes_too_long_or_too_much_is_ended(emulator: Emulator) -> None:
    put(emulator, "slow", "import time\ndef handle(event, context): time.sleep(60)", Timeout=1)
    assert invoke(emulator, "slow")["errorType"] == "Sandbox.Timedout"
    greedy = "import time\ndef handle(event, context): held = bytearray(300_000_000); time.sleep(60)"
    put(emulator, "greedy", greedy)
    assert "signal: killed" in invoke(emulator, "greedy")["errorMessage"]


def test_a_function_for_another_machine_or_python_is_refused(emulator: Emulator) -> None:
    put(emulator, "older", "def handle(event, context): return 1", Runtime="python3.12")
    assert "python3.12" in invoke(emulator, "older")["errorMessage"]


def test_what_a_function_prints_and_needs_is_in_its_log(emulator: Emulator) -> None:
    put(emulator, "talking", "print('imported')\ndef handle(event, context): print('called')")
    invoke(emulator, "talking")
    invoke(emulator, "talking")
    events = emulator.client("logs").filter_log_events(logGroupName="/aws/lambda/talking")["events"]
    said = [event["message"] for event in events]
    assert (said.count("imported"), said.count("called")) == (1, 2)
    assert len([line for line in said if line.startswith("INIT_REPORT Init Duration: ")]) == 1
    [used, _] = [line.rpartition("Max Memory Used: ")[2] for line in said if line.startswith("REPORT")]
    assert 5 < int(used.removesuffix(" MB")) < 100
