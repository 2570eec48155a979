"""Two stages in one account, each deployed once a session: one whole, one with `chalice deploy`."""

from collections.abc import Iterator

import pytest

from appsync.layers import LAYERS, Target
from tests.deployed.emulator import Emulator
from tests.deployed.world import CHALICE, Stage, World
from tests.layers.built import layer


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An account in which there is nothing, and layers that are built already."""
    for each in LAYERS:
        layer(each, Target())
    home = tmp_path_factory.mktemp("world")
    (home / "emulator").mkdir()
    with World(home, Emulator(home / "emulator")).running() as world:
        yield world


@pytest.fixture(scope="session")
def whole(world: World) -> Iterator[Stage]:
    """A stage whose functions are part of the stack, as a pipeline deploys it."""
    stage = Stage(world, "whole")
    stage.bring()
    with stage.serving():
        yield stage


@pytest.fixture(scope="session")
def chaliced(world: World) -> Iterator[Stage]:
    """A stage whose functions `chalice deploy` brings, as somebody does who knows Chalice."""
    stage = Stage(world, "chaliced", CHALICE)
    stage.bring()
    with stage.serving():
        yield stage


@pytest.fixture(scope="session", params=["whole", "chaliced"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """Either of the two: what people can do is the same."""
    found: Stage = request.getfixturevalue(request.param)
    return found
