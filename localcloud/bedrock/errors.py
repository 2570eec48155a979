"""The errors of the Bedrock runtime, with the status each has over HTTP and its name inside a stream."""

from collections.abc import Mapping
from types import MappingProxyType

STATUS: Mapping[str, int] = MappingProxyType(
    {
        "AccessDeniedException": 403,
        "InternalServerException": 500,
        "ModelErrorException": 424,
        "ModelNotReadyException": 429,
        "ModelStreamErrorException": 424,
        "ModelTimeoutException": 408,
        "ResourceNotFoundException": 404,
        "ServiceQuotaExceededException": 400,
        "ServiceUnavailableException": 503,
        "ThrottlingException": 429,
        "ValidationException": 400,
    }
)

# What the service's model lists as members of both response streams (ModelTimeout: InvokeModel's only).
IN_STREAM = frozenset(
    {
        "InternalServerException",
        "ModelStreamErrorException",
        "ModelTimeoutException",
        "ServiceUnavailableException",
        "ThrottlingException",
        "ValidationException",
    }
)


class ServiceError(Exception):
    """An answer of the service that is an error; `code` is one of STATUS."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        return STATUS[self.code]

    @property
    def stream_code(self) -> str:
        """The code that may stand in a stream: what has no place there is an internal error."""
        return self.code if self.code in IN_STREAM else "InternalServerException"


def invalid(message: str) -> ServiceError:
    """The request is malformed or beyond a limit; `message` names the thing and its value."""
    return ServiceError("ValidationException", message)
