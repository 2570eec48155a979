"""Hosting of the page: the headers it is sent with, who reads its bucket, and where its addresses lead."""

import json
from typing import Any

import pytest
import quickjs  # type: ignore[import-untyped]  # it ships no types
from starlette.requests import Request

from appsync.packaging import TEMPLATE
from localcloud.appsync.pages import security
from localcloud.appsync.template import Template as Resolved
from localcloud.appsync.template import load
from tests.appsync.variants import DOMAINS, Template, properties, with_values

API = "abc.appsync-api.us-east-1.amazonaws.com"
EVENTS = "def.appsync-api.us-east-1.amazonaws.com"
MADE = {
    "Api.GraphQLUrl": f"https://{API}/graphql",
    "EventsApi.Dns.Http": EVENTS,
    "EventsApi.Dns.Realtime": EVENTS.replace("appsync-api", "appsync-realtime-api"),
    "Distribution": "E1", "Distribution.DomainName": "d1.cloudfront.net",
}  # fmt: skip
FILES = "https://riffle-dev-files-000000000000-us-east-1.s3"


@pytest.fixture(scope="module")
def template() -> Template:
    return with_values({"Page": "present"})


def resolved(**values: str) -> Resolved:
    return load(TEMPLATE, {**MADE, "Page": "present", **values})


def headers(found: Resolved) -> dict[str, str]:
    """What CloudFront adds to every answer, by name in small letters."""
    _, policy = found.only("AWS::CloudFront::ResponseHeadersPolicy")
    config: Any = found.resolve(policy)["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    age = security["StrictTransportSecurity"]["AccessControlMaxAgeSec"]
    return {
        **{each["Header"].lower(): each["Value"] for each in config["CustomHeadersConfig"]["Items"]},
        "content-security-policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "strict-transport-security": str(age),
        "x-content-type-options": "nosniff" if security["ContentTypeOptions"]["Override"] else "",
        "x-frame-options": security["FrameOptions"]["FrameOption"],
        "referrer-policy": security["ReferrerPolicy"]["ReferrerPolicy"],
    }


def rules(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (rule.split() for rule in policy.split(";"))}


def locally() -> dict[str, str]:
    request = Request({"type": "http", "scheme": "https", "path": "/", "headers": [(b"host", b"x")]})
    return {name.lower(): value for name, value in security(request, ()).items()}


def test_the_page_is_sent_with_the_headers_that_it_was_written_under() -> None:
    here, there = locally(), headers(resolved())
    assert (
        rules(there.pop("content-security-policy")).keys()
        == rules(here.pop("content-security-policy")).keys()
    )
    assert int(there.pop("strict-transport-security")) >= 31_536_000
    assert there == here


def test_the_policy_for_content_differs_from_the_local_one_in_hosts_alone() -> None:
    here = rules(locally()["content-security-policy"])
    there = rules(headers(resolved())["content-security-policy"])
    del here["connect-src"], there["connect-src"]
    assert there == here


def test_the_page_may_talk_to_the_hosts_of_its_stack_and_to_no_other() -> None:
    assert set(rules(headers(resolved())["content-security-policy"])["connect-src"]) == {
        "'self'",
        f"https://{API}", "wss://abc.appsync-realtime-api.us-east-1.amazonaws.com",
        f"https://{EVENTS}", "wss://def.appsync-realtime-api.us-east-1.amazonaws.com",
        "https://cognito-idp.us-east-1.amazonaws.com",
        f"{FILES}.amazonaws.com", f"{FILES}.us-east-1.amazonaws.com",
    }  # fmt: skip


@pytest.mark.parametrize("own", [DOMAINS, {"ApiUrl": "https://api.example.com/graphql"}])
def test_the_page_may_talk_to_the_apis_own_domain_and_without_events_to_fewer(own: dict[str, str]) -> None:
    found = headers(resolved(**own, Events="absent"))
    hosts = rules(found["content-security-policy"])["connect-src"]
    assert {"https://api.example.com", "wss://api.example.com", f"https://{API}"} <= set(hosts)
    assert not any(EVENTS in host for host in hosts)


def test_the_policy_fits_into_a_header() -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""
    own = headers(resolved(**DOMAINS, Stage="s" * 12))
    assert len(own["content-security-policy"]) < 1_783


@pytest.mark.parametrize(
    ("asked", "served"),
    [("/", "/index.html"), ("/some/where", "/index.html"), ("/riffle.json", "/riffle.json"),
     ("/a.b/c", "/index.html"), ("/favicon.svg", "/favicon.svg")],
)  # fmt: skip
def test_an_address_that_is_no_files_is_the_pages(template: Template, asked: str, served: str) -> None:
    (function,) = properties(template, "AWS::CloudFront::Function").values()
    engine = quickjs.Context()
    engine.eval(function["FunctionCode"])
    event = json.dumps({"request": {"uri": asked, "method": "GET"}})
    assert engine.eval(f"handler({event}).uri") == served


def test_only_assets_are_cached_and_none_takes_the_pages_place(template: Template) -> None:
    (distribution,) = properties(template, "AWS::CloudFront::Distribution").values()
    default = distribution["DistributionConfig"]["DefaultCacheBehavior"]
    (assets,) = distribution["DistributionConfig"]["CacheBehaviors"]
    assert (default["CachePolicyId"][:8], assets["CachePolicyId"][:8]) == ("4135ea2d", "658327ea")
    assert assets["PathPattern"] == "assets/*"
    assert "FunctionAssociations" not in assets


def test_everything_is_sent_over_tls_compressed_and_with_the_headers(template: Template) -> None:
    (distribution,) = properties(template, "AWS::CloudFront::Distribution").values()
    config = distribution["DistributionConfig"]
    for behavior in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
        assert behavior["Compress"] is True
        assert behavior["ResponseHeadersPolicyId"] == {"Ref": "PageHeaders"}
    assert config["HttpVersion"] == "http2and3"


def test_the_pages_files_are_read_through_the_distribution_only() -> None:
    found = resolved()
    policies = dict(found.all("AWS::S3::BucketPolicy"))
    statements: Any = policies["PageBucketPolicy"]["PolicyDocument"]["Statement"]
    for statement in [each for each in statements if each["Effect"] == "Allow"]:
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert found.resolve(statement["Condition"]) == {
            "StringEquals": {"aws:SourceArn": "arn:aws:cloudfront::000000000000:distribution/E1"}
        }


def test_a_domain_of_ones_own_says_nothing_of_its_subdomains(template: Template) -> None:
    (policy,) = properties(template, "AWS::CloudFront::ResponseHeadersPolicy").values()
    security = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert security["StrictTransportSecurity"]["IncludeSubdomains"] is False


def test_clients_use_the_apis_own_domain_and_functions_the_address_that_needs_no_dns() -> None:
    found = resolved(**DOMAINS, **{"ApiOwnDomain.AppSyncDomainName": "d2.cloudfront.net"})
    outputs = with_values({})["Outputs"]
    urls = {name: found.text(outputs[name]["Value"]) for name in ("GraphqlUrl", "PublishUrl", "ApiDnsTarget")}
    assert urls == {
        "GraphqlUrl": "https://api.example.com/graphql",
        "PublishUrl": f"https://{API}/graphql",
        "ApiDnsTarget": "d2.cloudfront.net",
    }


@pytest.mark.parametrize(("page", "more"), [("present", ["https://d1.cloudfront.net"]), ("absent", [])])
def test_uploads_are_taken_from_where_the_page_is_served(page: str, more: list[str]) -> None:
    found = resolved(
        Page=page, PageOrigin="https://app.example.com", IngestQueue="q", **{"IngestQueue.Arn": "a"}
    )
    bucket = found.resolve(dict(found.all("AWS::S3::Bucket"))["Bucket"])
    (rule,) = bucket["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == ["https://app.example.com", *more]
