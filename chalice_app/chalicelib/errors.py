"""The one tree of expected failures; each travels to the client as a GraphQL error of that `errorType`.

Anything else that escapes is a defect: the client is told `InternalFailure`, the log has the rest.
"""

from typing import ClassVar


class RiffleError(Exception):
    """An expected failure whose message names the thing and the limit, fit for a client to read."""

    type: ClassVar[str] = "InternalFailure"
    retryable: ClassVar[bool] = False

    @property
    def message(self) -> str:
        return str(self)


class InvalidInput(RiffleError):
    """An argument is missing, malformed or beyond its limit."""

    type = "InvalidInput"


class NotFound(RiffleError):
    """No such thing for this caller; another owner's thing is reported in just the same words."""

    type = "NotFound"


class Conflict(RiffleError):
    """The thing exists, and is in a state that does not allow what was asked."""

    type = "Conflict"


class Unauthorized(RiffleError):
    """The caller's verified identity may not do this."""

    type = "Unauthorized"


class TooLarge(RiffleError):
    """A document or request exceeds a size limit."""

    type = "TooLarge"


class UnsupportedType(RiffleError):
    """A file is of a type no extractor reads."""

    type = "UnsupportedType"


class NoText(RiffleError):
    """A document was read and holds no text: empty, or scanned images only."""

    type = "NoText"


class Unreadable(RiffleError):
    """A file is broken, encrypted or not what its name says."""

    type = "Unreadable"


class Throttled(RiffleError):
    """A service asked us to slow down and went on asking after our retries."""

    type = "Throttled"
    retryable = True


class ModelUnavailable(RiffleError):
    """The model timed out, broke off or could not be reached."""

    type = "ModelUnavailable"
    retryable = True


class ModelRefused(RiffleError):
    """The model service rejected the request itself: retrying it would fail again."""

    type = "ModelRefused"


class Unavailable(RiffleError):
    """A store, queue or index could not be reached; trying again later may succeed."""

    type = "Unavailable"
    retryable = True


class Superseded(RiffleError):
    """A newer version or attempt has taken over; what this worker holds must not be written."""

    type = "Superseded"
