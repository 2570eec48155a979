"""What must be refused, each with a typed error that names the thing and the limit, and nothing stored."""

import io
import json
from typing import Protocol

import httpx
import pytest

from tests.flows import operations as op
from tests.flows.caller import Caller, Json

pytestmark = pytest.mark.flow


class Cloud(Protocol):
    """What this file needs of the fixture."""

    def user(self, name: str) -> Caller: ...


@pytest.fixture(scope="module")
def carla(cloud: Cloud) -> Caller:
    return cloud.user("carla")


def clean(error: Json) -> Json:
    """The error itself, once it is sure that it shows no path and no stack."""
    assert "Traceback" not in json.dumps(error)
    assert ".py" not in error["message"]
    return error


@pytest.mark.parametrize("question", ["", "   \n\t "])
def test_empty_question_is_invalid(carla: Caller, question: str) -> None:
    error = clean(carla.error(op.ASK, input={"question": question}))
    assert error["errorType"] == "InvalidInput"
    assert "question" in error["message"]


def test_question_over_the_limit_names_both_figures(carla: Caller) -> None:
    error = clean(carla.error(op.ASK, input={"question": "x" * 8_001}))
    assert error["errorType"] == "InvalidInput"
    assert "8,001" in error["message"]
    assert "8,000" in error["message"]


def test_refused_questions_store_nothing(carla: Caller) -> None:
    assert carla.data(op.ANSWERS)["answers"]["items"] == []
    assert carla.data(op.CONVERSATIONS)["conversations"]["items"] == []


def test_file_over_the_limit_is_too_large(carla: Caller) -> None:
    error = clean(carla.error(op.CREATE_UPLOAD, input={"name": "big.pdf", "bytes": 60 * 1024 * 1024}))
    assert error["errorType"] == "TooLarge"
    assert "big.pdf" in error["message"]
    assert "50 MB" in error["message"]


def test_type_nobody_can_read_is_unsupported(carla: Caller) -> None:
    error = clean(carla.error(op.CREATE_UPLOAD, input={"name": "song.mp3", "bytes": 10}))
    assert error["errorType"] == "UnsupportedType"
    assert "song.mp3" in error["message"]


def test_reranking_without_a_model_for_it_says_what_to_do(carla: Caller) -> None:
    """No model that runs on this machine reranks; a search that leaves it open goes on without."""
    error = clean(carla.error(op.SEARCH, input={"text": "the moon", "rerank": True}))
    assert error["errorType"] == "InvalidInput"
    assert error["message"] == "rerank is true, and no reranking model is deployed here; leave it out"
    for rerank in (False, None):
        found = carla.data(op.SEARCH, input={"text": "the moon", "rerank": rerank})
        assert found["search"]["mode"] == "HYBRID"


def upload(caller: Caller, name: str, data: bytes, declared: int | None = None) -> tuple[str, httpx.Response]:
    """A presigned post, sent; the document's id and S3's reply."""
    size = {"name": name, "bytes": declared or len(data)}
    post = caller.data(op.CREATE_UPLOAD, input=size)["createUpload"]
    reply = httpx.post(post["url"], data=json.loads(post["fields"]), files={"file": (name, data)}, timeout=30)
    return post["document"]["id"], reply


def final_state(caller: Caller, document: str) -> Json:
    """The document once it is READY or FAILED."""
    with caller.subscribe(op.ON_DOCUMENT, id=document) as events:
        now: Json = caller.data(op.DOCUMENT, id=document)["document"]
        while now["status"] not in {"READY", "FAILED"}:
            events.next()
            now = caller.data(op.DOCUMENT, id=document)["document"]
    return now


def test_post_used_for_something_larger_is_refused_by_s3(carla: Caller) -> None:
    document, reply = upload(carla, "small.txt", b"x" * 5_000, declared=10)
    assert reply.status_code in {400, 403}
    assert carla.data(op.DOCUMENT, id=document)["document"]["status"] == "AWAITING_UPLOAD"


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("empty.txt", b"\n", "NoText"),
        ("broken.pdf", b"%PDF-1.7 and then nothing", "Unreadable"),
        ("zipped.docx", b"PK\x03\x04 not a package", "Unreadable"),
        ("photo.png", b"\x89PNG\r\n\x1a\n", "NoText"),
    ],
)
def test_file_without_text_fails_with_its_reason(carla: Caller, name: str, data: bytes, problem: str) -> None:
    document, reply = upload(carla, name, data)
    assert reply.is_success
    failed = final_state(carla, document)
    assert failed["status"] == "FAILED"
    assert failed["error"]["type"] == problem
    assert name in failed["error"]["message"]


def test_scanned_pdf_has_no_text(carla: Caller, scanned_pdf: bytes) -> None:
    document, _ = upload(carla, "scan.pdf", scanned_pdf)
    assert final_state(carla, document)["error"]["type"] == "NoText"


@pytest.fixture
def scanned_pdf() -> bytes:
    """A page that holds a drawing and no text."""
    import pypdfium2  # type: ignore[import-untyped] # ships no types

    pdf = pypdfium2.PdfDocument.new()
    pdf.new_page(200, 200)
    buffer = io.BytesIO()
    pdf.save(buffer)
    return buffer.getvalue()


def test_failed_document_can_be_deleted(carla: Caller) -> None:
    document, _ = upload(carla, "void.txt", b" ")
    assert final_state(carla, document)["status"] == "FAILED"
    assert carla.data(op.DELETE_DOCUMENT, id=document)["deleteDocument"]["status"] in {"DELETING", "DELETED"}


@pytest.mark.parametrize("body", [b"", b"{", b'{"query": "query {"}', b"[]"])
def test_malformed_graphql_is_a_400_with_a_type(carla: Caller, body: bytes) -> None:
    reply = httpx.post(carla.url, content=body, headers={"authorization": carla.token})
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["errorType"] == "MalformedHttpRequestException"


def test_request_without_credentials_is_a_401(carla: Caller) -> None:
    reply = httpx.post(carla.url, json={"query": op.ABOUT})
    assert reply.status_code == 401
    assert reply.json()["errors"][0]["errorType"] == "UnauthorizedException"


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
def test_forged_token_is_a_401(carla: Caller, token: str) -> None:
    reply = httpx.post(carla.url, json={"query": op.ABOUT}, headers={"authorization": token})
    assert reply.status_code == 401
