"""What whoever deploys must be allowed: CloudFormation acts in the caller's name, and so do our own commands.

CloudFormation itself says what it calls: its schema of each resource type lists that, and cfn-lint carries
them. The policies come out for all stages, as files that `aws iam create-policy` takes.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from appsync.packaging import package

FOLDER = Path(__file__).parents[2] / "docs" / "deployer"
LIMIT = 6_144
"""Characters of a managed policy that are not white space. A role takes ten such policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

ADDED_BY_CHALICE = ("AWS::Lambda::Function", "AWS::Lambda::Alias", "AWS::Lambda::Version")
HANDLERS = ("create", "read", "update", "delete")

CALLED: Mapping[str, str] = {
    "acm": "DescribeCertificate",
    "bedrock": "GetFoundationModel GetFoundationModelAvailability GetInferenceProfile",
    "cloudformation": "ContinueUpdateRollback CreateChangeSet DeleteChangeSet DeleteStack DescribeChangeSet "
    "DescribeStackEvents DescribeStacks ExecuteChangeSet GetTemplate ListStackResources "
    "UpdateTerminationProtection",
    "cloudfront": "CreateInvalidation",
    "cloudwatch": "DescribeAlarms GetMetricStatistics",
    "cognito-idp": "AdminCreateUser AdminGetUser DeleteUserPool ListUserPools UpdateUserPool",
    "dynamodb": "DeleteTable DescribeContinuousBackups DescribeTable ListTagsOfResource UpdateTable",
    "iam": "GetRole SimulatePrincipalPolicy",
    "lambda": "GetFunction GetFunctionConfiguration InvokeFunction PutFunctionRecursionConfig",
    "logs": "DeleteLogGroup DescribeLogGroups FilterLogEvents",
    "s3": "AbortMultipartUpload CreateBucket DeleteBucket DeleteObject DeleteObjectVersion GetObject "
    "ListBucket ListBucketVersions PutBucketPolicy PutBucketPublicAccessBlock PutEncryptionConfiguration "
    "PutLifecycleConfiguration PutObject",
    "ses": "GetAccount GetEmailIdentity",
    "sqs": "GetQueueAttributes",
}
"""What `riffle deploy`, `destroy`, `status`, `logs` and `index` call by themselves."""

WITHOUT_USE: Mapping[str, str] = {
    "dynamodb": "AssociateTableReplica BatchWriteItem CreateTableReplica DeleteItem DescribeImport "
    "DescribeKinesisStreamingDestination DisableKinesisStreamingDestination "
    "EnableKinesisStreamingDestination GetItem ImportTable PutItem Query Scan UpdateItem "
    "UpdateKinesisStreamingDestination",
    "iam": "DeleteGroupPolicy DeleteUserPolicy GetGroupPolicy GetUserPolicy PutGroupPolicy PutUserPolicy",
    "lambda": "PassCapacityProvider",
    "s3": "REST.PUT.OBJECT",
}
"""Rows of tables, groups, users and the like: handlers list them for properties that no resource here has."""

SERVICES: Mapping[str, str] = {
    "acm": "* a certificate's id is AWS's",
    "appsync": "* an API's id is AWS's",
    "bedrock": "* any model may be asked about",
    "budgets": "arn:aws:budgets::ACCOUNT:budget/riffle-*",
    "cloudformation": "arn:aws:cloudformation:*:ACCOUNT:stack/riffle-*/* "
    "arn:aws:cloudformation:*:aws:transform/Serverless-2016-10-31",
    "cloudfront": "* a distribution's id is AWS's",
    "cloudwatch": "arn:aws:cloudwatch:*:ACCOUNT:alarm:riffle-* "
    "arn:aws:cloudwatch::ACCOUNT:dashboard/riffle-*",
    "cognito-idp": "* a pool's id is AWS's",
    "dynamodb": "arn:aws:dynamodb:*:ACCOUNT:table/riffle-*",
    "iam": "arn:aws:iam::ACCOUNT:role/riffle-* "
    "arn:aws:iam::ACCOUNT:role/aws-service-role/appsync.amazonaws.com/* "
    "arn:aws:iam::ACCOUNT:role/aws-service-role/email.cognito-idp.amazonaws.com/*",
    "lambda": "arn:aws:lambda:*:ACCOUNT:function:riffle-* arn:aws:lambda:*:ACCOUNT:layer:riffle-*",
    "logs": "arn:aws:logs:*:ACCOUNT:log-group:/aws/lambda/riffle-* "
    "arn:aws:logs:*:ACCOUNT:log-group:/aws/appsync/apis/*",
    "s3": "arn:aws:s3:::riffle-* arn:aws:s3:::riffle-*/*",
    "scheduler": "arn:aws:scheduler:*:ACCOUNT:schedule/default/riffle-*",
    "ses": "* an identity is named by its owner, and is only asked about",
    "sns": "arn:aws:sns:*:ACCOUNT:riffle-*",
    "sqs": "arn:aws:sqs:*:ACCOUNT:riffle-*",
}
"""Resources by service, or `*` and why no name can stand there. Handlers' other services are left out."""

NAMELESS: Mapping[str, str] = {
    "cloudwatch": "DescribeAlarms GetMetricStatistics",
    "lambda": "CreateEventSourceMapping DeleteEventSourceMapping GetEventSourceMapping "
    "UpdateEventSourceMapping",
    "logs": "CreateLogDelivery DeleteResourcePolicy DescribeLogGroups DescribeResourcePolicies "
    "PutResourcePolicy",
}
"""Actions on what has no name of ours, or on no resource at all, in services whose others name theirs.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """Actions of one service, on its named resources or on any."""

    service: str
    named: bool
    actions: tuple[str, ...]

    @property
    def json(self) -> dict[str, Any]:
        resources = SERVICES[self.service].split(" ") if self.named else ["*"]
        return {
            "Sid": self.service.replace("-", "").title() + ("Riffle" if self.named else ""),
            "Effect": "Allow",
            "Action": [f"{self.service}:{each}" for each in self.actions],
            "Resource": [each.replace("ACCOUNT", "${aws:PrincipalAccount}") for each in resources],
        }

    @property
    def size(self) -> int:
        return len(compact(self.json))


def files() -> dict[Path, str]:
    """The policies by file, each within what IAM takes."""
    policies = packed(sorted(statements(), key=lambda each: -each.size))
    return {FOLDER / f"policy-{number}.json": written(each) for number, each in enumerate(policies, 1)}


def statements() -> Iterator[Statement]:
    """One or two for each service."""
    needed = {(service, action) for kind in kinds() for service, action in handled(kind)}
    needed |= {(service, action) for service, names in CALLED.items() for action in names.split()}
    for service, resources in SERVICES.items():
        actions = sorted(action for name, action in needed if name == service)
        nameless = [each for each in actions if is_nameless(service, each) or resources.startswith("* ")]
        for named, found in ((True, [each for each in actions if each not in nameless]), (False, nameless)):
            if found:
                yield Statement(service, named, tuple(found))


def is_nameless(service: str, action: str) -> bool:
    return action in NAMELESS.get(service, "").split()


def kinds() -> set[str]:
    """Every resource type of the template and of Chalice's package."""
    resources: Any = package()["Resources"]
    return {*ADDED_BY_CHALICE, *(each["Type"] for each in resources.values())}


def handled(kind: str) -> Iterator[tuple[str, str]]:
    """What CloudFormation's handlers of a type call, but for what is of no use here."""
    handlers = schemas()[kind].get("handlers", {})
    for handler in HANDLERS:
        for permission in handlers.get(handler, {}).get("permissions", ()):
            service, _, action = permission.partition(":")
            known = service.lower()  # some schemas write S3 and SQS
            if known in SERVICES and action not in WITHOUT_USE.get(known, "").split():
                yield known, action


@cache
def schemas() -> dict[str, Any]:
    """CloudFormation's schemas by type, from cfn-lint's data; its code, which takes long to load, is not."""
    [found] = find_spec("cfnlint").submodule_search_locations  # type: ignore[union-attr,misc]  # it is installed
    paths = Path(found, "data", "schemas", "resources").glob("*.json")
    return {schema["typeName"]: schema for schema in map(json.loads, map(Path.read_text, paths))}


def packed(statements: Iterable[Statement]) -> list[list[Statement]]:
    """Each statement in the first policy that has room for it."""
    policies: list[list[Statement]] = []
    for each in statements:
        for policy in policies:
            if len(compact(document([*policy, each]))) <= LIMIT:
                policy.append(each)
                break
        else:
            policies.append([each])
    return policies


def document(statements: Iterable[Statement]) -> dict[str, Any]:
    ordered = sorted(statements, key=lambda each: (each.service, each.named))
    return {"Version": "2012-10-17", "Statement": [each.json for each in ordered]}


def written(statements: Iterable[Statement]) -> str:
    return json.dumps(document(statements), indent=1) + "\n"


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
