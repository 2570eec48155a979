"""Every root field and subscription, tried by a second user with the first user's ids.

The list of attempts is compared with the schema: a field that nobody wrote an attempt for fails the test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from graphql import build_schema

from tests.flows import operations as op
from tests.flows.caller import Caller, Json, Refused

pytestmark = pytest.mark.flow
SCHEMA = Path(__file__).parents[2] / "schema.graphql"


class Cloud(Protocol):
    """What this file needs of the fixture."""

    def user(self, name: str) -> Caller: ...


@dataclass(frozen=True)
class Belongings:
    """What the first user owns and the second one tries."""

    document: str
    answer: str
    conversation: str
    channel: str


@pytest.fixture(scope="module")
def anna(cloud: Cloud) -> Caller:
    return cloud.user("anna")


@pytest.fixture(scope="module")
def binh(cloud: Cloud) -> Caller:
    return cloud.user("binh")


@pytest.fixture(scope="module")
def belongings(anna: Caller) -> Belongings:
    """A document that is READY, an answer about it, and a channel of the first user's own."""
    with anna.subscribe(op.ON_DOCUMENT) as events:
        text = "The harbour bell of Annaville rings at noon."
        document = anna.data(op.ADD_TEXT, input={"name": "bell.txt", "text": text})["addText"]
        while events.next()["onDocument"]["status"] != "READY":
            pass
    answer = anna.data(op.ASK, input={"question": "When does the harbour bell of Annaville ring?"})["ask"]
    return Belongings(document["id"], answer["id"], answer["conversationId"], f"user/{document['owner']}/in")


type Attempt = Callable[[Caller, Belongings], None]
ATTEMPTS: dict[str, Attempt] = {}


def attempt(field: str) -> Callable[[Attempt], Attempt]:
    """Registers what the second user tries on one root field."""

    def register(function: Attempt) -> Attempt:
        ATTEMPTS[field] = function
        return function

    return register


def same_as_unknown(caller: Caller, query: str, foreign: str) -> None:
    """The reply to another's id differs from that to an id that never was in nothing but the id."""
    unknown = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    theirs, nobodys = caller.error(query, id=foreign), caller.error(query, id=unknown)
    assert theirs["errorType"] == "NotFound"
    assert str(theirs).replace(foreign, unknown) == str(nobodys)


def fails(caller: Caller, query: str, error_type: str, **variables: Any) -> None:  # Any: GraphQL variables
    assert caller.error(query, **variables)["errorType"] == error_type


@attempt("Query.about")
def about_tells_nothing_of_anybody(binh: Caller, theirs: Belongings) -> None:
    assert theirs.document not in str(binh.data(op.ABOUT))


@attempt("Query.document")
def document_looks_unknown(binh: Caller, theirs: Belongings) -> None:
    same_as_unknown(binh, op.DOCUMENT, theirs.document)


@attempt("Query.documents")
def documents_lists_only_ones_own(binh: Caller, _theirs: Belongings) -> None:
    assert binh.data(op.DOCUMENTS)["documents"]["items"] == []


@attempt("Query.documentText")
def text_looks_unknown(binh: Caller, theirs: Belongings) -> None:
    same_as_unknown(binh, op.DOCUMENT_TEXT, theirs.document)


@attempt("Query.documentVersions")
def versions_look_unknown(binh: Caller, theirs: Belongings) -> None:
    same_as_unknown(binh, op.DOCUMENT_VERSIONS, theirs.document)


@attempt("Mutation.restoreDocument")
def restoring_looks_unknown(binh: Caller, theirs: Belongings) -> None:
    same_as_unknown(
        binh, op.RESTORE_DOCUMENT.replace("$version: Int!", "$version: Int! = 1"), theirs.document
    )


@attempt("Query.search")
def search_finds_nothing_even_by_id(binh: Caller, theirs: Belongings) -> None:
    for ids in ({}, {"documentIds": [theirs.document]}):
        found = binh.data(op.SEARCH, input={"text": "harbour bell of Annaville", **ids})
        assert found["search"]["passages"] == []


@attempt("Query.answer")
def answer_looks_unknown(binh: Caller, theirs: Belongings) -> None:
    same_as_unknown(binh, op.ANSWER, theirs.answer)


@attempt("Query.answers")
def answers_of_their_conversation_are_none(binh: Caller, theirs: Belongings) -> None:
    assert binh.data(op.ANSWERS, conversationId=theirs.conversation)["answers"]["items"] == []


@attempt("Query.conversations")
def conversations_lists_only_ones_own(binh: Caller, theirs: Belongings) -> None:
    listed = binh.data(op.CONVERSATIONS)["conversations"]["items"]
    assert theirs.conversation not in {each["id"] for each in listed}


@attempt("Mutation.createUpload")
def upload_of_a_new_version_looks_unknown(binh: Caller, theirs: Belongings) -> None:
    new = {"name": "bell.txt", "bytes": 10, "documentId": theirs.document}
    fails(binh, op.CREATE_UPLOAD, "NotFound", input=new)


@attempt("Mutation.addText")
def text_of_a_new_version_looks_unknown(binh: Caller, theirs: Belongings) -> None:
    new = {"name": "bell.txt", "text": "mine now", "documentId": theirs.document}
    fails(binh, op.ADD_TEXT, "NotFound", input=new)


@attempt("Mutation.retryDocument")
def retry_looks_unknown(binh: Caller, theirs: Belongings) -> None:
    same_as_unknown(binh, op.RETRY_DOCUMENT, theirs.document)


@attempt("Mutation.deleteDocument")
def delete_looks_unknown_and_deletes_nothing(binh: Caller, theirs: Belongings) -> None:
    same_as_unknown(binh, op.DELETE_DOCUMENT, theirs.document)


@attempt("Mutation.ask")
def ask_with_their_id_is_an_answer_of_ones_own(binh: Caller, theirs: Belongings) -> None:
    question = {"id": theirs.answer, "question": "When does the bell ring?"}
    mine = binh.data(op.ASK, input={**question, "conversationId": theirs.conversation})["ask"]
    assert mine["owner"] not in theirs.channel
    assert mine["question"] == "When does the bell ring?"


@attempt("Mutation.stopAnswer")
def stop_looks_unknown(binh: Caller, theirs: Belongings) -> None:
    same_as_unknown(binh, op.STOP, theirs.answer)


@attempt("Mutation.publish")
def publish_to_their_channel_is_refused(binh: Caller, theirs: Belongings) -> None:
    fails(binh, op.PUBLISH, "Unauthorized", channel=theirs.channel, data='{"a":1}')


@attempt("Mutation.publishAnswerEvent")
def workers_mutation_is_refused(binh: Caller, theirs: Belongings) -> None:
    event: Json = {"answerId": theirs.answer, "owner": "x", "seq": 1, "attempt": 1}
    event |= {"status": "COMPLETE", "offset": 0, "text": "forged"}
    query = "mutation($input: AnswerEventInput!) { publishAnswerEvent(input: $input) { answerId } }"
    fails(binh, query, "Unauthorized", input=event)


@attempt("Mutation.publishDocumentEvent")
def workers_document_mutation_is_refused(binh: Caller, theirs: Belongings) -> None:
    moment = "2026-01-01T00:00:00Z"
    event: Json = {
        "id": theirs.document,
        "owner": "x",
        "collection": "default",
        "name": "n",
        "status": "READY",
    }
    event |= {"version": 1, "createdAt": moment, "updatedAt": moment}
    query = "mutation($input: DocumentEventInput!) { publishDocumentEvent(input: $input) { id } }"
    fails(binh, query, "Unauthorized", input=event)


def refused(caller: Caller, query: str, **variables: object) -> Json:
    with pytest.raises(Refused) as error, caller.subscribe(query, **variables):
        pass
    first: Json = error.value.errors[0]
    return first


@attempt("Subscription.onAnswerEvent")
def listening_to_their_answer_is_refused(binh: Caller, theirs: Belongings) -> None:
    assert refused(binh, op.ON_ANSWER, answerId=theirs.answer)["errorType"] == "Unauthorized"


@attempt("Subscription.onDocument")
def listening_to_their_document_looks_unknown(binh: Caller, theirs: Belongings) -> None:
    foreign = refused(binh, op.ON_DOCUMENT, id=theirs.document)
    unknown = refused(binh, op.ON_DOCUMENT, id="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert foreign["errorType"] == unknown["errorType"] == "NotFound"


@attempt("Subscription.onMessage")
def listening_to_their_channel_is_refused(binh: Caller, theirs: Belongings) -> None:
    assert refused(binh, op.ON_MESSAGE, channel=theirs.channel)["errorType"] == "Unauthorized"


def root_fields() -> set[str]:
    """`Type.field` of every root field in schema.graphql."""
    builtins = "".join(f"scalar {name}\n" for name in ("AWSDateTime", "AWSJSON", "AWSURL"))
    schema = build_schema(builtins + SCHEMA.read_text(), assume_valid=True)
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    return {f"{root.name}.{field}" for root in roots if root for field in root.fields}


def test_every_root_field_has_an_attempt_by_a_second_user() -> None:
    assert set(ATTEMPTS) == root_fields()


# `ask` and the subscription guard go last: the second user's own answer then shares the first one's id.
@pytest.mark.parametrize("field", sorted(ATTEMPTS, key=lambda field: field == "Mutation.ask"))
def test_second_user_gets_nothing_of_the_first(field: str, binh: Caller, belongings: Belongings) -> None:
    ATTEMPTS[field](binh, belongings)


def test_second_user_hears_no_event_of_the_first(anna: Caller, binh: Caller) -> None:
    with binh.subscribe(op.ON_DOCUMENT) as events:
        anna.data(op.ADD_TEXT, input={"name": "quiet.txt", "text": "Nobody else hears of this."})
        assert events.quiet(3)


def test_first_user_still_has_everything(anna: Caller, belongings: Belongings) -> None:
    assert anna.data(op.DOCUMENT, id=belongings.document)["document"]["status"] == "READY"
    assert anna.data(op.ANSWER, id=belongings.answer)["answer"]["question"].startswith(
        "When does the harbour"
    )
