"""Takes from this process, for good, all that reading a file does not need: files, network, other programs.

Three walls, since any of them may have a hole: limits of the kernel, a filter of system calls (seccomp, which
needs no privileges and holds for libraries in C as well), and a hook in Python itself.
"""

import ctypes
import platform
import resource
import struct
import sys

# Without fcntl and ioctl, which name any process as the owner of a socket: it then gets the socket's signals.
_CALLS = {  # the numbers of a call on x86_64 and on aarch64; -1 where there is none
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "close": (3, 57),
    "fstat": (5, 80), "lseek": (8, 62), "poll": (7, -1), "ppoll": (271, 73),
    "sendto": (44, 206), "recvfrom": (45, 207), "shutdown": (48, 210),
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "mremap": (25, 216), "brk": (12, 214),
    "madvise": (28, 233), "futex": (202, 98), "membarrier": (324, 283), "rseq": (334, 293),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "setitimer": (38, 103), "getrusage": (98, 165), "times": (100, 153), "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115), "gettimeofday": (96, 169), "getrandom": (318, 278),
    "getpid": (39, 172), "gettid": (186, 178), "sched_yield": (24, 124), "sched_getaffinity": (204, 123),
    "exit": (60, 93), "exit_group": (231, 94), "restart_syscall": (219, 128),
}  # fmt: skip
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000  # refused calls return EPERM
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
_FORBIDDEN = ("open", "os.", "socket.", "subprocess.", "shutil.", "pty.", "ctypes.dlopen", "mmap.", "urllib.")


def confine(memory: int, seconds: int) -> bool:
    """Within so many bytes of memory and seconds of processor time. False when the kernel knows no filters.

    What readers import has to be there already: from here on this process opens nothing.
    """
    _limit(memory, seconds)
    filtered = _filter_calls()
    sys.addaudithook(_refuse)
    return filtered


def _limit(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    for none in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE):
        resource.setrlimit(none, (0, 0))


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith(_FORBIDDEN) and not _of_own_socket(event, arguments):
        raise PermissionError(f"a reader of files may not {event}")


def _of_own_socket(event: str, arguments: tuple[object, ...]) -> bool:
    """Python opens the connection that it was born with by its number, to read from it."""
    return event == "open" and isinstance(arguments[0], int)


def _filter_calls() -> bool:
    """Allows the calls of the list only, on this process for the rest of its life."""
    if platform.machine() not in _MACHINES or sys.platform != "linux":
        return False
    code = _program(*_MACHINES[platform.machine()])
    held = ctypes.create_string_buffer(code, len(code))
    described = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(held))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(_SECCOMP, _FILTER, described, 0, 0) == 0)


def _program(column: int, architecture: int) -> bytes:
    """Classic BPF: the architecture is at byte 4 of what the kernel shows of a call, its number at byte 0."""
    numbers = [each[column] for each in _CALLS.values() if each[column] >= 0]
    tests = [(_EQUAL, len(numbers) - at, 0, number) for at, number in enumerate(numbers)]
    steps = [
        (_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0), *tests, (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
    return b"".join(struct.pack("HBBI", *step) for step in steps)
