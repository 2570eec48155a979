"""Chromium trusts this machine's authority once it was imported by the line that docs/tls.md has for it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Error, sync_playwright

from tests.browser.conftest import ALONE, CHROMIUM
from tests.conftest import ROOT
from tests.flows.cloud import Cloud

pytestmark = pytest.mark.browser


@pytest.fixture
def line() -> str:
    """What docs/tls.md tells users of Chrome on Linux to run."""
    if CHROMIUM is None or shutil.which("certutil") is None:
        pytest.skip("CHROMIUM'S TRUST WAS NOT TESTED: apt-get install chromium libnss3-tools")
    (found,) = re.findall(r"^\| Linux: Chrome \| `(.+?)`", (ROOT / "docs/tls.md").read_text(), re.MULTILINE)
    return str(found)


def status(url: str, home: Path) -> int | str:
    """What Chromium gets from there, with a home folder of its own and nothing switched off."""
    environment: dict[str, str | float | bool] = {**os.environ, "HOME": str(home)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ALONE, env=environment)
        try:
            response = browser.new_page().goto(url)
        except Error as error:
            return error.message
        finally:
            browser.close()
    assert response
    return response.status


def test_chromium_trusts_the_authority_once_it_was_imported(line: str, cloud: Cloud, tmp_path: Path) -> None:
    url = cloud.url.replace("http", "https", 1)
    assert "ERR_CERT_AUTHORITY_INVALID" in str(status(url, tmp_path))
    command = line.replace(".riffle/", f"{cloud.state}/")
    subprocess.run(["bash", "-euc", command], env={**os.environ, "HOME": str(tmp_path)}, check=True)
    assert status(url, tmp_path) == 200
    assert status(url.replace("127.0.0.1", "localhost"), tmp_path) == 200
