"""What a stage borrows of the account: certificates for its domains, and the sender of its e-mails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from appsync.deploying import stacks
from appsync.deploying.errors import explained

CERTIFICATES = {"PageDomain": "PageCertificateArn", "ApiDomain": "ApiCertificateArn"}
CERTIFICATES_IN = "us-east-1"
"""CloudFront and AppSync look for certificates there, wherever the stage is."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One of Certificate Manager's; `state` is its word, such as ISSUED."""

    state: str
    names: tuple[str, ...]

    def covers(self, domain: str) -> bool:
        """A star stands for one label, the first."""
        return domain in self.names or f"*.{domain.partition('.')[2]}" in self.names


def certificate_problems(session: boto3.Session, parameters: Mapping[str, str]) -> Iterator[str]:
    """CloudFront and AppSync refuse one that is not issued, or not for the domain."""
    for parameter, certificate in CERTIFICATES.items():
        domain, arn = parameters[parameter], parameters[certificate]
        if domain and arn and (problem := unfit(_certificate(session, arn), domain)):
            yield f"The certificate {arn} {problem}"


def _certificate(session: boto3.Session, arn: str) -> Certificate | None:
    client: Any = session.client("acm", region_name=CERTIFICATES_IN)  # no types of it are installed
    with explained("acm"):
        try:
            found = client.describe_certificate(CertificateArn=arn)["Certificate"]
        except client.exceptions.ResourceNotFoundException:
            return None
    return Certificate(found["Status"], tuple(found.get("SubjectAlternativeNames", [found["DomainName"]])))


def unfit(certificate: Certificate | None, domain: str) -> str | None:
    """What is wrong with a certificate, as the end of a sentence; None when it serves the domain."""
    if certificate is None:
        return (
            f"is not in this account; request one for {domain} from Certificate Manager in {CERTIFICATES_IN}"
        )
    if certificate.state != "ISSUED":
        state = certificate.state.lower().replace("_", " ")
        return f"is {state}; it can be used once Certificate Manager has issued it"
    return None if certificate.covers(domain) else f"is for {', '.join(certificate.names)}, not for {domain}"


def domain_problems(session: boto3.Session, stack: str, parameters: Mapping[str, str]) -> Iterator[str]:
    """Another certificate takes another domain in AppSync, and it makes no second one of the same name."""
    domain, there = parameters["ApiDomain"], stacks.parameters(session, stack)
    before = there.get("ApiCertificateArn")
    if domain and domain == there.get("ApiDomain") and parameters["ApiCertificateArn"] != before:
        yield (
            f"AppSync cannot change the certificate of {domain}, which is {before}: "
            f"deploy once with ApiDomain and ApiCertificateArn empty, then with the new one"
        )


def sender_problems(session: boto3.Session, parameters: Mapping[str, str]) -> Iterator[str]:
    """Without a verified sender, or in SES's sandbox, no stranger's sign-up would ever get its code."""
    if not parameters["EmailFrom"]:
        return
    region, identity = _sender(parameters, session.region_name)
    client: Any = session.client("sesv2", region_name=region)  # no types of it are installed
    with explained("ses"):
        try:
            found = client.get_email_identity(EmailIdentity=identity)
        except client.exceptions.NotFoundException:
            found = {}
        if not found.get("VerifiedForSendingStatus"):
            yield (
                f"SES in {region} has not verified {identity}, which EmailFrom needs: verify it there, "
                f"or name another identity in EmailIdentityArn"
            )
        elif not client.get_account().get("ProductionAccessEnabled"):
            yield (
                f"SES in {region} is in its sandbox, where it sends to verified addresses alone: "
                f"request production access there, or leave EmailFrom empty until then"
            )


def _sender(parameters: Mapping[str, str], region: str) -> tuple[str, str]:
    """Where the identity is, and its name: an address or a domain."""
    if not (arn := parameters["EmailIdentityArn"]):
        return region, parameters["EmailFrom"].partition("@")[2]
    _, _, _, elsewhere, _, resource = arn.split(":", 5)
    return elsewhere, resource.removeprefix("identity/")
