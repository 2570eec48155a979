"""The template as it is deployed in each of its main variants: parameters by the name of the variant."""

from collections.abc import Mapping
from typing import Any

from appsync.packaging import package

type Template = dict[str, Any]  # CloudFormation's JSON

LAYERS = {"DeploymentBucket": "riffle-test-deployments"}
PAGE = {"Page": "present"}
WATCHED = {"AlarmEmail": "ana@example.com", "MonthlyBudget": "50"}
SNAPSHOTS = {"SnapStart": "on", "Qualifier": ":live"}
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555"
DOMAINS = {
    "PageDomain": "riffle.example.com", "PageCertificateArn": CERTIFICATE,
    "ApiDomain": "api.example.com", "ApiCertificateArn": CERTIFICATE,
}  # fmt: skip
INVITED = {"SignUp": "invited", "Mfa": "required", "PasswordLength": "14", "EmailFrom": "riffle@example.com"}
VARIANTS: dict[str, Mapping[str, str]] = {
    "least": {"Functions": "absent", "Events": "absent", "Protection": "off"},
    "default": {},
    "everything": {**LAYERS, **PAGE, **WATCHED, **SNAPSHOTS, **DOMAINS, **INVITED},
}


def with_values(values: Mapping[str, str]) -> Template:
    """The packaged template with those values as its parameters' defaults."""
    return with_defaults(package(), values)


def with_defaults(template: Template, values: Mapping[str, str]) -> Template:
    """Defaults are what linters look at."""
    for name, value in values.items():
        template["Parameters"][name]["Default"] = value
    return template


def properties(template: Template, kind: str) -> dict[str, Any]:
    """The properties of every resource of that type, by logical id. There has to be one."""
    found = {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == kind}
    assert found, f"no {kind} in the template"
    return found
