"""What the launcher tells MiniStack, the functions and the AppSync endpoint about one another."""

import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from appsync.packaging import body, package
from localcloud.launcher import CannotStart
from localcloud.launcher.plan import Options
from localcloud.stack.deploying import REGION, Deployed, DeploymentFailed, Plan, deploy
from localcloud.stack.environment import Endpoints, environment, write_private
from localcloud.stack.functions import declared

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


def deployed(options: Options, models: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Deploys, and writes what the functions and the endpoint learn of it from. Raises CannotStart."""
    cloud = options.state.cloud_at(f"http://127.0.0.1:{options.ports.aws}")
    try:
        plan = _plan(options, models)
        there = deploy(cloud, plan, say)
    except (DeploymentFailed, BotoCoreError, ClientError) as error:
        raise CannotStart(f"The stack could not be deployed: {error}") from error
    write_private(options.state.values, _values(plan, there))
    write_private(options.state.page, _page(options.page, there.outputs))
    graphql, models_url = (
        f"http://127.0.0.1:{options.ports.page}/graphql",
        f"http://127.0.0.1:{options.ports.models}",
    )
    variables = environment(options.stage, cloud, Endpoints(graphql, models_url), there.outputs)
    write_private(options.state.environment, variables)


def _plan(options: Options, models: Mapping[str, Any]) -> Plan:
    """The model endpoint says which models there are; a change of them is a change of the stack."""
    return Plan(
        stage=options.stage,
        functions=declared(options.app, options.stage, options.workers).values(),
        host=f"http://127.0.0.1:{options.ports.functions}/",
        template=body(package()),
        parameters={
            "Stage": options.stage,
            "Events": "absent",  # MiniStack's CloudFormation does not know its types
            "Protection": "off",  # a rollback, and whoever owns this machine, may delete what is here
            "PageOrigin": options.page,
            "ChatModel": models["chat"][0],
            "EmbeddingModel": models["embedding"],
            "OcrModel": models["chat"][0] if os.environ.get("RIFFLE_OCR") == "on" else "none",
            "EmbeddingDimensions": str(models["dimensions"]),
            "IngestConcurrency": str(max(2, min(options.workers, os.cpu_count() or 1))),
            "AnswerConcurrency": str(max(2, options.workers)),
        },
    )


def _values(plan: Plan, there: Deployed) -> dict[str, str]:
    """Parameters by name, physical ids by logical id, and the attributes that the API refers to.

    The endpoint reads the template itself, and serves the Events API that MiniStack could not make.
    """
    attributes = {"Api.ApiId": there.outputs["ApiId"], "ApiKey.ApiKey": there.outputs["ApiKey"]}
    return {**there.resources, **plan.parameters, **attributes, "Events": "present"}


def _page(address: str, outputs: Mapping[str, str]) -> dict[str, object]:
    return {
        "region": REGION,
        "graphqlUrl": f"{address}/graphql",
        "eventsUrl": f"{address}/event",
        "userPoolId": outputs["UserPoolId"],
        "userPoolClientId": outputs["UserPoolClientId"],
        "userPoolEndpoint": f"{address}/cognito",
        "apiKey": outputs["ApiKey"],
        "notices": ["The confirmation code on this machine is always 123456."],
    }


def reconcile(options: Options) -> str | None:
    """Invokes `maintain` for everything at once, however fresh; None, or a sentence on what failed."""
    event = b'{"full": true, "ageSeconds": 0}'
    client: LambdaClient = options.state.cloud_at(f"http://127.0.0.1:{options.ports.aws}").client("lambda")
    try:
        answer = client.invoke(FunctionName=f"riffle-{options.stage}-maintain", Payload=event)
        payload = answer["Payload"].read().decode()
    except (BotoCoreError, ClientError) as error:
        return f"Reconciling failed, and is tried again on its schedule: {error}"
    if not answer.get("FunctionError"):
        return None
    report = json.loads(payload)
    reason = f"{report.get('errorType')}: {report.get('errorMessage')} ({options.state.logs}/maintain.log)"
    return f"Reconciling failed, and is tried again on its schedule. {reason}"
