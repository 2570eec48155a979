"""What answers the fields of Query and Mutation, one function each. `schema.graphql` says what they are.

They know nothing of Strawberry, which declares the fields for that file: a function that answers one field
would wait for a whole schema to be built first.
"""

from collections.abc import Callable, Sequence

from chalicelib.api.arguments import Arguments
from chalicelib.api.caller import Caller
from chalicelib.documents.formats import content_types
from chalicelib.records import (
    About,
    Answer,
    Conversation,
    Document,
    DocumentText,
    DocumentVersion,
    Filter,
    Page,
    SearchMode,
    SearchResult,
    Upload,
)

type Resolver = Callable[[Caller, Arguments], object]


def about(caller: Caller, _: Arguments) -> About:
    settings = caller.use.settings
    return About(
        chat_model=settings.chat_model,
        embedding_model=settings.embedding_model,
        max_question_chars=settings.limits.question_chars,
        max_upload_bytes=settings.limits.document_bytes,
        content_types=content_types(ocr=bool(settings.ocr_model)),
    )


def document(caller: Caller, given: Arguments) -> Document:
    return caller.use.library.get(caller.owner, given.need("id", str))


def documents(caller: Caller, given: Arguments) -> Page[Document]:
    return caller.use.library.list(
        caller.owner,
        collection=given.get("collection", str),
        limit=given.get("limit", int),
        next_token=given.get("nextToken", str),
    )


def document_text(caller: Caller, given: Arguments) -> DocumentText:
    return caller.use.library.text(
        caller.owner,
        given.need("id", str),
        version=given.get("version", int),
        start=given.get("start", int) or 0,
        end=given.get("end", int),
    )


def document_versions(caller: Caller, given: Arguments) -> Sequence[DocumentVersion]:
    return caller.use.library.versions(caller.owner, given.need("id", str))


def create_upload(caller: Caller, given: Arguments) -> Upload:
    file = given.input("input")
    return caller.use.library.create_upload(
        caller.owner,
        name=file.need("name", str),
        content_type=file.get("contentType", str),
        size=file.need("bytes", int),
        collection=file.get("collection", str),
        document_id=file.get("documentId", str),
        source=file.get("source", str),
    )


def add_text(caller: Caller, given: Arguments) -> Document:
    text = given.input("input")
    return caller.use.library.add_text(
        caller.owner,
        name=text.need("name", str),
        text=text.need("text", str),
        collection=text.get("collection", str),
        document_id=text.get("documentId", str),
    )


def retry_document(caller: Caller, given: Arguments) -> Document:
    return caller.use.library.retry(caller.owner, given.need("id", str))


def restore_document(caller: Caller, given: Arguments) -> Document:
    return caller.use.library.restore(caller.owner, given.need("id", str), given.need("version", int))


def delete_document(caller: Caller, given: Arguments) -> Document:
    return caller.use.library.delete(caller.owner, given.need("id", str))


def search(caller: Caller, given: Arguments) -> SearchResult:
    wanted = given.input("input")
    return caller.use.searcher.search(
        caller.owner,
        wanted.need("text", str),
        within=_filter(wanted),
        limit=wanted.get("limit", int),
        mode=wanted.choice("mode", SearchMode) or SearchMode.HYBRID,
        rerank=wanted.choose("rerank"),
    )


def _filter(given: Arguments) -> Filter:
    return Filter(
        collection=given.get("collection", str),
        document_ids=given.texts("documentIds"),
        names=given.texts("names"),
        content_types=given.texts("contentTypes"),
        languages=given.texts("languages"),
        created_after=given.instant("createdAfter"),
        created_before=given.instant("createdBefore"),
    )


def ask(caller: Caller, given: Arguments) -> Answer:
    question = given.input("input")
    return caller.use.desk.ask(
        caller.owner,
        id=question.get("id", str),
        question=question.need("question", str),
        conversation_id=question.get("conversationId", str),
        within=_filter(question),
        rewrite=question.flag("rewrite", absent=True),
        split=question.flag("split", absent=True),
        model=question.get("model", str),
    )


def stop_answer(caller: Caller, given: Arguments) -> Answer:
    return caller.use.desk.stop(caller.owner, given.need("id", str))


def answer(caller: Caller, given: Arguments) -> Answer:
    return caller.use.desk.get(caller.owner, given.need("id", str))


def answers(caller: Caller, given: Arguments) -> Page[Answer]:
    return caller.use.desk.list(
        caller.owner,
        conversation_id=given.get("conversationId", str),
        limit=given.get("limit", int),
        next_token=given.get("nextToken", str),
    )


def conversations(caller: Caller, given: Arguments) -> Page[Conversation]:
    return caller.use.desk.conversations(
        caller.owner, limit=given.get("limit", int), next_token=given.get("nextToken", str)
    )


RESOLVERS: dict[str, dict[str, Resolver]] = {
    "Query": {
        "about": about,
        "document": document,
        "documents": documents,
        "documentText": document_text,
        "documentVersions": document_versions,
        "search": search,
        "answer": answer,
        "answers": answers,
        "conversations": conversations,
    },
    "Mutation": {
        "createUpload": create_upload,
        "addText": add_text,
        "retryDocument": retry_document,
        "restoreDocument": restore_document,
        "deleteDocument": delete_document,
        "ask": ask,
        "stopAnswer": stop_answer,
    },
}
"""By type and field. The rest of Mutation, and all of Subscription, is resolver code in `appsync/`."""
