"""Headless Chromium, and a page in it that may not report an error of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.conftest import ROOT
from tests.flows.cloud import Cloud

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ALONE = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-quic"]
PATIENCE = 20_000  # milliseconds; the first call of each function is a cold start


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with its module: while Playwright's loop is there, no test of another module can run one."""
    if CHROMIUM is None:
        pytest.skip("NO BROWSER TEST WAS RUN: there is no chromium on PATH (apt-get install chromium)")
    assert (ROOT / "frontend/dist/index.html").exists(), (
        "the page is not built: run `npm run build` in frontend/"
    )
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ALONE)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, cloud: Cloud) -> Iterator[Page]:
    """A new person's browser at the page. What its policy blocks or its scripts throw fails the test."""
    with opened(browser, cloud.url) as tab:
        yield tab


@pytest.fixture
def secure_page(browser: Browser, cloud: Cloud) -> Iterator[Page]:
    """The same over TLS, in a browser that does not ask who signed the certificate."""
    with opened(browser, cloud.url.replace("http", "https", 1), ignore_https_errors=True) as tab:
        yield tab


@contextmanager
def opened(browser: Browser, url: str, *, ignore_https_errors: bool = False) -> Iterator[Page]:
    context = browser.new_context(base_url=url, locale="en-GB", ignore_https_errors=ignore_https_errors)
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    tab, faults = context.new_page(), list[str]()
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda message: faults.extend(blocked(message)))
    tab.goto("/")
    yield tab
    context.close()
    assert faults == []


def blocked(message: ConsoleMessage) -> list[str]:
    """What the browser stopped by itself; a failed request is the page's to show."""
    stopped = any(reason in message.text for reason in ("Content Security Policy", "CORS", "Mixed Content"))
    return [message.text] if stopped else []
