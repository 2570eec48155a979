"""What can go wrong between this machine and a deployed stage; each is one sentence for a person.

`status` is the exit code: 2 for what was written wrongly, 3 for what the account does not allow, 4 for a
deployment that was undone, 1 for the rest.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
UNKNOWN_CALLER = frozenset({"ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException"})


class DeployError(Exception):
    """Raised for everything that a person can do something about."""

    status = 1


class BadStage(DeployError):
    """Raised when a stage's name or settings are not what the template and the product accept."""

    status = 2


class PackagingFailed(DeployError):
    """Raised when Chalice cannot package the functions; has what Chalice said."""

    status = 2


class TooLarge(DeployError):
    """Raised when a package or the template exceeds what Lambda or CloudFormation takes."""

    status = 2


class NotAllowed(DeployError):
    """Raised when the account refuses a call; `action` is what the caller's policy lacks."""

    status = 3

    def __init__(self, message: str, action: str) -> None:
        super().__init__(message)
        self.action = action


class Busy(DeployError):
    """Raised when the stack is in a state that only waiting, or a person, ends."""


class CannotAdopt(DeployError):
    """Raised when data that an earlier destroy kept cannot become part of the new stack."""


class StackFailed(DeployError):
    """Raised when CloudFormation gave up: the first resource that failed, why, and how the stack ended."""

    status = 4

    def __init__(self, stack: str, resource: str, reason: str, state: str) -> None:
        super().__init__(f"{stack} failed at {resource}: {reason} (it is {state} now)")
        self.resource, self.reason, self.state = resource, reason, state


class CannotStart(DeployError):
    """Raised when a deployed function does not start; the message says what was done about it."""

    status = 4


@contextmanager
def explained(service: str) -> Iterator[None]:
    """Turns what AWS refuses into NotAllowed naming the action, and its other failures into DeployError."""
    try:
        yield
    except ClientError as error:
        raise _explanation(service, error) from error
    except WaiterError as error:
        raise DeployError(f"AWS did not finish in time what {service} was asked for: {error}") from error
    except BotoCoreError as error:
        raise DeployError(f"AWS could not be reached: {error}") from error


def _explanation(service: str, error: ClientError) -> DeployError:
    code, said = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    action = f"{service}:{error.operation_name}"
    if code in DENIED:
        return NotAllowed(f"This account does not let you call {action}: {said}", action)
    if code in UNKNOWN_CALLER:
        return NotAllowed(f"AWS does not accept the credentials ({code}); sign in again.", action)
    return DeployError(f"{action} failed: {said} ({code})")
