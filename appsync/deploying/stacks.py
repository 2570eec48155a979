"""CloudFormation's stacks as they are: state, outputs, parameters, template and resources."""

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from appsync.deploying.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 3.0  # seconds between two looks at a stack


def status(session: boto3.Session, stack: str) -> str | None:
    """CloudFormation's word for the stack's state, None when there is no such stack."""
    found = described(session, stack)
    return None if found is None else found["StackStatus"]


def outputs(session: boto3.Session, stack: str) -> dict[str, str]:
    """What the deployed stack says of itself; {} when it is not there."""
    found = described(session, stack)
    given = [] if found is None else found.get("Outputs", [])
    return {each["OutputKey"]: each["OutputValue"] for each in given}


def parameters(session: boto3.Session, stack: str) -> dict[str, str]:
    """What the stack was deployed with."""
    found = described(session, stack)
    given = [] if found is None else found.get("Parameters", [])
    return {each["ParameterKey"]: each["ParameterValue"] for each in given}


def described(session: boto3.Session, stack: str) -> "StackTypeDef | None":
    """The stack by name or id; None also once it is deleted."""
    with explained("cloudformation"):
        try:
            found = client(session).describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None  # the answer of DescribeStacks to a name that it does not know
            raise
    return None if found["StackStatus"] == "DELETE_COMPLETE" else found


def template(session: boto3.Session, stack: str) -> str:
    """The template that the stack was deployed with, before its transforms."""
    with explained("cloudformation"):
        answer = client(session).get_template(StackName=stack, TemplateStage="Original")
    found: object = answer["TemplateBody"]  # boto3 reads JSON bodies, though its types do not say so
    return found if isinstance(found, str) else json.dumps(found, separators=(",", ":"), ensure_ascii=False)


def resources(session: boto3.Session, stack: str, kind: str = "") -> dict[str, str]:
    """The stack's physical ids by logical id, of one type or of all; {} when it is not there."""
    if described(session, stack) is None:
        return {}
    with explained("cloudformation"):
        pages = client(session).get_paginator("list_stack_resources").paginate(StackName=stack)
        listed = [each for page in pages for each in page["StackResourceSummaries"]]
    there = [
        each
        for each in listed
        if each["ResourceStatus"] != "DELETE_COMPLETE" and kind in ("", each["ResourceType"])
    ]
    return {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in there}


def pauses() -> Iterator[None]:
    """A look now, and others after pauses that grow: quick to see the small, gentle over minutes."""
    pause = _FIRST_PAUSE
    while True:
        yield
        time.sleep(pause)
        pause = min(pause * 1.3, _LONGEST_PAUSE)


def client(session: boto3.Session) -> "CloudFormationClient":
    return session.client("cloudformation")
