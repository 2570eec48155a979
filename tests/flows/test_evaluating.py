"""The figures of a small set of questions in two languages, typed as people do: they may not fall."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.flows.cloud import PASSWORD, Cloud

SMALL = ROOT / "evaluation/small"
EMAIL = "small-evaluation@example.com"


def riffle(cloud: Cloud, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    signed_in = {"RIFFLE_URL": cloud.url, "RIFFLE_USERNAME": EMAIL, "RIFFLE_PASSWORD": PASSWORD}
    return subprocess.run(
        [sys.executable, "-m", "riffle", *arguments], cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | signed_in | {"XDG_CONFIG_HOME": str(home)}, timeout=110,
    )  # fmt: skip


def test_figures_have_not_fallen_by_two_points(cloud: Cloud, tmp_path: Path) -> None:
    cloud.user(EMAIL.partition("@")[0])
    ingested = riffle(cloud, tmp_path, "ingest", str(SMALL / "documents"))
    assert ingested.returncode == 0, ingested.stderr
    again = riffle(cloud, tmp_path, "ingest", str(SMALL / "documents"), "--json")
    assert all(json.loads(line)["unchanged"] for line in again.stdout.splitlines())
    page = tmp_path / "report.html"
    measured = riffle(
        cloud, tmp_path, "eval", str(SMALL / "questions.csv"), "-k", "3",
        "--baseline", str(SMALL / "baseline.json"), "--tolerance", "2", "--page", str(page),
    )  # fmt: skip
    assert measured.returncode == 0, measured.stdout + measured.stderr
    assert "Truyện Kiều" in page.read_text("utf-8")
