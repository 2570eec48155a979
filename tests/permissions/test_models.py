"""Models by ARN, in a stack that is deployed with the ARNs of an inference profile."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.deployment import deploy
from tests.permissions.evaluating import allowed
from tests.permissions.requests import Call

MODEL = "amazon.nova-lite-v1:0"
PROFILE = f"arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.{MODEL}"
BEHIND = [f"arn:aws:bedrock:{region}::foundation-model/{MODEL}" for region in ("us-east-1", "us-west-2")]


@pytest.fixture(scope="module")
def answering(aws: boto3.Session) -> Iterator[list[Any]]:
    """The statements of the function that answers."""
    parameters = {
        "ChatModel": f"us.{MODEL}",
        "ChatModelArns": ",".join([PROFILE, *BEHIND]),
        "Protection": "off",
    }
    deploy(aws, "profiled", "absent", **parameters)
    client = aws.client("iam")
    policy: Any = client.get_role_policy(RoleName="riffle-profiled-answer-us-east-1", PolicyName="access")
    yield policy["PolicyDocument"]["Statement"]
    client.close()


def writes_with(arn: str) -> Call:
    return Call("bedrock:InvokeModelWithResponseStream", arn)


@pytest.mark.parametrize("arn", [PROFILE, *BEHIND])
def test_profile_and_the_models_behind_it_may_write(answering: list[Any], arn: str) -> None:
    assert allowed(answering, writes_with(arn))


@pytest.mark.parametrize(
    "part", ["eu-west-1::foundation-model/amazon.nova-lite-v1:0", "us-east-1::foundation-model/other"]
)
def test_other_regions_and_other_models_may_not(answering: list[Any], part: str) -> None:
    assert not allowed(answering, writes_with(f"arn:aws:bedrock:{part}"))


def test_model_that_embeds_is_the_one_of_this_region(answering: list[Any]) -> None:
    for region, expected in (("us-east-1", True), ("us-west-2", False)):
        arn = f"arn:aws:bedrock:{region}::foundation-model/amazon.titan-embed-text-v2:0"
        assert allowed(answering, Call("bedrock:InvokeModel", arn)) == expected
