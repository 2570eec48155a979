"""What Events refuses, in its own types and words; some of them differ between HTTP and WebSockets."""

from localcloud.appsync.errors import AppSyncError, BadRequest, Json, RequestRefused, Unauthorized


class NamespaceUnknown(Unauthorized):
    """No namespace has the channel's first segment as its name. Told without a word, as AppSync does."""

    def wire(self) -> Json:
        return {"errorType": self.type}


class InvalidInput(BadRequest):
    """The events of a publish are too many, too large or none."""

    def frame(self) -> Json:
        """Over a WebSocket the error is of another type, and its text begins with a small letter."""
        return {"errorType": "InvalidInputError", "message": self.message[:1].lower() + self.message[1:]}


class HandlerRefused(RequestRefused):
    """A namespace's handler called `util.error`, or failed."""

    def __init__(self, message: str, type_: str) -> None:
        super().__init__(message, type_, 403)


def in_frame(error: AppSyncError) -> Json:
    """An entry of `errors` in a frame."""
    return error.frame() if isinstance(error, InvalidInput) else error.wire()


class HandlerFailed(RequestRefused):
    """A handler failed by itself, or returned what no handler may return."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "HandlerExecutionError", 500)
