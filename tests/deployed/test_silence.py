"""What people write, and what they sign in with, is in no log, and no key in what a deployment leaves."""

import json
import re
import time

import pytest

from appsync.deploying.probing import PROBES
from tests.deployed.world import Stage
from tests.documents.test_extracting import a_workbook_with
from tests.flows import operations as op
from tests.flows.answers import followed
from tests.flows.caller import Caller
from tests.flows.cloud import PASSWORD
from tests.flows.documents import ready, settled, upload

pytestmark = [pytest.mark.flow, pytest.mark.timeout(120, func_only=True)]

QUESTION = "What is the password of the Quillon gate?"
PRIVATE = re.compile(rf"marmalade|quillon|nora@|eyJ[\w-]{{20}}|{re.escape(PASSWORD)}", re.IGNORECASE)
"""Words of texts, questions, messages and names of files; an address, any token, the password."""


@pytest.fixture(scope="module")
def nora(whole: Stage) -> Caller:
    """Somebody who has used everything, rightly and wrongly."""
    caller = whole.front.user("nora")
    ready(caller, "quillon.txt", "The password of the Quillon gate is marmalade.")
    broken = upload(caller, "quillon.xlsx", a_workbook_with(b"marmalade"))
    assert settled(caller, broken)["status"] == "FAILED"
    assert "marmalade" in followed(caller, QUESTION)[1]["text"]
    for text in ("marmalade", 'marmalade" OR (quillon:*', "marmalade " * 2_000):
        caller.run(op.SEARCH, input={"text": text})
    caller.data(op.PUBLISH, channel="quillon", data=json.dumps("marmalade"))
    return caller


def test_logs_name_things_by_their_ids_alone(whole: Stage, nora: Caller) -> None:
    for name in ("Ingest", "Answer"):
        queue = whole.outputs[f"{name}QueueUrl"]
        whole.world.emulator.client("sqs").send_message(QueueUrl=queue, MessageBody="marmalade")
        while not any("message failed" in line for line in whole.said(name.lower())):
            time.sleep(0.05)
    said = [line for name in PROBES for line in whole.said(name)]
    assert any("a file could not be read" in line for line in said)
    assert [line for line in said if PRIVATE.search(line)] == []


def test_neither_plans_nor_files_nor_variables_have_a_key_in_them(chaliced: Stage) -> None:
    outputs, plan = chaliced.outputs, chaliced.riffle("deploy", "--plan", *chaliced.options)
    written = [path.read_text() for path in (chaliced.app / ".chalice").rglob("*.json")]
    told = "\n".join([plan.out, plan.err, json.dumps(chaliced.functions()), *written])
    assert len(written) >= 2
    assert outputs["BucketName"] in told
    assert outputs["ApiKey"] not in told
