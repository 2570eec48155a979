"""Documents: what they are in the API, and the fields that add, show, retry and delete them."""

from typing import Annotated

import strawberry

from chalicelib import records
from chalicelib.api.appsync import (
    AWSJSON,
    AWSURL,
    BOTH,
    PEOPLE,
    WORKERS,
    AWSDateTime,
    argument,
    root_field,
    subscribes,
)
from chalicelib.api.describing import describe

describe(
    records.DocumentStatus,
    "Where a document is on its way from registration to being searchable, or out of the library.",
    {
        records.DocumentStatus.AWAITING_UPLOAD: "Registered; its file has not arrived yet.",
        records.DocumentStatus.QUEUED: "Its file is stored and waits for a worker.",
        records.DocumentStatus.EXTRACTING: "A worker is reading text out of the file.",
        records.DocumentStatus.EMBEDDING: "Passages are being embedded; `progress` says how far it is.",
        records.DocumentStatus.READY: "Its passages are in the index and answer questions.",
        records.DocumentStatus.FAILED: "It could not be read; `error` says why.",
        records.DocumentStatus.DELETING: "Its deletion was asked for and is under way.",
        records.DocumentStatus.DELETED: "File, text and passages are gone.",
    },
)

DocumentId = Annotated[strawberry.ID, argument("The document's id.", "id")]


@strawberry.type(directives=BOTH, description="Why something failed, in words fit for a person to read.")
class Problem:
    type: str = strawberry.field(description="The kind of failure, as in an error's `errorType`.")
    message: str = strawberry.field(description="What failed, naming the thing and the limit.")
    retryable: bool = strawberry.field(description="Whether the same request may succeed later.")


@strawberry.input(description="A `Problem`, as workers publish it.")
class ProblemInput(Problem):
    pass


@strawberry.type
class DocumentFields:
    """What a document and its event have in common: all but the problem, whose type differs."""

    id: strawberry.ID = strawberry.field(description="Made by the service; ids sort by age.")
    owner: strawberry.ID = strawberry.field(description="The subject of the person whose document it is.")
    collection: str = strawberry.field(
        description="The collection it belongs to, `default` if none was named."
    )
    name: str = strawberry.field(description="The file's name.")
    content_type: str | None = strawberry.field(default=None, description="The file's media type.")
    bytes: int | None = strawberry.field(default=None, description="The file's size in bytes.")
    status: records.DocumentStatus = strawberry.field(description="Where it is on its way.")
    version: int = strawberry.field(description="Counts from 1; every new upload of the document adds one.")
    pages: int | None = strawberry.field(default=None, description="Pages of the file, where it has pages.")
    passages: int | None = strawberry.field(default=None, description="Passages that it was split into.")
    progress: float | None = strawberry.field(
        default=None, description="The share of the work that is done, from 0 to 1, while a worker has it."
    )
    title: str | None = strawberry.field(default=None, description="The title that the file itself gives.")
    language: str | None = strawberry.field(
        default=None, description="The language of most of its text, as a BCP 47 tag such as `vi`."
    )
    sha256: str | None = strawberry.field(
        default=None, description="SHA-256 of the file's bytes, in hexadecimal."
    )
    attachments: list[str] = strawberry.field(
        default_factory=list, description="Names of files inside the file, which were not read."
    )
    source: str | None = strawberry.field(
        default=None, description="Where it was taken from, as a URI, if it was not simply uploaded."
    )
    passages_done: int | None = strawberry.field(
        default=None, description="How many of `passages` are embedded, while a worker has it."
    )
    seconds_left: int | None = strawberry.field(
        default=None, description="About how many seconds until it is READY, while a worker has it."
    )
    searchable_version: int | None = strawberry.field(
        default=None,
        description="The version that answers searches, also while a newer one is read or has FAILED.",
    )
    created_at: AWSDateTime = strawberry.field(description="When it was registered.")
    updated_at: AWSDateTime = strawberry.field(description="When anything about it last changed.")


@strawberry.type(directives=BOTH, description="A document in its owner's library.")
class Document(DocumentFields):
    error: Problem | None = strawberry.field(
        default=None, description="Why it FAILED; while it is QUEUED, why it waits."
    )


@strawberry.input(description="A document's present state, as workers publish it.")
class DocumentEventInput(DocumentFields):
    error: ProblemInput | None = strawberry.field(
        default=None, description="Why it FAILED; while it is QUEUED, why it waits."
    )


@strawberry.type(
    directives=PEOPLE, description="A registered document, and the form that uploads its file to S3."
)
class Upload:
    document: Document = strawberry.field(description="The document, AWAITING_UPLOAD.")
    url: AWSURL = strawberry.field(description="Where the form is posted, as `multipart/form-data`.")
    fields: AWSJSON = strawberry.field(
        description="The form's fields by name. All of them go before the field `file`; another type, or "
        "more bytes than the limit, is refused."
    )
    expires_at: AWSDateTime = strawberry.field(description="Until when the form is accepted.")


@strawberry.type(
    directives=PEOPLE,
    description="A window of a document's extracted text; start, end and length are character offsets.",
)
class DocumentText:
    document_id: strawberry.ID = strawberry.field(description="The document whose text it is.")
    version: int = strawberry.field(description="The version that was read.")
    text: str = strawberry.field(description="The characters from `start` up to `end`.")
    start: int = strawberry.field(description="Where the window starts.")
    end: int = strawberry.field(description="Where the window ends; the character there is not part of it.")
    length: int = strawberry.field(description="Length of the whole text.")


@strawberry.type(directives=PEOPLE, description="One version of a document, as it answered searches.")
class DocumentVersion:
    version: int = strawberry.field(description="Counts from 1.")
    name: str = strawberry.field(description="The file's name then.")
    content_type: str | None = strawberry.field(description="The file's media type.")
    bytes: int | None = strawberry.field(description="The file's size in bytes.")
    sha256: str | None = strawberry.field(description="SHA-256 of the file's bytes, in hexadecimal.")
    pages: int | None = strawberry.field(description="Pages of the file, where it has pages.")
    passages: int | None = strawberry.field(description="Passages that it was split into.")
    created_at: AWSDateTime = strawberry.field(description="When it became READY.")
    current: bool = strawberry.field(description="Whether it is the one that answers searches.")


@strawberry.type(directives=PEOPLE, description="One page of documents, newest first.")
class DocumentPage:
    items: list[Document] = strawberry.field(description="The documents of this page.")
    next_token: str | None = strawberry.field(description="Asks for the next page; null on the last.")


@strawberry.input(description="A file to be uploaded.")
class CreateUploadInput:
    name: str = strawberry.field(description="The file's name, at most 200 characters, without slashes.")
    content_type: str | None = strawberry.field(
        default=None, description="The file's media type; found by its name if absent."
    )
    bytes: int = strawberry.field(description="The file's size in bytes.")
    collection: str | None = strawberry.field(
        default=None, description="Letters, digits, `-`, `_` and `.`; `default` if absent."
    )
    document_id: strawberry.ID | None = strawberry.field(
        default=None, description="Makes the file a new version of this document."
    )
    source: str | None = strawberry.field(
        default=None, description="Where it is taken from, as a URI of at most 1,000 characters."
    )


@strawberry.input(description="A text to be stored as a document.")
class AddTextInput:
    name: str = strawberry.field(description="A file name for it; `.md` and `.html` are read as such.")
    text: str = strawberry.field(description="The text, at most 200,000 bytes in UTF-8.")
    collection: str | None = strawberry.field(
        default=None, description="Letters, digits, `-`, `_` and `.`; `default` if absent."
    )
    document_id: strawberry.ID | None = strawberry.field(
        default=None, description="Makes the text a new version of this document."
    )


@strawberry.type
class DocumentQueries:
    @root_field(Document | None, PEOPLE, "One of the caller's documents; NotFound for any other id.")
    def document(self, document_id: DocumentId) -> None: ...

    @root_field(DocumentPage, PEOPLE, "The caller's documents, newest first.")
    def documents(
        self,
        collection: Annotated[str | None, argument("Only documents of this collection.")] = None,
        limit: Annotated[int | None, argument("Documents per page, 1 to 100; 25 if absent.")] = None,
        next_token: Annotated[str | None, argument("The `nextToken` of the page before.")] = None,
    ) -> None: ...

    @root_field(DocumentText | None, PEOPLE, "A window of the extracted text, at most 200,000 characters.")
    def document_text(
        self,
        document_id: DocumentId,
        version: Annotated[int | None, argument("A version; the one that is searched if absent.")] = None,
        start: Annotated[int | None, argument("Where the window starts; 0 if absent.")] = None,
        end: Annotated[int | None, argument("Where it ends; as far as the limit if absent.")] = None,
    ) -> None: ...

    @root_field(
        list[DocumentVersion],
        PEOPLE,
        "The versions of a document that can be read and restored, newest first; the last 10 are kept.",
    )
    def document_versions(self, document_id: DocumentId) -> None: ...


@strawberry.type
class DocumentMutations:
    @root_field(Upload, PEOPLE, "Registers a document and returns the form that uploads its file.")
    def create_upload(
        self, given: Annotated[CreateUploadInput, argument("The file to be uploaded.", "input")]
    ) -> None: ...

    @root_field(Document, PEOPLE, "Stores a text as a document, without an upload.")
    def add_text(self, given: Annotated[AddTextInput, argument("The text.", "input")]) -> None: ...

    @root_field(
        Document,
        PEOPLE,
        "Tries a FAILED document once more, or embeds a READY one anew where the embedding model has changed "
        "since.",
    )
    def retry_document(self, document_id: DocumentId) -> None: ...

    @root_field(Document, PEOPLE, "Makes an earlier version of a document its newest once more.")
    def restore_document(
        self,
        document_id: DocumentId,
        version: Annotated[int, argument("One of `documentVersions`.")],
    ) -> None: ...

    @root_field(
        Document,
        PEOPLE,
        "Begins to delete a document: its file, text and passages. Asking twice is harmless.",
    )
    def delete_document(self, document_id: DocumentId) -> None: ...

    @root_field(Document, WORKERS, "Tells the owner's subscribers how a document is now.")
    def publish_document_event(
        self,
        given: Annotated[DocumentEventInput, argument("The document's present state.", "input")],
    ) -> None: ...


@strawberry.type
class DocumentSubscriptions:
    @root_field(
        Document | None,
        subscribes("publishDocumentEvent"),
        "Changes of the caller's documents, or of one of them.",
    )
    def on_document(
        self,
        document_id: Annotated[strawberry.ID | None, argument("Only this document.", "id")] = None,
    ) -> None: ...
