"""The layers of this machine, unpacked once."""

from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import pytest

from tests.layers.built import Opt, opt


@pytest.fixture(scope="session")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opt]:
    folder: Path = tmp_path_factory.mktemp("opt")
    yield opt(folder)
    rmtree(folder)  # 190 MB, which pytest would keep for three sessions
