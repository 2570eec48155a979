"""Search: passages with scores, without an answer written about them."""

from typing import Annotated

import strawberry

from chalicelib import records
from chalicelib.api.appsync import BOTH, PEOPLE, argument, root_field
from chalicelib.api.describing import describe

describe(
    records.SearchMode,
    "How passages are found.",
    {
        records.SearchMode.HYBRID: "By meaning and by words, the two rankings fused.",
        records.SearchMode.VECTOR: "By meaning alone: nearness of embeddings.",
        records.SearchMode.TEXT: "By words alone: BM25.",
    },
)


@strawberry.type(directives=BOTH, description="A stretch of a document's extracted text.")
class Passage:
    id: strawberry.ID = strawberry.field(description="The passage's id.")
    document_id: strawberry.ID = strawberry.field(description="The document it is from.")
    document_name: str = strawberry.field(description="That document's file name.")
    version: int = strawberry.field(description="The version of the document that it is from.")
    text: str = strawberry.field(description="The passage itself.")
    page: int | None = strawberry.field(
        default=None, description="The page it starts on, counted from 1, where the file has pages."
    )
    start: int = strawberry.field(description="Character offset in the extracted text where it starts.")
    end: int = strawberry.field(
        description="Character offset where it ends; that character is not part of it."
    )
    score: float = strawberry.field(description="Its rank's score: higher is better, within one search only.")


@strawberry.input(description="A `Passage`, as workers publish it.")
class PassageInput(Passage):
    pass


@strawberry.type(directives=PEOPLE, description="What a search found.")
class SearchResult:
    passages: list[Passage] = strawberry.field(description="The passages, best first.")
    mode: records.SearchMode = strawberry.field(description="How they were found.")
    took_ms: int = strawberry.field(description="How long it took, in milliseconds.")


@strawberry.input(description="What to search for, and where.")
class SearchInput:
    text: str = strawberry.field(description="Words or a question, at most 8,000 characters.")
    collection: str | None = strawberry.field(default=None, description="Only documents of this collection.")
    document_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only these documents, at most 50."
    )
    limit: int | None = strawberry.field(default=None, description="Passages to return, 1 to 50.")
    mode: records.SearchMode | None = strawberry.field(
        default=None, description="How to search; HYBRID if absent."
    )


@strawberry.type
class SearchQueries:
    @root_field(SearchResult, PEOPLE, "Passages of the caller's documents that fit a text, best first.")
    def search(
        self, given: Annotated[SearchInput, argument("What to search for, and where.", "input")]
    ) -> None: ...
