"""Turns what botocore raises into our errors: by code and type, never by message text."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004  (botocore's own)

from chalicelib.errors import NotFound, RiffleError, Throttled, Unavailable

MISSING = frozenset({"NoSuchKey", "NotFound", "404"})
THROTTLING = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


@contextmanager
def aws_failures(subject: str) -> Iterator[None]:
    """Reports failures of a boto3 call about `subject`, such as `object 'uploads/…'`.

    Raises NotFound, Throttled or Unavailable. What is left (access denied, a malformed request) is a defect
    of ours or of the deployment, and passes through unchanged.
    """
    try:
        yield
    except (ConnectionError, HTTPClientError) as failure:
        raise Unavailable(f"{subject}: the service could not be reached") from failure
    except ClientError as failure:
        expected = translate(failure, subject)
        if expected is None:
            raise
        raise expected from failure


def translate(failure: ClientError, subject: str) -> RiffleError | None:
    """The failure in our words, or None for one that nobody expects."""
    code = failure.response.get("Error", {}).get("Code", "")
    status = failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in MISSING:
        return NotFound(f"{subject} was not found")
    if code in THROTTLING or status == 429:
        return Throttled(f"{subject}: the service asked to slow down")
    if status >= 500:
        return Unavailable(f"{subject}: the service failed")
    return None
