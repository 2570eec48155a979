"""Whether Bedrock will answer: asked of its catalogue, without running a model."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from appsync.deploying.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_bedrock import BedrockClient

type Job = Literal["answers", "embeds"]

JOBS: Mapping[str, Job] = {"ChatModel": "answers", "EmbeddingModel": "embeds"}
"""Which of the template's parameters names a model, and for what."""
PROFILE = re.compile(r"^(global|us|us-gov|eu|apac|jp|au|ca)\.")
"""What the id of a system-defined inference profile begins with: where it may send requests to."""
UNKNOWN = frozenset({"ResourceNotFoundException", "ValidationException"})


def problem(client: "BedrockClient", model: str, job: Job) -> str | None:
    """Why the model cannot do its job in the client's region, in a sentence; None when it can."""
    with explained("bedrock"):
        base = _behind(client, model) if PROFILE.match(model) else model
        if base is None:
            return f"There is no inference profile {model} in {_region(client)}: {_look(client)}"
        return _unavailable(client, model, base) or _unfit(client, model, base, job)


def _region(client: "BedrockClient") -> str:
    return client.meta.region_name


def _look(client: "BedrockClient") -> str:
    region = _region(client)
    return f"see https://{region}.console.aws.amazon.com/bedrock/home?region={region}#/model-catalog"


def _behind(client: "BedrockClient", profile: str) -> str | None:
    """The model that an inference profile stands for; None when there is no such profile."""
    try:
        found = client.get_inference_profile(inferenceProfileIdentifier=profile)
    except ClientError as error:
        if error.response["Error"].get("Code") in UNKNOWN:
            return None
        raise
    return found["models"][0]["modelArn"].rpartition("/")[2]


def _unavailable(client: "BedrockClient", model: str, base: str) -> str | None:
    """The functions may not subscribe to a model themselves, so somebody must have done it for the account.

    https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html
    """
    try:
        found = client.get_foundation_model_availability(modelId=base)
    except ClientError as error:
        if error.response["Error"].get("Code") in UNKNOWN:
            return f"There is no model {model} in {_region(client)}: {_look(client)}"
        raise
    if found["regionAvailability"] != "AVAILABLE" and base == model:
        return f"The model {model} is not offered in {_region(client)}: {_look(client)}"
    granted = found["authorizationStatus"] == "AUTHORIZED" and found["entitlementAvailability"] == "AVAILABLE"
    if granted and found["agreementAvailability"]["status"] == "AVAILABLE":
        return None
    return (
        f"The model {model} is not enabled for this account in {_region(client)}: "
        f"open it in the playground once, {_look(client)}"
    )


def _unfit(client: "BedrockClient", model: str, base: str, job: Job) -> str | None:
    details = client.get_foundation_model(modelIdentifier=base)["modelDetails"]
    if base == model and "ON_DEMAND" not in details.get("inferenceTypesSupported", ["ON_DEMAND"]):
        return (
            f"{_region(client)} serves the model {model} through an inference profile only: "
            f"name that, for example us.{model}"
        )
    if job == "embeds" and "EMBEDDING" not in details.get("outputModalities", ["EMBEDDING"]):
        return f"The model {model} makes no embeddings: {_look(client)}"
    if job == "answers" and not details.get("responseStreamingSupported", True):
        return f"The model {model} does not stream its answers: {_look(client)}"
    return None


def _arns(client: "BedrockClient", model: str) -> tuple[str, ...]:
    """What the model's callers must be allowed to call; () for a plain model, whose ARN follows from its id.

    An inference profile passes requests on to its models in several regions, in the name of its caller.
    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    """
    if not PROFILE.match(model):
        return ()
    with explained("bedrock"):
        found = client.get_inference_profile(inferenceProfileIdentifier=model)
    return (found["inferenceProfileArn"], *(each["modelArn"] for each in found["models"]))


def behind(client: "BedrockClient", parameters: Mapping[str, str]) -> dict[str, str]:
    """The template's parameters of what the functions may call, for those of its models that are profiles."""
    found = {f"{name}Arns": _arns(client, parameters[name]) for name in JOBS}
    return {name: ",".join(arns) for name, arns in found.items() if arns}
