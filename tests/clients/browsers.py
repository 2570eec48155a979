"""Headless Chromium with Amplify bundled into a page, as an app's build would."""

import asyncio
import contextlib
import shutil
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright

from tests.clients.conversations import NODE
from tests.clients.world import fingerprint

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ALONE = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-quic"]
PAGE = (
    '<!doctype html><meta charset="utf-8"><title>client</title><script type="module" src="page.js"></script>'
)


class Quiet(SimpleHTTPRequestHandler):
    """Serves the page's files."""

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def bundle(folder: Path) -> None:
    options = ["--bundle", "--format=esm", "--log-level=error", f"--outfile={folder}/page.js"]
    subprocess.run(["node_modules/.bin/esbuild", "page.mjs", *options], cwd=NODE, check=True)
    (folder / "index.html").write_text(PAGE)


@contextlib.contextmanager
def page() -> Iterator[str]:
    """Where the page is."""
    with tempfile.TemporaryDirectory() as folder:
        bundle(Path(folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/index.html"
        finally:
            server.shutdown()
            server.server_close()


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One that believes this machine's certificate as if it trusted the authority that signed it."""
    trust = f"--ignore-certificate-errors-spki-list={await asyncio.to_thread(fingerprint)}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ALONE, trust])
        yield browser
        await browser.close()
