"""What must be so before anything is built or changed: of this machine, of the caller, of the account.

Every shortcoming is a sentence; those that do not depend on one another are all told at once.
"""

import importlib.metadata
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from appsync.deploying import bedrock, identities, page, permitted, rules, stacks
from appsync.deploying.callers import Caller
from appsync.deploying.errors import DeployError, explained
from appsync.deploying.stages import Stage
from appsync.layers.targets import PYTHONS
from appsync.packaging import TEMPLATE
from appsync.packaging import read as read_template

if TYPE_CHECKING:
    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[2]
APP = ROOT / "chalice_app"
CHALICE = (1, 34)
OURS = "riffle:stage"
TABLES = frozenset({"DocumentsTable", "AnswersTable", "ConversationsTable"})
IMAGE = re.compile(
    r"\d{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?"
    r"/[a-z0-9][a-z0-9._/-]{1,255}(:[\w.-]{1,128}|@sha256:[0-9a-f]{64})"
)
HERE, ACCOUNT = 2, 3  # exit statuses: what is here is not as it must be; the account does not allow it


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence, and the exit status that it is worth."""

    text: str
    status: int = ACCOUNT


class NotReady(DeployError):
    """Raised with everything that stands in the way; nothing was changed."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(problem.text for problem in problems))
        self.problems = problems
        self.status = problems[0].status


def require(problems: Iterator[Problem]) -> None:
    """Raises NotReady with all problems there are."""
    found = list(problems)
    if found:
        raise NotReady(found)


def on_this_machine() -> Iterator[Problem]:
    """Of the programs and files that a deployment is made with."""
    yield from python_problems(sys.version_info[:2])
    yield from chalice_problems(_version("chalice"))
    if not (APP / "app.py").is_file():
        yield Problem(f"There is no {APP}: deploy from a clone, after pip install -e '.[deploy]'", HERE)


def parameters(stage: Stage) -> dict[str, str]:
    """The template's, as the stage has them: its own, else their defaults."""
    declared: Any = read_template(TEMPLATE)["Parameters"]  # what a template says of its parameters is JSON
    return {name: str(each.get("Default", "")) for name, each in declared.items()} | dict(stage.parameters)


def page_problems(parameters: Mapping[str, str], dist: Path | None = None) -> Iterator[Problem]:
    if parameters["Page"] == "present" and not ((dist or page.DIST) / "index.html").is_file():
        yield Problem("The page is not built: run `make page`, or deploy without it: --no-page", HERE)


def rule_problems(parameters: Mapping[str, str]) -> Iterator[Problem]:
    """What the template itself says does not go together."""
    yield from (Problem(text, HERE) for text in rules.broken(parameters))


def combination_problems(parameters: Mapping[str, str], image: str, *, chalice: bool) -> Iterator[Problem]:
    """What Lambda or Chalice would refuse, or silently do otherwise, together.

    https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-limitations
    """
    if image and chalice:
        yield Problem("Chalice deploys no images: give --image, or --functions chalice", HERE)
    if parameters["SnapStart"] == "on" and chalice:
        yield Problem("Chalice publishes no versions, which SnapStart=on needs: turn it off", HERE)
    if parameters["SnapStart"] == "on" and image:
        yield Problem("Lambda takes no snapshots of images: give --image, or SnapStart=on", HERE)


def image_problems(image: str, region: str) -> Iterator[Problem]:
    """Lambda runs images from ECR in its own region only."""
    found = IMAGE.fullmatch(image)
    if image and found is None:
        yield Problem(f"'{image}' is no image in ECR, as ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG", HERE)
    elif found and found["region"] != region:
        yield Problem(f"The image {image} has to be in {region}, where the functions are", HERE)


def python_problems(version: tuple[int, ...]) -> Iterator[Problem]:
    """Chalice packages for the Python that it runs on."""
    running = ".".join(map(str, version))
    if running not in PYTHONS:
        offered = " or ".join(PYTHONS)
        yield Problem(f"This is Python {running}, and the functions run on {offered}: use one of them", HERE)


def chalice_problems(version: str | None) -> Iterator[Problem]:
    if version is None:
        yield Problem("Chalice is not installed: pip install -e '.[deploy]'", HERE)
    elif tuple(map(int, re.findall(r"\d+", version)[:2])) < CHALICE:
        text = f"Chalice {version} is too old, 1.34 is needed: pip install -e '.[deploy]'"
        yield Problem(text, HERE)


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def in_the_account(
    session: boto3.Session, caller: Caller, stage: str, parameters: Mapping[str, str]
) -> Iterator[Problem]:
    """Of permissions, models, names and what is borrowed; `parameters` have the template's defaults."""
    yield from permission_problems(session, caller, stage)
    yield from _asked(lambda: model_problems(session.client("bedrock"), parameters))
    yield from _asked(lambda: name_problems(session, caller, stage))
    yield from _asked(lambda: map(Problem, identities.certificate_problems(session, parameters)))
    yield from _asked(
        lambda: map(Problem, identities.domain_problems(session, f"riffle-{stage}", parameters))
    )
    yield from _asked(lambda: map(Problem, identities.sender_problems(session, parameters)))


def _asked(question: Callable[[], Iterator[Problem]]) -> Iterator[Problem]:
    """What AWS does not let us ask is a problem of its own, and no reason to leave out the next question."""
    try:
        yield from question()
    except DeployError as error:
        yield Problem(str(error), error.status)


def permission_problems(session: boto3.Session, caller: Caller, stage: str) -> Iterator[Problem]:
    missing = permitted.denied(session.client("iam"), caller, stage)
    if missing:
        needed = f"A deployment needs what {caller.arn} may not do: {_listed(missing)}"
        yield Problem(f"{needed}; docs/deployer has policies that allow it")


def _listed(missing: list[str], shown: int = 8) -> str:
    more = f", and {len(missing) - shown} more" if len(missing) > shown else ""
    return ", ".join(missing[:shown]) + more


def model_problems(client: "BedrockClient", parameters: Mapping[str, str]) -> Iterator[Problem]:
    models = bedrock.named(parameters).items()
    found = [bedrock.problem(client, model, bedrock.JOBS[parameter]) for parameter, model in models]
    yield from (Problem(each) for each in dict.fromkeys(found) if each)
    if not any(found):
        yield from (Problem(each, HERE) for each in bedrock.lacking(client, parameters))


def name_problems(session: boto3.Session, caller: Caller, stage: str) -> Iterator[Problem]:
    """The stage's names must be free, or ours."""
    name = f"riffle-{stage}"
    stack = stacks.described(session, name)
    if stack is not None:
        tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", ())}
        if not _is_ours(tags, stage) and not _has_ours(session, name):
            yield _taken(stage, f"the stack {name} in {caller.region} is another application's")
        return
    kept = _table_tags(session.client("dynamodb"), f"{name}-documents")
    if kept is not None and not _is_ours(kept, stage):
        yield _taken(stage, f"the table {name}-documents in {caller.region} is another application's")


def _taken(stage: str, why: str) -> Problem:
    return Problem(f"The stage name '{stage}' is taken: {why}; choose another with --stage")


def _is_ours(tags: Mapping[str, str], stage: str) -> bool:
    return tags.get(OURS) == stage


def _has_ours(session: boto3.Session, stack: str) -> bool:
    """A stack gets its tags only after it has taken up the data of an earlier one."""
    found = stacks.resources(session, stack)
    return not found or not TABLES.isdisjoint(found)


def _table_tags(client: "DynamoDBClient", name: str) -> dict[str, str] | None:
    """None when there is no such table; a table without tags has {}, which are not ours."""
    with explained("dynamodb"):
        try:
            arn = client.describe_table(TableName=name)["Table"]["TableArn"]
        except client.exceptions.ResourceNotFoundException:
            return None
        pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
        return {tag["Key"]: tag["Value"] for page in pages for tag in page.get("Tags", ())}
