"""Whether Bedrock will answer: asked of its catalogue, without running a model."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from appsync.deploying.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_bedrock import BedrockClient

type Job = Literal["answers", "embeds", "reads images", "ranks"]

JOBS: Mapping[str, Job] = {
    "ChatModel": "answers", "EmbeddingModel": "embeds", "OcrModel": "reads images", "RerankModel": "ranks",
}  # fmt: skip
"""Which of the template's parameters names a model, and for what."""
NO_MODEL = "none"
"""Where there is to be none."""
PROFILE = re.compile(r"^(global|us|us-gov|eu|apac|jp|au|ca)\.")
"""What the id of a system-defined inference profile begins with: where it may send requests to."""
ARN = re.compile(
    r"arn:[a-z-]+:bedrock:(?P<region>[a-z0-9-]+):\d*:"
    r"(foundation-model|(application-)?inference-profile)/[A-Za-z0-9:._-]+"
)
"""Models of one's own, and throughput that was bought, are called in other ways or charged by the hour."""
RANKING = re.compile(r"^(amazon|cohere)\.rerank-")
"""Models that take the request of `chalicelib.models.reranking`, which the catalogue does not tell."""
UNKNOWN = frozenset({"ResourceNotFoundException", "ValidationException"})


def problem(client: "BedrockClient", model: str, job: Job) -> str | None:
    """Why the model cannot do its job in the client's region, in a sentence; None when it can."""
    if model.startswith("arn:") and (problem := _misplaced(client, model)):
        return problem
    if job == "ranks" and (problem := _unranking(model)):
        return problem
    with explained("bedrock"):
        base = _behind(client, model) if is_profile(model) else _name(model)
        if base is None:
            return f"There is no inference profile {model} in {_region(client)}: {_look(client)}"
        return _unavailable(client, model, base) or _unfit(client, model, base, job)


def _unranking(model: str) -> str | None:
    """Roles are allowed a ranking model of the stage's own region, since no profile has any."""
    if RANKING.match(model):
        return None
    return f"{model} ranks no passages: RerankModel is amazon.rerank-v1:0, cohere.rerank-v3-5:0 or none"


def is_profile(model: str) -> bool:
    """Whether the id or ARN is of an inference profile, which calls models in its caller's name."""
    return bool(PROFILE.match(model)) or "inference-profile/" in model


def _name(model: str) -> str:
    """The id in an ARN, or the id itself."""
    return model.rpartition("/")[2]


def _misplaced(client: "BedrockClient", arn: str) -> str | None:
    found = ARN.fullmatch(arn)
    if found is None:
        return f"{arn} is of no kind that is deployed: name a foundation model or an inference profile"
    if found["region"] != _region(client):
        return f"{arn} is of {found['region']}, and the stage of {_region(client)}: name one of that region"
    return None


def _region(client: "BedrockClient") -> str:
    return client.meta.region_name


def _look(client: "BedrockClient") -> str:
    region = _region(client)
    return f"see https://{region}.console.aws.amazon.com/bedrock/home?region={region}#/model-catalog"


def _behind(client: "BedrockClient", profile: str) -> str | None:
    """The model that an inference profile stands for; None when there is no such profile."""
    try:
        found = client.get_inference_profile(inferenceProfileIdentifier=_name(profile))
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
    if found["regionAvailability"] != "AVAILABLE" and not is_profile(model):
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
    if not is_profile(model) and "ON_DEMAND" not in details.get("inferenceTypesSupported", ["ON_DEMAND"]):
        return (
            f"{_region(client)} serves the model {model} through an inference profile only: "
            f"name that, for example us.{base}"
        )
    if job == "embeds" and ":application-" in model and base.startswith("cohere."):
        return f"{model} does not tell that it is Cohere's, whose requests are others: name {base} itself"
    if job == "embeds" and "EMBEDDING" not in details.get("outputModalities", ["EMBEDDING"]):
        return f"The model {model} makes no embeddings: {_look(client)}"
    if job == "reads images" and "IMAGE" not in details.get("inputModalities", ["IMAGE"]):
        return f"The model {model} sees no images: {_look(client)}"
    if job == "answers" and not details.get("responseStreamingSupported", True):
        return f"The model {model} does not stream its answers: {_look(client)}"
    return None


def _arns(client: "BedrockClient", model: str) -> tuple[str, ...]:
    """What the model's callers must be allowed to call.

    An inference profile passes requests on to its models in several regions, in the name of its caller; a
    global one also to a model that is of no region.
    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html
    """
    if is_profile(model):
        with explained("bedrock"):
            found = client.get_inference_profile(inferenceProfileIdentifier=_name(model))
        models = [each["modelArn"] for each in found["models"]]
        everywhere = _everywhere(client, models[0]) if _name(model).startswith("global.") else ()
        return tuple(dict.fromkeys([found["inferenceProfileArn"], *models, *everywhere]))
    if model.startswith("arn:"):
        return (model,)
    return (f"arn:{client.meta.partition}:bedrock:{_region(client)}::foundation-model/{model}",)


def _everywhere(client: "BedrockClient", arn: str) -> tuple[str, ...]:
    start, end = f"arn:{client.meta.partition}:bedrock", f"foundation-model/{_name(arn)}"
    return f"{start}:{_region(client)}::{end}", f"{start}:::{end}"


def named(parameters: Mapping[str, str]) -> dict[str, str]:
    """The models that are to be deployed, by parameter."""
    models = {name: parameters.get(name, NO_MODEL) for name in JOBS}
    return {name: model for name, model in models.items() if model != NO_MODEL}


def behind(client: "BedrockClient", parameters: Mapping[str, str]) -> dict[str, str]:
    """The template's parameters of what the functions may call, for models that are no plain ids."""
    models = {name: model for name, model in named(parameters).items() if not _is_plain(model)}
    return {f"{name}Arns": ",".join(_arns(client, model)) for name, model in models.items()}


def lacking(client: "BedrockClient", parameters: Mapping[str, str]) -> Iterator[str]:
    """For each list of ARNs that was written by hand: what the functions would be refused at run time."""
    for name, model in named(parameters).items():
        given = parameters.get(f"{name}Arns", "")
        missing = [arn for arn in _arns(client, model) if arn not in given.split(",")]
        if given and missing:
            yield f"{name}Arns lacks {', '.join(missing)}: leave it out, and all that is needed is found"


def unnamed(parameters: Mapping[str, str]) -> Iterator[str]:
    """The same where nothing can be asked: models whose ARNs neither follow from their ids nor are given."""
    for name, model in named(parameters).items():
        if JOBS[name] == "ranks":
            yield from filter(None, [_unranking(model)])
        elif not parameters.get(f"{name}Arns") and not _is_plain(model):
            yield f"{name} is {model}: {name}Arns has to name all ARNs that calling it needs"


def _is_plain(model: str) -> bool:
    """Whether it is the id of a model of the stage's own region, whose ARN follows from it."""
    return not is_profile(model) and not model.startswith("arn:")
