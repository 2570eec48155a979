"""What is deployed is within the limits that AWS publishes."""

import re
from collections.abc import Mapping
from functools import reduce
from operator import getitem
from typing import Any

import boto3
import pytest
from chalicelib.settings import Limits
from graphql import parse

from appsync.packaging import body, package
from tests.appsync.variants import VARIANTS, Template, properties, with_values

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
TEMPLATE_BYTES, RESOURCES, PARAMETERS, OUTPUTS, DESCRIPTION_BYTES = 1_000_000, 500, 200, 200, 1_024
PARAMETER_DESCRIPTION = 4_000
# https://docs.aws.amazon.com/general/latest/gr/appsync.html#limits_appsync
SCHEMA_BYTES, RESPONSE_BYTES, MESSAGE_BYTES = 1_000_000, 5_000_000, 240_000
MOST_OF_A_CHARACTER = 6  # bytes in JSON
RESOLVERS_OF_A_REQUEST = 100  # ours; AppSync itself takes up to 10,000
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
FUNCTION_BYTES = 10_240


@pytest.fixture(scope="module")
def template() -> Template:
    return with_values({})


@pytest.fixture(scope="module")
def most_code() -> int:
    """Characters of a resolver's or a namespace's code, as AWS's own description of the API has it."""
    model = boto3.client("appsync", region_name="us-east-1").meta.service_model
    return int(model.shape_for("Code").metadata["max"])


@pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS)
def test_the_template_is_one_that_cloudformation_takes(values: Mapping[str, str]) -> None:
    template = with_values(values)
    assert len(body(template).encode()) < TEMPLATE_BYTES // 2, "functions and their roles come on top"
    assert len(template["Resources"]) < RESOURCES // 2
    assert len(template["Parameters"]) < PARAMETERS
    assert len(template["Outputs"]) < OUTPUTS
    assert len(template["Description"].encode()) <= DESCRIPTION_BYTES


def test_every_parameter_says_what_to_choose_and_is_bounded(template: Template) -> None:
    bounds = {"AllowedPattern", "AllowedValues", "MinValue", "MaxLength"}
    for name, parameter in template["Parameters"].items():
        assert 20 < len(parameter["Description"]) < PARAMETER_DESCRIPTION, name
        assert bounds & parameter.keys(), name


def test_every_output_says_what_it_is(template: Template) -> None:
    for name, output in template["Outputs"].items():
        assert 0 < len(output["Description"]) <= DESCRIPTION_BYTES, name


def test_the_schema_is_one_that_appsync_takes(template: Template) -> None:
    (schema,) = properties(template, "AWS::AppSync::GraphQLSchema").values()
    assert len(schema["Definition"].encode()) < SCHEMA_BYTES
    assert parse(schema["Definition"])


def test_code_of_resolvers_is_short_enough(template: Template, most_code: int) -> None:
    assert most_code == 32_768
    for name, resolver in properties(template, "AWS::AppSync::Resolver").items():
        assert 0 < len(resolver["Code"]) <= most_code, name
    for name, namespace in properties(template, "AWS::AppSync::ChannelNamespace").items():
        assert 0 < len(namespace["CodeHandlers"]) <= most_code, name


def test_the_pages_function_is_short_enough(template: Template) -> None:
    (function,) = properties(template, "AWS::CloudFront::Function").values()
    assert len(function["FunctionCode"].encode()) <= FUNCTION_BYTES


def test_what_is_sent_fits_into_responses_and_messages(template: Template) -> None:
    assert Limits().text_window_chars * MOST_OF_A_CHARACTER < RESPONSE_BYTES
    assert Limits().question_chars * MOST_OF_A_CHARACTER < MESSAGE_BYTES
    publish = template["Resources"]["MutationPublish"]["Properties"]["Code"]
    (most,) = re.findall(r"const MAX_BYTES = (\d+);", publish)
    assert int(most) < MESSAGE_BYTES


def test_names_stay_within_what_each_service_allows(template: Template) -> None:
    """With the longest stage, region and account there are."""
    longest = {"${Stage}": "s" * 12, "${AWS::AccountId}": "1" * 12, "${AWS::Region}": "ap-southeast-1"}
    for name, most in (("BucketName", 63), ("RoleName", 64), ("QueueName", 80), ("LayerName", 64)):
        for resource in template["Resources"].values():
            given: Any = resource["Properties"].get(name)
            if isinstance(given, dict):
                text = given["Fn::Sub"]
                for variable, value in longest.items():
                    text = text.replace(variable, value)
                assert len(text) <= most, text


def test_what_an_account_has_once_for_all_regions_is_named_by_region_too() -> None:
    """A stage may be in two regions: nothing of the one is the other's, or in its way."""
    names = {
        "AWS::IAM::Role": ("RoleName",),
        "AWS::CloudWatch::Dashboard": ("DashboardName",),
        "AWS::S3::Bucket": ("BucketName",),
        "AWS::Budgets::Budget": ("Budget", "BudgetName"),
        "AWS::CloudFront::Function": ("Name",),
        "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig", "Name"),
        "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig", "Name"),
    }
    resources: Any = package()["Resources"]
    named = {name: each for name, each in resources.items() if each["Type"] in names}
    assert {each["Type"] for each in named.values()} == set(names)
    for name, each in named.items():
        found = reduce(getitem, names[each["Type"]], each["Properties"])
        assert found["Fn::Sub"].endswith("-${AWS::Region}"), name


def test_one_request_can_set_only_so_much_going(template: Template) -> None:
    (api,) = properties(template, "AWS::AppSync::GraphQLApi").values()
    assert 0 < api["ResolverCountLimit"] <= RESOLVERS_OF_A_REQUEST
