"""Audits of a server on this machine: it takes tokens that were signed here, so none need to be given."""

import asyncio
from pathlib import Path

from localcloud.appsync.command import Options, prepared
from localcloud.audits.catalogue import API, chosen
from localcloud.audits.here import started
from localcloud.audits.local import local_tokens
from localcloud.audits.running import audit_all
from localcloud.audits.target import Callers, Target

BY_TOKEN = "HT28,HT29,HT30,HT31,HT32,HT63,HT64,RT12,RT13,RT20"
PROVIDER = "http://127.0.0.1:9"  # nobody is there, and nobody needs to be


def test_what_needs_tokens_is_audited_without_any_being_given(tmp_path: Path) -> None:
    values = {"Key.ApiKey": "da2-audits", "OidcIssuer": PROVIDER}
    options = Options(template=API / "template.yaml", values=values, token_keys=tmp_path, port=0)
    with prepared(options, {}) as ready, started(ready.server) as port:
        url = f"http://localhost:{port}/graphql"
        target = Target(url, Callers(api_key="da2-audits", aws=None, **local_tokens(url, tmp_path)))
        outcomes = asyncio.run(audit_all(target, chosen(BY_TOKEN)))
    assert [(each.rule.code, each.result, each.reason) for each in outcomes] == [
        (code, "passed", "") for code in BY_TOKEN.split(",")
    ]


def test_nothing_is_signed_for_an_endpoint_elsewhere_or_one_that_takes_none(tmp_path: Path) -> None:
    options = Options(template=API / "template.yaml", values={"OidcIssuer": PROVIDER}, port=0)
    with prepared(options, {}) as ready, started(ready.server) as port:
        assert local_tokens(f"http://localhost:{port}/graphql", tmp_path) == {}
    assert local_tokens("https://example.appsync-api.us-east-1.amazonaws.com/graphql", tmp_path) == {}
    assert list(tmp_path.iterdir()) == []
