"""The Bedrock runtime's client, what its failures mean to us, and how its model ids are built."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import urllib3
from botocore.config import Config
from botocore.eventstream import ParserError
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError

from chalicelib.errors import ModelRefused, ModelUnavailable, RiffleError, Throttled

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

READ_SECONDS = 20.0
"""How long a model may say nothing, before its first word or between two, until it counts as stalled."""

REGIONS = ("us", "us-gov", "eu", "apac", "jp", "au", "ca", "global")
"""What cross-region inference profiles put before a model's id.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
"""

_BUSY = frozenset({"Throttling", "TooManyRequests", "ServiceQuotaExceeded"})
_FAILED = frozenset({"ModelTimeout", "ModelError", "ModelNotReady", "ModelStreamError", "ServiceUnavailable"})


def connect(session: "boto3.Session", read_seconds: float = READ_SECONDS) -> "BedrockRuntimeClient":
    """A client that never retries by itself: a model's answer is retried before its first word only,
    which botocore cannot know, and two layers of retries would multiply."""
    config = Config(
        connect_timeout=3,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=16,
    )
    return session.client("bedrock-runtime", config=config)


def base_model(model: str) -> str:
    """A model's id without region prefix or ARN: `us.cohere.embed-v4:0` is `cohere.embed-v4:0`."""
    return _named(model)[1]


def area(model: str) -> str:
    """What a cross-region profile puts before a model's id, `us` say; empty for the model itself."""
    return _named(model)[0]


def _named(model: str) -> tuple[str, str]:
    name = model.rpartition("/")[2]
    first, dot, rest = name.partition(".")
    return (first, rest) if dot and first in REGIONS else ("", name)


@contextmanager
def model_failures(model: str) -> Iterator[None]:
    """Maps whatever boto3 raises, while calling or while reading a stream, and keeps it as the cause.

    Raises Throttled, ModelUnavailable or ModelRefused. urllib3's own errors are among them, because botocore
    does not wrap what goes wrong while an event stream is read.
    """
    try:
        yield
    except ClientError as error:
        raise _translated(error, model) from error
    except (
        HTTPClientError,
        BotoConnectionError,
        ParserError,
        urllib3.exceptions.HTTPError,
        OSError,
    ) as error:
        raise ModelUnavailable(f"model '{model}' broke off or could not be reached") from error
    except BotoCoreError as error:
        raise ModelRefused(f"model '{model}' could not be called as the deployment is set up") from error


def _translated(error: ClientError, model: str) -> RiffleError:
    """By code, of which events of a stream spell the first letter small; by status when it is unknown."""
    code = str(error.response["Error"].get("Code", "")).removesuffix("Exception")
    code = code[:1].upper() + code[1:]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _BUSY or status == 429:
        return Throttled(f"model '{model}' asked to slow down")
    if code in _FAILED or code.startswith("Internal") or status >= 500:
        return ModelUnavailable(f"model '{model}' failed ({code})")
    return ModelRefused(f"model '{model}' refused the request ({code})")
