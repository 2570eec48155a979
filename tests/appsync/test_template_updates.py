"""What becomes of a stage that stands when a parameter changes: nobody's things are replaced."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from appsync.deploying.stages import DECIDED_HERE
from appsync.permissions.deployer import schemas
from tests.appsync.variants import Template, with_values

KEEPERS = (
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
)
REPLACED = {
    ("ApiOwnDomain", "DomainName"): "another domain is another resource",
    ("ApiOwnDomain", "CertificateArn"): "refused beforehand, see identities.domain_problems",
}
"""What a parameter may replace."""


@pytest.fixture(scope="module")
def template() -> Template:
    return with_values({})


def lasting(template: Template) -> Iterator[tuple[str, str, Any]]:
    """Resources with their properties that cannot change without a replacement, as CloudFormation has it."""
    for name, resource in template["Resources"].items():
        schema = schemas()[resource["Type"]]
        paths = (*schema.get("createOnlyProperties", ()), *schema.get("conditionalCreateOnlyProperties", ()))
        for path in paths:
            value: Any = resource["Properties"]
            for part in path.removeprefix("/properties/").split("/"):
                value = value.get(part, {}) if isinstance(value, dict) else {}
            yield name, path.rpartition("/")[2], value


def parameters_of(value: Any, template: Template) -> set[str]:
    """Those that a value depends on, in its conditions too."""
    found: set[str] = set()
    if isinstance(value, list):
        return found.union(*(parameters_of(each, template) for each in value))
    if not isinstance(value, dict):
        return found
    for key, inner in value.items():
        match key, inner:
            case "Ref", str(name):
                found |= {name}
            case "Condition", str(name):
                found |= parameters_of(template["Conditions"][name], template)
            case "Fn::If", [name, *branches]:
                found |= parameters_of([template["Conditions"][name], *branches], template)
            case "Fn::Sub", str(text):
                found |= set(re.findall(r"\$\{(\w+)\}", text))
            case _:
                found |= parameters_of(inner, template)
    return {name for name in found if name in template["Parameters"]}


def test_no_parameter_replaces_what_another_of_the_same_name_could_not_be_made_beside(
    template: Template,
) -> None:
    found = {
        (name, each)
        for name, each, value in lasting(template)
        if parameters_of(value, template) - DECIDED_HERE
    }
    assert found == REPLACED.keys()


def test_what_people_stored_is_made_whatever_the_parameters_are(template: Template) -> None:
    kept = [each for each in template["Resources"].values() if each["Type"] in KEEPERS]
    conditional = [each["Properties"]["BucketName"] for each in kept if "Condition" in each]
    assert conditional == [template["Resources"]["PageBucket"]["Properties"]["BucketName"]]


@pytest.mark.parametrize("kind", ["AWS::Cognito::UserPool", "AWS::CloudFront::Distribution"])
def test_people_and_the_page_keep_their_addresses_whatever_is_changed(kind: str) -> None:
    """Their types have nothing that needs another in its place."""
    schema: Mapping[str, Any] = schemas()[kind]
    assert "createOnlyProperties" not in schema


def test_how_people_sign_in_by_name_depends_on_nothing(template: Template) -> None:
    """Cognito takes these at the beginning only, though CloudFormation's schema does not say so."""
    pool = template["Resources"]["UserPool"]["Properties"]
    for name in ("UsernameAttributes", "UsernameConfiguration"):
        assert parameters_of(pool[name], template) == set()
    assert "Schema" not in pool
