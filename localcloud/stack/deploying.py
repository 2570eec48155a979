"""Brings MiniStack to what `appsync/template.yaml` says, and does nothing when it is there already.

The functions are made first, as the template's event source mappings and schedule name them. What was
deployed is noted on the stack itself, since MiniStack's state may be older than this program's last visit.
"""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from localcloud.stack.functions import Function

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef, StackTypeDef
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import EnvironmentTypeDef
    from mypy_boto3_s3 import S3Client

REGION = "us-east-1"
_DIGEST = "riffle:digest"
_LIMIT = 120.0  # seconds a deployment may take


@dataclass(frozen=True, slots=True)
class Deployed:
    """The stack's outputs by name, and its resources' physical ids by logical id."""

    outputs: Mapping[str, str]
    resources: Mapping[str, str]


class DeploymentFailed(Exception):
    """CloudFormation gave up; the message has the first resource that failed, and why."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where MiniStack listens and which key we show it."""

    endpoint: str
    access_key_id: str
    secret_access_key: str

    def variables(self) -> dict[str, str]:
        """The environment in which boto3 finds this endpoint, and no other."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: Any) -> Any:  # noqa: ANN401 boto3's overloads want a literal; callers name the type
        """A client that can reach nothing but this endpoint."""
        session = boto3.Session(self.access_key_id, self.secret_access_key, region_name=REGION)
        config = Config(retries={"total_max_attempts": 5}, read_timeout=120, signature_version=None)
        return session.client(service, endpoint_url=self.endpoint, config=config)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be there: the functions and where they run, the packaged template and its parameters."""

    stage: str
    functions: Iterable[Function]
    host: str
    template: str
    parameters: Mapping[str, str]

    @property
    def stack(self) -> str:
        return f"riffle-{self.stage}"

    @property
    def digest(self) -> str:
        """Changes with the template and its parameters."""
        text = json.dumps([self.template, dict(sorted(self.parameters.items()))])
        return hashlib.sha256(text.encode()).hexdigest()


def deploy(cloud: Cloud, plan: Plan, say: Callable[[str], None]) -> Deployed:
    """Makes it so and returns what is there now. Raises DeploymentFailed."""
    _put_functions(cloud.client("lambda"), plan)
    stacks: CloudFormationClient = cloud.client("cloudformation")
    present = _described(stacks, plan.stack)
    if present is None or _deployed_digest(present) != plan.digest:
        say("deploying the template" if present is None else "updating the stack to the changed template")
        present = _put_stack(stacks, plan, _upload(cloud.client("s3"), plan), update=present is not None)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in present.get("Outputs", ())}
    return Deployed(outputs, _resources(stacks, plan.stack))


def _resources(stacks: "CloudFormationClient", name: str) -> dict[str, str]:
    pages = stacks.get_paginator("list_stack_resources").paginate(StackName=name)
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in found}


def _put_functions(functions: "LambdaClient", plan: Plan) -> None:
    there = {
        found["FunctionName"]: found
        for page in functions.get_paginator("list_functions").paginate()
        for found in page["Functions"]
    }
    for function in plan.functions:
        _put_function(functions, f"{plan.stack}-{function.name}", function, plan.host, there)


def _put_function(
    functions: "LambdaClient", name: str, function: Function, host: str, there: Mapping[str, Any]
) -> None:
    """MiniStack forwards to the URL in the environment; the code it is given never runs."""
    environment: EnvironmentTypeDef = {"Variables": {"MINISTACK_LAMBDA_PROXY_URL": host}}
    present = there.get(name)
    if present is None:
        functions.create_function(
            FunctionName=name, Role=f"arn:aws:iam::000000000000:role/{name}", Runtime="python3.13",
            Handler="app.none", Code={"ZipFile": no_code()}, Environment=environment,
            Timeout=function.timeout, MemorySize=function.memory,
        )  # fmt: skip
    elif (present["Timeout"], present["Environment"]) != (function.timeout, environment):
        functions.update_function_configuration(
            FunctionName=name, Timeout=function.timeout, MemorySize=function.memory, Environment=environment
        )


def no_code() -> bytes:
    """A zip with a fixed date: the same bytes each time, so that MiniStack keeps one copy."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), "")
    return buffer.getvalue()


def _described(stacks: "CloudFormationClient", name: str) -> "StackTypeDef | None":
    for page in stacks.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            if stack["StackName"] == name and stack["StackStatus"] != "DELETE_COMPLETE":
                return stack
    return None


def _deployed_digest(stack: "StackTypeDef") -> str | None:
    """None also for a stack whose last deployment did not end well."""
    if stack["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        return None
    return next((tag["Value"] for tag in stack.get("Tags", ()) if tag["Key"] == _DIGEST), None)


def _upload(objects: "S3Client", plan: Plan) -> str:
    """Where CloudFormation finds the template, which exceeds what a request may carry."""
    bucket = f"riffle-{plan.stage}-templates"
    objects.create_bucket(Bucket=bucket)
    objects.put_object(Bucket=bucket, Key="template.json", Body=plan.template.encode())
    return f"https://s3.{REGION}.amazonaws.com/{bucket}/template.json"


def _put_stack(stacks: "CloudFormationClient", plan: Plan, url: str, *, update: bool) -> "StackTypeDef":
    call = stacks.update_stack if update else stacks.create_stack
    parameters: list[ParameterTypeDef] = [
        {"ParameterKey": key, "ParameterValue": value} for key, value in plan.parameters.items()
    ]
    call(
        StackName=plan.stack, TemplateURL=url, Parameters=parameters, Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": _DIGEST, "Value": plan.digest}],
    )  # fmt: skip
    return _settled(stacks, plan.stack)


def _settled(stacks: "CloudFormationClient", name: str) -> "StackTypeDef":
    deadline = time.monotonic() + _LIMIT
    while (stack := _described(stacks, name)) and stack["StackStatus"].endswith("_IN_PROGRESS"):
        if time.monotonic() > deadline:
            raise DeploymentFailed(f"The stack {name} was not deployed within {_LIMIT:.0f} s.")
        time.sleep(0.05)
    if stack is None or stack["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise DeploymentFailed(f"The stack {name} could not be deployed: {_reason(stacks, name)}")
    return stack


def _reason(stacks: "CloudFormationClient", name: str) -> str:
    """The oldest failure: those after it follow from it."""
    events = stacks.describe_stack_events(StackName=name)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return "no resource reported a failure"
    first = min(failed, key=lambda event: event["Timestamp"])
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"
