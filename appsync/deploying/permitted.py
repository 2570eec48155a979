"""Which of the actions that a deployment needs the caller may not take, as IAM itself judges it beforehand.

CloudFormation acts in the caller's name. An action that makes a thing stands for those that change it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from appsync.deploying.callers import Caller
from appsync.deploying.errors import DENIED, explained

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.type_defs import EvaluationResultTypeDef

NEEDED = {
    "cloudformation:stack/riffle-{stage}/any": "CreateChangeSet ExecuteChangeSet DescribeStacks",
    "s3:::riffle-{stage}-files-{account}-{region}": "CreateBucket PutBucketPolicy PutEncryptionConfiguration",
    "s3:::riffle-{stage}-deployments-{account}-{region}/any": "PutObject GetObject",
    "dynamodb:table/riffle-{stage}-answers": "CreateTable DescribeTable",
    "sqs:riffle-{stage}-answer": "CreateQueue SetQueueAttributes",
    "iam:role/riffle-{stage}-answer-{region}": "CreateRole PutRolePolicy PassRole",
    "lambda:function:riffle-{stage}-answer": "CreateFunction GetFunction",
    "lambda:layer:riffle-{stage}-index": "PublishLayerVersion",
    "appsync:*": "CreateGraphqlApi",
    "cognito-idp:*": "CreateUserPool",
    "logs:log-group:/aws/lambda/riffle-{stage}-answer:log-stream:": "CreateLogGroup",
    "scheduler:schedule/default/riffle-{stage}-maintain": "CreateSchedule",
    "cloudwatch:alarm:riffle-{stage}-any": "PutMetricAlarm",
}
"""By resource: the service, a colon, and the rest of an ARN as requests have it."""
GLOBAL = frozenset({"iam"})


@dataclass(frozen=True, slots=True)
class Need:
    """Actions of one service on one resource."""

    actions: tuple[str, ...]
    resource: str


def needs(caller: Caller, stage: str, partition: str) -> Iterator[Need]:
    for where, operations in NEEDED.items():
        service, _, rest = where.partition(":")
        name = rest.format(stage=stage, account=caller.account, region=caller.region)
        region = "" if service in GLOBAL else caller.region
        full = name if name.startswith("::") else f"{region}:{caller.account}:{name}"
        arn = "*" if rest == "*" else f"arn:{partition}:{service}:{full}"
        yield Need(tuple(f"{service}:{each}" for each in operations.split()), arn)


def denied(iam: "IAMClient", caller: Caller, stage: str) -> list[str] | None:
    """The actions that are missing; None where IAM does not tell this caller."""
    with explained("iam"):
        try:
            principal = _principal(iam, caller.arn)
            if principal is None:
                return None
            partition = caller.arn.split(":")[1]
            return [
                result["EvalActionName"]
                for need in needs(caller, stage, partition)
                for result in _simulated(iam, principal, need)
                if _is_denied(result)
            ]
        except ClientError as error:
            if error.response["Error"].get("Code") in {*DENIED, "NoSuchEntity", "InvalidInput"}:
                return None
            raise


def _principal(iam: "IAMClient", arn: str) -> str | None:
    """The user or role whose policies count; the ARN of a session lacks the role's path. Root has none."""
    kind, _, rest = arn.split(":", 5)[5].partition("/")
    if kind == "assumed-role":
        return iam.get_role(RoleName=rest.partition("/")[0])["Role"]["Arn"]
    return arn if kind == "user" else None


def _simulated(iam: "IAMClient", principal: str, need: Need) -> "list[EvaluationResultTypeDef]":
    return iam.simulate_principal_policy(
        PolicySourceArn=principal, ActionNames=need.actions, ResourceArns=[need.resource]
    )["EvaluationResults"]


def _is_denied(result: "EvaluationResultTypeDef") -> bool:
    """A condition on something that only the real request has leaves it open."""
    return result["EvalDecision"] != "allowed" and not result.get("MissingContextValues")
