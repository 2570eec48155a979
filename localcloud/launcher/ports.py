"""The loopback ports that everything listens on, and who has one that we want."""

import contextlib
import socket
from dataclasses import asdict, dataclass

import psutil

from localcloud.launcher import CannotStart


@dataclass(frozen=True, slots=True)
class Ports:
    """`page` is the one people see; each has an option of the same name."""

    page: int = 8000
    aws: int = 4566
    functions: int = 4567
    models: int = 4568

    def check(self) -> None:
        """Raises CannotStart naming the first port that is taken, or given twice."""
        given = asdict(self)
        if len(set(given.values())) < len(given):
            raise CannotStart(f"Two services cannot share a port; given were {sorted(given.values())}.")
        for name, port in given.items():
            if obstacle := _obstacle(port):
                option = "--port" if name == "page" else f"--{name}-port"
                raise CannotStart(f"{obstacle}, or choose another: {option} PORT.")


def _obstacle(port: int) -> str | None:
    """What is in the way of listening there and what to do about it, as the beginning of a sentence."""
    if port not in range(1, 65536):
        return f"There is no port {port}: give one from 1 to 65535"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that only lingers is free
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return f"Port {port} is the system's: become its administrator"
        except OSError:
            return f"Port {port} is in use{_by(port)}. Stop that"
    return None


def _by(port: int) -> str:
    """` by NAME (process ID)`, or nothing when this user may not see whose it is."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,)
            if listens and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""
