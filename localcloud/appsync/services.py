"""Clients of the AWS services behind data sources, on AWS or in the place of it."""

import os
import re
from collections.abc import Mapping
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.credentials import Credentials

AWS = re.compile(r"https://[^/]*\.amazonaws\.com(\.cn)?(:443)?(/|$)")
ANYBODY = "local"
CHOSEN = frozenset({"AWS_ACCESS_KEY_ID", "AWS_PROFILE"})

type Service = Literal["lambda", "dynamodb"]


def client(session: boto3.Session, service: Service, endpoint: str | None, config: Config) -> Any:  # noqa: ANN401  (boto3 makes it)
    """What is not on AWS takes any credentials: none need be there, nor be looked for in the network."""
    key = ANYBODY if anybody(service, endpoint, os.environ) else None
    return session.client(
        service, endpoint_url=endpoint, config=config, aws_access_key_id=key, aws_secret_access_key=key
    )


def credentials(session: boto3.Session, service: Service, endpoint: str) -> Credentials:
    """What a service elsewhere than on AWS is called with: the session's where there are any."""
    chosen = None if anybody(service, endpoint, os.environ) else session.get_credentials()
    return chosen or Credentials(ANYBODY, ANYBODY)


def anybody(service: Service, endpoint: str | None, environ: Mapping[str, str]) -> bool:
    """Whether a service elsewhere than on AWS is meant, and nobody chose credentials in the environment."""
    where = address(service, endpoint, environ)
    return where is not None and not AWS.match(where) and not CHOSEN & environ.keys()


def address(service: Service, endpoint: str | None, environ: Mapping[str, str]) -> str | None:
    """Where a client will find the service; None for AWS, as far as the environment tells."""
    usual = environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environ.get("AWS_ENDPOINT_URL")
    return endpoint or usual
