"""Certificates and senders that a stage borrows, asked about in MiniStack before anything is deployed."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from appsync.deploying import identities, rules
from appsync.deploying.checks import parameters
from appsync.deploying.identities import Certificate
from appsync.deploying.stages import Stage
from tests.appsync.variants import CERTIFICATE, DOMAINS

NOTHING = Stage("dev", "dev", "x86_64", "3.13", {}, ())


def chosen(**values: str) -> Mapping[str, str]:
    """The template's parameters with these among them."""
    return {**parameters(NOTHING), **values}


def deployed(aws: boto3.Session, stack: str, values: Mapping[str, str]) -> None:
    """A stack that has nothing of the template but parameters: MiniStack knows no domains of AppSync."""
    template = {
        "Parameters": {name: {"Type": "String"} for name in values},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    }
    client = aws.client("cloudformation")
    client.create_stack(
        StackName=stack,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
    )
    client.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})


@pytest.fixture
def certificate(aws: boto3.Session) -> str:
    """One for any name right below example.com, which MiniStack issues at once."""
    client = aws.client("acm", region_name="us-east-1")
    asked = client.request_certificate(DomainName="*.example.com", ValidationMethod="DNS")
    return str(asked["CertificateArn"])


def test_certificate_that_is_issued_for_the_domain_is_no_problem(
    aws: boto3.Session, certificate: str
) -> None:
    wanted = chosen(PageDomain="riffle.example.com", PageCertificateArn=certificate)
    assert list(identities.certificate_problems(aws, wanted)) == []


def test_certificate_for_other_names_is_told_with_them(aws: boto3.Session, certificate: str) -> None:
    wanted = chosen(ApiDomain="api.riffle.example.com", ApiCertificateArn=certificate)
    (said,) = identities.certificate_problems(aws, wanted)
    assert said == f"The certificate {certificate} is for *.example.com, not for api.riffle.example.com"


def test_certificate_that_is_not_there_is_told_with_where_to_request_one(aws: boto3.Session) -> None:
    wanted = chosen(PageDomain="riffle.example.com", PageCertificateArn=CERTIFICATE)
    (said,) = identities.certificate_problems(aws, wanted)
    assert said.endswith(
        "is not in this account; request one for riffle.example.com from Certificate Manager in us-east-1"
    )


def test_certificate_that_waits_for_its_validation_cannot_be_used_yet() -> None:
    """MiniStack lets none wait."""
    waiting = Certificate("PENDING_VALIDATION", ("riffle.example.com",))
    assert identities.unfit(waiting, "riffle.example.com") == (
        "is pending validation; it can be used once Certificate Manager has issued it"
    )


@pytest.mark.parametrize(
    ("name", "domain", "covered"),
    [("a.example.com", "a.example.com", True), ("*.example.com", "a.example.com", True),
     ("*.example.com", "example.com", False), ("*.example.com", "a.b.example.com", False)],
)  # fmt: skip
def test_a_star_stands_for_one_label(name: str, domain: str, *, covered: bool) -> None:
    assert Certificate("ISSUED", (name,)).covers(domain) is covered


def test_sender_whose_domain_nobody_verified_is_told_with_what_to_do(aws: boto3.Session) -> None:
    (said,) = identities.sender_problems(aws, chosen(EmailFrom="riffle@unverified.example.com"))
    assert said.startswith("SES in us-east-1 has not verified unverified.example.com, which EmailFrom needs")


def test_verified_sender_is_looked_for_where_its_identity_is(aws: boto3.Session) -> None:
    ses: Any = aws.client("sesv2", region_name="eu-west-1")
    ses.create_email_identity(EmailIdentity="team@example.com")
    arn = "arn:aws:ses:eu-west-1:000000000000:identity/team@example.com"
    there = chosen(EmailFrom="team@example.com", EmailIdentityArn=arn)
    assert list(identities.sender_problems(aws, there)) == []
    assert len(list(identities.sender_problems(aws, chosen(EmailFrom="team@example.com")))) == 1


def test_sandbox_of_ses_is_told_before_anybody_waits_for_a_code(aws: boto3.Session) -> None:
    ses: Any = aws.client("sesv2", region_name="eu-central-1")
    ses.create_email_identity(EmailIdentity="sandbox.example.com")
    asked = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com", "UseCaseDescription": "codes"}
    ses.put_account_details(ProductionAccessEnabled=False, **asked)
    arn = "arn:aws:ses:eu-central-1:000000000000:identity/sandbox.example.com"
    wanted = chosen(EmailFrom="a@sandbox.example.com", EmailIdentityArn=arn)
    (said,) = identities.sender_problems(aws, wanted)
    assert said.startswith(
        "SES in eu-central-1 is in its sandbox, where it sends to verified addresses alone"
    )


def test_another_certificate_for_a_domain_that_appsync_serves_is_refused_with_the_way_round(
    aws: boto3.Session,
) -> None:
    deployed(aws, "riffle-domains", DOMAINS)
    same, other = chosen(**DOMAINS), chosen(**{**DOMAINS, "ApiCertificateArn": f"{CERTIFICATE[:-1]}6"})
    assert list(identities.domain_problems(aws, "riffle-domains", same)) == []
    assert list(identities.domain_problems(aws, "riffle-domains", chosen())) == []
    assert list(identities.domain_problems(aws, "riffle-elsewhere", other)) == []
    (said,) = identities.domain_problems(aws, "riffle-domains", other)
    assert said.startswith("AppSync cannot change the certificate of api.example.com")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ApiCertificateArn": CERTIFICATE}, "ApiCertificateArn needs ApiDomain"),
        ({"PageCertificateArn": CERTIFICATE}, "PageCertificateArn needs PageDomain"),
        ({**DOMAINS, "Page": "present", "ApiUrl": "https://a.example.com/graphql"}, "ApiDomain and ApiUrl"),
        ({**DOMAINS, "Page": "present", "PageDomain": "api.example.com"}, "ApiDomain and PageDomain have to"),
        ({"EmailIdentityArn": "arn:aws:ses:us-east-1:0:identity/x"}, "EmailIdentityArn needs EmailFrom"),
        ({"MonthlyBudget": "50"}, "MonthlyBudget needs AlarmEmail"),
    ],
)
def test_rules_of_the_template_are_told_before_cloudformation_is_asked(
    values: Mapping[str, str], said: str
) -> None:
    (broken,) = rules.broken(chosen(**values))
    assert broken.startswith(said)


def test_rules_leave_to_cloudformation_what_is_decided_later() -> None:
    """SnapStart=on has an alias, which no stage writes down."""
    assert list(rules.broken(chosen(SnapStart="on"))) == []
    assert list(rules.broken(chosen(**DOMAINS, Page="present"))) == []
