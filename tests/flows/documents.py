"""Putting documents into a running cloud and waiting for them, as flow tests do."""

import json

import httpx

from tests.flows import operations as op
from tests.flows.caller import Caller, Json

FINAL = {"READY", "FAILED", "DELETED"}


def add_text(caller: Caller, name: str, text: str) -> str:
    """The id of a document that was accepted, and is not READY yet."""
    added = caller.data(op.ADD_TEXT, input={"name": name, "text": text})["addText"]
    identifier: str = added["id"]
    return identifier


def upload(caller: Caller, name: str, data: bytes, document: str | None = None) -> str:
    """Posts a file as a browser does; returns the document's id."""
    request: Json = {"name": name, "bytes": len(data), "documentId": document}
    post = caller.data(op.CREATE_UPLOAD, input=request)["createUpload"]
    fields = json.loads(post["fields"])
    httpx.post(post["url"], data=fields, files={"file": (name, data)}, timeout=30).raise_for_status()
    identifier: str = post["document"]["id"]
    return identifier


def settled(caller: Caller, document: str, seconds: float = 60) -> Json:
    """The document once it is READY or FAILED, told by its events."""
    with caller.subscribe(op.ON_DOCUMENT, id=document) as events:
        now: Json = caller.data(op.DOCUMENT, id=document)["document"]
        while now["status"] not in FINAL:
            events.next(seconds)
            now = caller.data(op.DOCUMENT, id=document)["document"]
    return now


def ready(caller: Caller, name: str, text: str) -> str:
    """The id of a document that can be asked about."""
    document = add_text(caller, name, text)
    assert settled(caller, document)["status"] == "READY"
    return document
