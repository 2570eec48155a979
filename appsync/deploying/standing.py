"""The functions that stand: whose they are, and whether they can become what is asked for."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import boto3

from appsync.deploying import stacks
from appsync.deploying.checks import HERE, Problem
from appsync.deploying.errors import DeployError, explained
from appsync.deploying.settling import STEADY
from appsync.deploying.stages import Stage

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

FUNCTION = "AWS::Lambda::Function"
ARCHIVE = ""
"""In the place of an image's URI."""


def elsewhere(session: boto3.Session, stack: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The stage's functions that exist and are not the stack's own: those that `chalice deploy` made."""
    own = set(stacks.resources(session, stack, FUNCTION).values())  # not roles, named alike
    client = session.client("lambda")
    others = [name for each in names if (name := f"{stack}-{each}") not in own]
    with explained("lambda"):
        return tuple(name for name in others if _exists(client, name))


def _exists(client: "LambdaClient", function: str) -> bool:
    try:
        client.get_function_configuration(FunctionName=function)
    except client.exceptions.ResourceNotFoundException:
        return False
    return True


def check_absence(there: tuple[str, ...], stage: Stage) -> None:
    if there:
        raise DeployError(
            f"The function {there[0]} exists outside {stage.stack}; "
            f"run `chalice delete --stage {stage.name}` first, or deploy with --functions chalice."
        )


def problems(session: boto3.Session, stage: str, image: str) -> Iterator[Problem]:
    """Functions that are gone, and those that run from images or zips, whichever is not asked for now.

    A stack that is not steady is for `settle` to bring to an end first.
    """
    stack = f"riffle-{stage}"
    if stacks.status(session, stack) not in STEADY:
        return
    client = session.client("lambda")
    with explained("lambda"):
        functions = stacks.resources(session, stack, FUNCTION).values()
        sources = {name: _source(client, name) for name in functions}
    yield from (Problem(_missing(stage, name)) for name, source in sources.items() if source is None)
    yield from _turned(stage, image, [source for source in sources.values() if source is not None])


def _source(client: "LambdaClient", function: str) -> str | None:
    """The URI of the image that the function runs from, ARCHIVE for none; None without such a function."""
    try:
        return client.get_function(FunctionName=function)["Code"].get("ImageUri", ARCHIVE)
    except client.exceptions.ResourceNotFoundException:
        return None


def _missing(stage: str, function: str) -> str:
    return (
        f"The function {function} was deleted by hand, which CloudFormation does not notice: "
        f"{_anew(stage)} makes it anew"
    )


def _turned(stage: str, image: str, sources: Sequence[str]) -> Iterator[Problem]:
    """CloudFormation would have to replace functions for it, which it does to none that has a name.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
    """
    running = next(iter(sources), None)
    if image and running == ARCHIVE:
        yield Problem(
            f"The functions of riffle-{stage} run from zips, and CloudFormation cannot make them run from an "
            f"image: give the image to a stage of another name, or {_anew(stage)} does it",
            HERE,
        )
    elif running and not image:
        yield Problem(
            f"The functions of riffle-{stage} run from the image {running}, and CloudFormation cannot make "
            f"them run from zips: give --image again, or {_anew(stage)} does it",
            HERE,
        )


def _anew(stage: str) -> str:
    return f"`riffle destroy --stage {stage}`, which keeps the data, and then this command"
