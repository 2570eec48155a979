"""Ties a process's life to its parent's, so that a killed launcher leaves nothing running.

Linux only; elsewhere it does nothing.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(death: int = signal.SIGKILL) -> None:
    """Asks the kernel to send `death` when the thread that started this process ends; survives exec.

    Safe between fork and exec: it only calls what is loaded already. `man 2 PR_SET_PDEATHSIG`.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(death), 0, 0, 0)


def orphaned(parent: int) -> bool:
    """Whether `parent`, seen before `die_with_parent`, ended before the kernel could be asked."""
    return os.getppid() != parent
