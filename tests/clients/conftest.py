"""The world, the clients' packages, and the account of every story that the selected tests read."""

import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from typing import Any

import pytest

from tests.clients import browsers, cases
from tests.clients.accounts import SECONDS, Staged, performing
from tests.clients.world import World, serving
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def packages() -> None:
    """Installs them when they are missing or outdated. Without Node this fails: the page needs it as well."""
    subprocess.run(["make", "tests/clients/node/node_modules/.ready"], cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with serving() as world:
        yield world


@pytest.fixture(scope="session")
def accounts(
    request: pytest.FixtureRequest, packages: None, world: World
) -> Iterator[Mapping[Staged, Future[Any]]]:
    """All of them begin at once, whichever test is first."""
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    wanted = dict.fromkeys(each["staged"] for each in params if "staged" in each)
    with performing(world, filter(possible, wanted)) as promised:
        yield promised


@pytest.fixture
def account(staged: Staged, accounts: Mapping[Staged, Future[Any]]) -> Any:
    if not possible(staged):
        pytest.skip("NO BROWSER TEST WAS RUN: there is no chromium on PATH (apt-get install chromium)")
    return accounts[staged].result(SECONDS)


def possible(staged: Staged) -> bool:
    return staged.case.client != cases.CHROMIUM or browsers.CHROMIUM is not None
