"""Deploys the template into the MiniStack of the tests, under a stage of the caller's own."""

import io
import zipfile

import boto3

from appsync.packaging import body, package

FUNCTIONS = ("resolve", "search", "ingest", "answer", "maintain")
type Outputs = dict[str, str]


def create_functions(aws: boto3.Session, stage: str) -> None:
    """Stand-ins under the names that Chalice would deploy: a mapping needs its function to exist."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("app.py", "def handler(event, context):\n    return {}\n")
    client = aws.client("lambda")
    for name in FUNCTIONS:
        client.create_function(
            FunctionName=f"riffle-{stage}-{name}",
            Runtime="python3.13",
            Role="arn:aws:iam::000000000000:role/any",
            Handler="app.handler",
            Code={"ZipFile": archive.getvalue()},
        )
    client.close()


def deploy(aws: boto3.Session, stage: str, functions: str, **parameters: str) -> Outputs:
    """Creates the stack, with `functions` present or absent, and returns its outputs.

    Without Events and budget, whose types MiniStack does not know.
    """
    client = aws.client("cloudformation")
    name = f"riffle-{stage}"
    client.create_stack(
        StackName=name,
        TemplateURL=_uploaded(aws),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in {
                "Stage": stage,
                "Functions": functions,
                "Events": "absent",
                **parameters,
            }.items()
        ],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    waiter = client.get_waiter("stack_create_complete")
    waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    described = client.describe_stacks(StackName=name)["Stacks"][0]
    client.close()
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def _uploaded(aws: boto3.Session) -> str:
    """The template's address; it is too long for a request."""
    client = aws.client("s3")
    client.create_bucket(Bucket="riffle-test-templates")
    client.put_object(Bucket="riffle-test-templates", Key="template.json", Body=body(package()).encode())
    client.close()
    return "https://s3.us-east-1.amazonaws.com/riffle-test-templates/template.json"
