"""The benchmark of cold starts: what one process reports, and what a table makes of many."""

import sysconfig
from pathlib import Path

from bench.coldstart.packages import OURS, Package
from bench.coldstart.report import HEADERS, grid
from bench.coldstart.starts import Start, start
from tests.conftest import ROOT


def a_start(package: str, total: float) -> Start:
    return Start("resolve", package, total / 2, total, total, total, 40_000_000, ())


def test_a_start_is_timed_up_to_the_first_connection() -> None:
    folders = (ROOT / "chalice_app", Path(sysconfig.get_paths()["purelib"]))
    found = start(Package("installed", {"resolve": folders}), "resolve")
    assert 0 < found.imported < found.used <= found.total
    assert 20e6 < found.memory < 200e6
    assert "boto3" in found.modules


def test_a_table_gives_medians_and_their_ratio_to_what_deploys(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_bytes(b"#" * 2_500_000)
    packages = [Package(name, {"resolve": (tmp_path,)}) for name in (OURS, "pip")]
    found = [a_start(OURS, total) for total in (0.1, 0.2, 9)] + [a_start("pip", total) for total in (1, 3, 2)]
    ours, plain = (dict(zip(HEADERS, row, strict=True)) for row in grid(packages, found).rows)
    assert (ours["together, ms"], ours["ratio"], ours["index"]) == ("200", "1.0", "–")
    assert (plain["together, ms"], plain["ratio"], plain["unzipped, MB"]) == ("2000", "10.0", "2.5")
