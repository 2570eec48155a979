"""What the log says when a client does not trust this machine's certificate: seldom, and with the way out."""

import logging
import ssl
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)
EVERY_SECONDS = 60.0
MOST_ADDRESSES = 1_000
SILENT = "it hung up when it had seen the certificate"


class TrustHint:
    """Once per client address and minute: clients that reconnect for ever would flood the log."""

    def __init__(self, authority: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._authority = authority
        self._clock = clock
        self._told: dict[str, float] = {}

    def failed(self, address: str, error: ssl.SSLError) -> None:
        """A handshake that ended in an alert about our certificate; other failures are not about trust."""
        reason = error.reason or str(error)
        if "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
            self._tell(address, f"TLS alert {reason.rpartition('ALERT_')[2].lower().replace('_', ' ')}")
        else:
            log.debug("TLS handshake with %s failed: %s", address, reason)

    def silent(self, address: str) -> None:
        """Node checks the certificate by itself when it has it, and hangs up without an alert."""
        self._tell(address, SILENT)

    def _tell(self, address: str, reason: str) -> None:
        now = self._clock()
        if now - self._told.get(address, -EVERY_SECONDS) < EVERY_SECONDS:
            return
        if len(self._told) >= MOST_ADDRESSES:
            self._told.clear()
        self._told[address] = now
        log.warning(
            "a client at %s seems not to trust this machine's certificate (%s). Let it trust %s: "
            "NODE_EXTRA_CA_CERTS='%s' for Node, docs/tls.md for browsers and the rest",
            address, reason, self._authority, self._authority,
        )  # fmt: skip
