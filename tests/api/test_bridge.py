"""From AppSync's events to results and errors, over the real stores."""

import logging
from typing import Any, cast

import pytest
from chalicelib.api.bridge import bridge
from chalicelib.api.caller import UseCases
from chalicelib.bootstrap import Services

from tests.api.conftest import Context, Event, asking, recorded

DOCUMENT = "id owner name status version contentType createdAt error"


def ask(use: UseCases, event: Event) -> dict[str, Any]:
    result: dict[str, Any] = bridge(use).resolve(event, cast("Any", Context()))
    return result


def added(services: Services, owner: str, name: str = "a.txt") -> dict[str, Any]:
    event = asking("Mutation.addText", owner, DOCUMENT, input={"name": name, "text": "A bell rings."})
    document: dict[str, Any] = ask(services, event)["data"]
    return document


def test_a_result_is_in_wire_names_and_as_selected(services: Services, owner: str) -> None:
    document = added(services, owner)
    assert document.keys() == set(DOCUMENT.split())
    assert (document["owner"], document["status"], document["version"]) == (owner, "QUEUED", 1)
    assert document["createdAt"].endswith("Z")


def test_a_stored_document_is_read_back(services: Services, owner: str) -> None:
    document = added(services, owner)
    assert ask(services, asking("Query.document", owner, DOCUMENT, id=document["id"]))["data"] == document
    listed = ask(services, asking("Query.documents", owner, "items items/id nextToken"))["data"]
    assert listed == {"items": [{"id": document["id"]}], "nextToken": None}


def test_another_owners_document_is_unknown_in_the_same_words(services: Services, owner: str) -> None:
    theirs = added(services, owner)["id"]
    known = ask(services, asking("Query.document", "someone-else", DOCUMENT, id=theirs))
    unknown = ask(services, asking("Query.document", "someone-else", DOCUMENT, id="nothing"))
    assert known["errorMessage"] == f"document '{theirs}' does not exist"
    assert known == unknown | {"errorMessage": known["errorMessage"]}
    assert unknown == {
        "data": None,
        "errorType": "NotFound",
        "errorMessage": "document 'nothing' does not exist",
        "errorInfo": {"retryable": False},
    }


def test_an_owner_that_a_client_sends_is_not_looked_at(services: Services, owner: str) -> None:
    event = asking("Query.document", "someone-else", DOCUMENT, id=added(services, owner)["id"])
    event["arguments"]["owner"] = owner
    event["request"]["headers"] |= {"x-owner": owner, "x-amz-sub": owner}
    event["info"]["variables"] = {"owner": owner, "sub": owner}
    assert ask(services, event)["errorType"] == "NotFound"


def test_an_api_key_may_ask_what_this_is(services: Services) -> None:
    about = ask(services, recorded("about"))["data"]
    assert about.keys() == {"chatModel", "contentTypes"}
    assert "application/pdf" in about["contentTypes"]


@pytest.mark.parametrize("event", [asking("Query.document", None, id="a"), recorded("document_iam")])
def test_who_is_no_person_owns_nothing(services: Services, event: Event) -> None:
    assert ask(services, event)["errorType"] == "Unauthorized"


def test_a_subject_outside_a_verified_token_is_no_owner(services: Services) -> None:
    event = recorded("document_iam")
    event["identity"]["sub"] = "ana"
    assert ask(services, event)["errorType"] == "Unauthorized"


def test_an_aliased_selection_is_sent_whole(services: Services, owner: str) -> None:
    """AppSync lists the alias, and looks the value up by the field's name."""
    event = asking("Query.document", owner, "theName", id=added(services, owner, "b.txt")["id"])
    event["info"]["selectionSetGraphQL"] = "{ theName: name }"
    assert ask(services, event)["data"]["name"] == "b.txt"


@pytest.mark.parametrize(
    ("field", "arguments", "told"),
    [
        ("Query.document", {}, "id"),
        ("Query.document", {"id": 3.5}, "id"),
        ("Query.documents", {"limit": "ten"}, "limit"),
        ("Query.documents", {"limit": 0}, "limit"),
        ("Query.documents", {"nextToken": "not a token"}, "nextToken"),
        ("Query.search", {"input": {"text": "a", "mode": "FUZZY"}}, "input.mode"),
        ("Mutation.ask", {"input": {}}, "question"),
        ("Mutation.ask", {"input": {"question": "  "}}, "question is empty"),
        ("Mutation.ask", {"input": {"question": "x" * 8001}}, "8,000"),
        ("Mutation.ask", {"input": {"question": ["a"]}}, "input.question"),
        ("Mutation.createUpload", {"input": {"name": "a/b.txt", "bytes": 1}}, "name"),
        ("Mutation.createUpload", {"input": {"name": "a.txt", "bytes": "1"}}, "input.bytes"),
        ("Mutation.addText", {"input": None}, "input"),
    ],
)
def test_wrong_arguments_are_named(
    services: Services, owner: str, field: str, arguments: Event, told: str
) -> None:
    result = ask(services, asking(field, owner, **arguments))
    assert (result["data"], result["errorType"]) == (None, "InvalidInput")
    assert told in result["errorMessage"]


def test_asking_twice_with_one_id_is_one_answer(services: Services, owner: str) -> None:
    event = asking("Mutation.ask", owner, "id status text citations", input={"id": "q1", "question": "Why?"})
    first, second = ask(services, event), ask(services, event)
    assert first == second == {"data": {"id": "q1", "status": "QUEUED", "text": "", "citations": []}}
    listed = ask(services, asking("Query.answers", owner, "items items/id"))["data"]
    assert listed == {"items": [{"id": "q1"}]}


def test_an_upload_comes_with_its_form(services: Services, owner: str) -> None:
    event = asking("Mutation.createUpload", owner, input={"name": "a.pdf", "bytes": 10})
    upload = ask(services, event)["data"]
    assert upload["document"]["status"] == "AWAITING_UPLOAD"
    assert upload["fields"]["key"] == f"uploads/{owner}/{upload['document']['id']}/1/a.pdf"
    assert upload["fields"]["Content-Type"] == "application/pdf"


class Broken:
    """A defect in every use case, with what no client may read in its message."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError("secret of /var/task/somewhere")


def test_a_defect_is_logged_and_hidden(caplog: pytest.LogCaptureFixture, owner: str) -> None:
    with caplog.at_level(logging.ERROR, "chalicelib"):
        result = ask(cast("UseCases", Broken()), asking("Query.document", owner, id="a"))
    assert result["errorType"] == "InternalFailure"
    assert result["errorMessage"] == "the request could not be completed; its id is 6f1d0c9e"
    assert "secret of /var/task/somewhere" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("field", ["Query.nothing", "Nothing.document", "Mutation.publish"])
def test_a_field_that_no_function_answers_is_an_internal_failure(
    services: Services, owner: str, field: str
) -> None:
    result = ask(services, asking(field, owner, channel="a", data={}))
    assert result["errorType"] == "InternalFailure"
    assert field.split(".")[1] not in result["errorMessage"]
