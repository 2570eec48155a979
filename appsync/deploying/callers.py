"""Who deploys, into which account and region; what is wrong with that is said before anything is asked."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as Unreachable
from botocore.exceptions import HTTPClientError as Interrupted

from appsync.deploying.errors import DeployError

if TYPE_CHECKING:
    from mypy_boto3_sts.type_defs import ResponseMetadataTypeDef

SERVICES = {"appsync": "AppSync", "bedrock": "Bedrock"}
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
PATIENCE = Config(connect_timeout=10, retries={"mode": "standard", "total_max_attempts": 10})
AT_FIRST = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
"""Of the first question, which finds out whether there is a way to AWS at all."""
TOLERANCE = timedelta(minutes=4)  # AWS refuses signatures that are five minutes old
AMAZON = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


class NoCaller(DeployError):
    """Raised when AWS cannot tell who deploys."""

    status = 3


class BadRegion(DeployError):
    """Raised when the region is not there, or lacks a service."""

    status = 3


class WrongClock(DeployError):
    """Raised when this machine's clock is too far off for AWS to trust its signatures."""

    status = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """Who AWS says that we are."""

    account: str
    arn: str
    region: str


def open_session(profile: str | None, region: str | None) -> boto3.Session:
    """Credentials and region as every AWS tool finds them. Raises NoCaller, or BadRegion.

    boto3 itself reads AWS_DEFAULT_REGION only.
    """
    try:
        session = boto3.Session(
            profile_name=profile,
            region_name=region or os.environ.get("AWS_REGION"),
            botocore_session=_patient(),
        )
    except ProfileNotFound as error:
        raise NoCaller(f"There is no AWS profile '{profile or os.environ.get('AWS_PROFILE')}'; "
                       "`aws configure list-profiles` lists those there are") from error  # fmt: skip
    check_region(session)
    return session


def _patient() -> botocore.session.Session:
    """AWS slows down whoever asks often; boto3 alone gives up after four seconds of that."""
    session = botocore.session.get_session()
    session.set_default_client_config(PATIENCE)
    return session


def check_region(session: boto3.Session) -> None:
    """Raises BadRegion unless everything that a stage is made of exists there."""
    region = session.region_name
    if not region:
        raise BadRegion("No region is set: give --region, or set AWS_REGION")
    known = {name for each in session.get_available_partitions() for name in _regions(session, "sts", each)}
    if region not in known:
        near = " or ".join(difflib.get_close_matches(region, sorted(known), 2))
        raise BadRegion(f"'{region}' is not a region of AWS{f'; is it {near}?' if near else ''}")
    partition = session.get_partition_for_region(region)
    lacking = [
        name for service, name in SERVICES.items() if region not in _regions(session, service, partition)
    ]
    if lacking:
        raise BadRegion(
            f"The region {region} has no {' and no '.join(lacking)}; choose another, as us-east-1"
        )


def _regions(session: boto3.Session, service: str, partition: str) -> list[str]:
    """From the tables inside boto3: nothing is asked."""
    return session.get_available_regions(service, partition)


def identify(session: boto3.Session, now: datetime) -> Caller:
    """Asks AWS who we are. Raises NoCaller, or WrongClock when that is why AWS does not believe us."""
    try:
        answer = session.client("sts", config=AT_FIRST).get_caller_identity()
    except ClientError as error:
        check_clock(error.response["ResponseMetadata"], now)
        raise NoCaller(_refusal(session, error)) from error
    except BotoCoreError as error:
        raise NoCaller(_absence(session, error)) from error
    check_clock(answer["ResponseMetadata"], now)
    return Caller(answer["Account"], answer["Arn"], session.region_name)


def check_clock(metadata: "ResponseMetadataTypeDef | Mapping[str, object]", now: datetime) -> None:
    """Compares with the time at which AWS answered. Raises WrongClock."""
    headers = metadata.get("HTTPHeaders")
    date = headers.get("date") if isinstance(headers, Mapping) else None
    if date is None:
        return
    off = now - parsedate_to_datetime(date).astimezone(UTC)
    if abs(off) > TOLERANCE:
        way = "ahead of" if off > timedelta() else "behind"
        raise WrongClock(
            f"This machine's clock is {abs(off) // timedelta(minutes=1)} minutes {way} AWS's: set it, "
            "since AWS refuses requests that are signed at another time"
        )


def _refusal(session: boto3.Session, error: ClientError) -> str:
    code = error.response["Error"].get("Code", "")
    if code in EXPIRED:
        return f"The AWS credentials{_profile(session)} have expired: {_sign_in(session)}"
    return (
        f"AWS does not accept the credentials{_profile(session)} in {session.region_name} ({code}): "
        f"{_sign_in(session)}"
    )


def _absence(session: boto3.Session, error: BotoCoreError) -> str:
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            return (
                f"There are no AWS credentials{_profile(session)}: run `aws configure` or `aws sso login`, "
                "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        case SSOError() | TokenRetrievalError() | CredentialRetrievalError():
            return f"The sign-in{_profile(session)} has ended or cannot be read: {_sign_in(session)}"
        case Unreachable() | Interrupted():
            return f"AWS could not be reached: {error}"
        case NoRegionError():
            return "No region is set: give --region, or set AWS_REGION"
    return f"The AWS credentials{_profile(session)} cannot be used: {error}"


def _profile(session: boto3.Session) -> str:
    chosen = session.profile_name
    return "" if chosen == "default" else f" of the profile '{chosen}'"


def _sign_in(session: boto3.Session) -> str:
    chosen = session.profile_name
    option = "" if chosen == "default" else f" --profile {chosen}"
    return f"sign in again, for example with `aws sso login{option}`"


def elsewhere(session: boto3.Session) -> dict[str, list[str]]:
    """The services whose requests go to another place than AWS, by that place's address."""
    found: dict[str, list[str]] = {}
    for service in ("cloudformation", "s3", "lambda", "bedrock"):
        address = urlsplit(session.client(service).meta.endpoint_url)
        if not (address.hostname or "").endswith(AMAZON):
            found.setdefault(f"{address.scheme}://{address.netloc.rpartition('@')[2]}", []).append(service)
    return found
