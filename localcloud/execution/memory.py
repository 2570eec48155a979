"""How much memory a sandbox uses at this moment: Linux only, elsewhere nothing is known."""

from pathlib import Path

_PROC = Path("/proc")


def used(session: int) -> int:
    """Bytes of all processes of a session, what several share counted once among them."""
    return sum(_share(process) for process in _PROC.glob("[0-9]*") if _session(process) == session)


def _session(process: Path) -> int | None:
    """The command's name stands in brackets, and may have any text in it."""
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[3])
    except (OSError, IndexError, ValueError):
        return None


def _share(process: Path) -> int:
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:  # it has just ended, or is another user's
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
