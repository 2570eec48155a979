"""Removes layers that are superseded, each of which would else stay for ever, with up to 97 MB."""

from contextlib import suppress
from pathlib import Path

KEPT = 2
"""The one in use, and the one before it, so that going back to that does not wait for a build."""

AT_WORK = 3600.0
"""Seconds for which whoever asked for a layer may still be uploading it."""


def use(zipped: Path) -> None:
    """Notes that the layer was asked for now. Where nothing can be written nothing is ever swept."""
    with suppress(OSError):
        zipped.touch()


def sweep(out: Path, prefix: str, now: float) -> list[Path]:
    """Removes what is superseded among the layers in `out` whose names begin so, and returns the zips.

    For whoever builds alone there. Others may be using what is built: nothing goes that was asked for within
    the hour. A manifest goes before its zip, which without one counts as not there.
    """
    newest = sorted(out.glob(f"{prefix}-*.zip"), key=_used, reverse=True)
    gone = [zipped for zipped in newest[KEPT:] if _used(zipped) < now - AT_WORK]
    for zipped in gone:
        zipped.with_suffix(".json").unlink(missing_ok=True)
        zipped.unlink()
    return gone


def _used(zipped: Path) -> float:
    return zipped.stat().st_mtime
