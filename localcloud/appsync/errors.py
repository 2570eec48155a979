"""What can go wrong, in AppSync's own types and words."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localcloud.appsync.effects import Effects

# A decoded JSON value. Its shape is the schema's business (or a resolver's), not Python's, hence Any.
type Json = Any


class AppSyncError(Exception):
    """Anything that is reported to a client, as one entry of `errors`."""

    def __init__(self, message: str, type_: str) -> None:
        super().__init__(message)
        self.message = message
        self.type = type_

    def wire(self) -> Json:
        return {"errorType": self.type, "message": self.message}


class RequestRefused(AppSyncError):
    """A request was turned down as a whole, before any field ran."""

    def __init__(self, message: str, type_: str, status: int = 400) -> None:
        super().__init__(message, type_)
        self.status = status


class Unauthorized(RequestRefused):
    """Credentials are missing, wrong or expired."""

    def __init__(self, message: str = "You are not authorized to make this call.") -> None:
        super().__init__(message, "UnauthorizedException", 401)


class BadRequest(RequestRefused):
    """A request is understood, and cannot be served as it stands."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "BadRequestException", 400)


class Malformed(RequestRefused):
    """A body is not a GraphQL request."""

    def __init__(self, message: str = "Unable to parse GraphQL query.", status: int = 400) -> None:
        super().__init__(message, "MalformedHttpRequestException", status)

    def wire(self) -> Json:
        """Seen with the message first, unlike other refusals."""
        return {"message": self.message, "errorType": self.type}


class FieldError(AppSyncError):
    """One field failed; its value is null, and `data` and `info` travel with the error.

    `effects` are what its handlers had asked for until then.
    """

    def __init__(self, message: str, type_: str, data: Json = None, info: Json = None) -> None:
        super().__init__(message, type_)
        self.data = data
        self.info = info
        self.effects: Effects | None = None

    def another(self) -> "FieldError":
        """The same for another field, which will have effects of its own."""
        return FieldError(self.message, self.type, self.data, self.info)


class AccessDenied(FieldError):
    """The caller's mode or groups may not use a field."""

    def __init__(self, parent: str, field: str) -> None:
        super().__init__(f"Not Authorized to access {field} on type {parent}", "Unauthorized")


class InvalidDocument(AppSyncError):
    """A document parsed and cannot be executed: `errors` are the GraphQL errors to report."""

    def __init__(self, errors: list[Json]) -> None:
        super().__init__(errors[0]["message"], "ValidationError")
        self.errors = errors


class DefinitionError(Exception):
    """The template, schema or values this endpoint was started with are not usable."""
