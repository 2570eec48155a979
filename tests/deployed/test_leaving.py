"""A stage comes in spite of an interruption, goes, comes back with its documents, and goes for good."""

import signal
import time
from collections.abc import Iterator

import pytest

from tests.deployed.inventory import inventory, of
from tests.deployed.world import CHALICE, Stage, World
from tests.flows import operations as op
from tests.flows.documents import ready

pytestmark = [pytest.mark.flow, pytest.mark.timeout(180, func_only=True)]

SERVICES = set(
    "appsync cloudformation cloudwatch cognito-idp dynamodb iam lambda logs s3 scheduler sns sqs".split()  # noqa: SIM905
)
"""All that a stage without a page has something in."""
BELL = "The harbour bell of Annaville rings at noon."


@pytest.fixture
def torn(world: World) -> Iterator[Stage]:
    """A stage whose first deployment was killed while CloudFormation made its resources."""
    stage = Stage(world, "torn")
    stage.prepare()
    deploying = stage.start_deploying()
    while not stage.being_made() and deploying.poll() is None:
        time.sleep(0.02)
    deploying.send_signal(signal.SIGKILL)
    deploying.wait(10)
    yield stage
    stage.riffle("destroy", "--yes", "--data").succeeded()


def test_a_deployment_that_was_killed_is_finished_by_the_next(torn: Stage) -> None:
    torn.deploy().succeeded()
    assert torn.described()["StackStatus"] == "CREATE_COMPLETE"
    assert set(torn.functions()) == {"resolve", "search", "ingest", "answer", "maintain"}


def test_a_stage_with_chalices_functions_goes_after_them(world: World) -> None:
    before = inventory(world.emulator)
    stage = Stage(world, "handed", CHALICE)
    stage.prepare()
    stage.deploy().succeeded()
    stage.chalice().succeeded()
    refused = stage.riffle("destroy", "--yes", "--data")
    assert refused.status == 1
    assert "chalice delete --stage handed" in refused.err
    stage.chalice("delete").succeeded()
    stage.riffle("destroy", "--yes", "--data").succeeded()
    assert inventory(world.emulator) == before


def test_a_stage_comes_back_with_its_documents_and_goes_for_good(whole: Stage, world: World) -> None:
    before = inventory(world.emulator)
    stage = Stage(world, "passing")
    stage.prepare(parameters={"AlarmEmail": "ana@example.com"})
    stage.deploy().succeeded()
    assert {each.split()[0] for each in of("passing", inventory(world.emulator))} == SERVICES
    with stage.serving():
        ready(stage.front.user("ivy"), "bell.txt", BELL)
    stage.riffle("destroy", "--yes").succeeded()
    kept = of("passing", inventory(world.emulator))
    assert {each.split()[0] for each in kept} == {"cognito-idp", "dynamodb", "s3"}
    stage.deploy().succeeded()
    with stage.serving():
        [found] = stage.front.user("ivy").data(op.SEARCH, input={"text": "harbour bell"})["search"][
            "passages"
        ]
    assert found["documentName"] == "bell.txt"
    stage.riffle("destroy", "--yes", "--data").succeeded()
    assert inventory(world.emulator) == before
    assert whole.described()["StackStatus"].endswith("_COMPLETE")
