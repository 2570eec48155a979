"""What the client raises. Every class but the last few stands for one `errorType` of the deployment."""

from typing import ClassVar


class RiffleError(Exception):
    """An expected failure whose message is one sentence fit to be shown to a person."""

    type: ClassVar[str] = "InternalFailure"
    retryable: ClassVar[bool] = False

    @property
    def message(self) -> str:
        return str(self)


class InvalidInput(RiffleError):
    """An argument is missing, malformed or beyond its limit."""

    type = "InvalidInput"


class NotFound(RiffleError):
    """The signed-in person has no such thing."""

    type = "NotFound"


class Conflict(RiffleError):
    """The thing is in a state that does not allow what was asked."""

    type = "Conflict"


class Unauthorized(RiffleError):
    """The session is missing, expired beyond renewal, or may not do this."""

    type = "Unauthorized"


class TooLarge(RiffleError):
    """A document or request exceeds a size limit."""

    type = "TooLarge"


class UnsupportedType(RiffleError):
    """A file is of a type the deployment does not read."""

    type = "UnsupportedType"


class NoText(RiffleError):
    """A document was read and holds no text."""

    type = "NoText"


class Unreadable(RiffleError):
    """A file is broken, encrypted or not what its name says."""

    type = "Unreadable"


class Throttled(RiffleError):
    """The deployment asked us to slow down."""

    type = "Throttled"
    retryable = True


class ModelUnavailable(RiffleError):
    """The model timed out, broke off or could not be reached."""

    type = "ModelUnavailable"
    retryable = True


class ModelRefused(RiffleError):
    """The model rejected the request itself."""

    type = "ModelRefused"


class Unavailable(RiffleError):
    """A part of the deployment could not be reached; trying again later may succeed."""

    type = "Unavailable"
    retryable = True


class Superseded(RiffleError):
    """A newer version or attempt has taken over."""

    type = "Superseded"


class ConnectionFailed(Unavailable):
    """The deployment did not answer, or the connection to it was cut."""

    type = "ConnectionFailed"


class Untrusted(ConnectionFailed):
    """The deployment's certificate is not from an authority that this machine has been told to trust."""

    type = "Untrusted"
    retryable = False


class TimedOut(Unavailable):
    """Something did not happen within the time the caller allowed."""

    type = "TimedOut"


class Closed(RiffleError):
    """The client was closed, before the call or while it was waiting."""

    type = "Closed"


class ByInvitation(Unauthorized):
    """Nobody makes an account of their own in this deployment."""

    type = "ByInvitation"


class NotConfirmed(Unauthorized):
    """The account exists, and its confirmation code has not been entered yet."""

    type = "NotConfirmed"


class Unexpected(RiffleError):
    """The deployment answered with something this version of the client does not understand."""

    type = "Unexpected"


ALIASES = {
    "UnauthorizedException": "Unauthorized",
    "NotAuthorizedException": "Unauthorized",
    "UserNotFoundException": "Unauthorized",
    "UserNotConfirmedException": "NotConfirmed",
    "InvalidParameterException": "InvalidInput",
    "InvalidPasswordException": "InvalidInput",
    "CodeMismatchException": "InvalidInput",
    "EnableSoftwareTokenMFAException": "InvalidInput",
    "ExpiredCodeException": "InvalidInput",
    "UsernameExistsException": "Conflict",
    "BadRequestException": "InvalidInput",
    "MalformedHttpRequestException": "InvalidInput",
    "LimitExceededError": "Throttled",
    "LimitExceededException": "Throttled",
    "MaxSubscriptionsReachedError": "Throttled",
    "ThrottlingException": "Throttled",
    "TooManyRequestsException": "Throttled",
    "ExecutionTimeout": "Unavailable",
}


def error_of(type_name: str | None, message: str) -> RiffleError:
    """The exception for an `errorType` as AppSync or Cognito spells it; a validation error has none."""
    name = (type_name or "InvalidInput").rpartition("#")[2]
    found = _classes().get(ALIASES.get(name, name))
    return (found or RiffleError)(message or name)


def _classes() -> dict[str, type[RiffleError]]:
    return {cls.type: cls for cls in _descendants(RiffleError)}


def _descendants(cls: type[RiffleError]) -> list[type[RiffleError]]:
    return [cls, *(deeper for child in cls.__subclasses__() for deeper in _descendants(child))]
