"""Search: passages with scores, without an answer written about them."""

from typing import Annotated

import strawberry

from chalicelib import records
from chalicelib.api.appsync import BOTH, PEOPLE, AWSDateTime, argument, root_field
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


@strawberry.type(
    directives=BOTH,
    description="Why a passage stands where it does. Ranks count from 1; null where that search missed it.",
)
class Ranking:
    vector_score: float | None = strawberry.field(
        default=None, description="Cosine similarity of its embedding and the question's."
    )
    vector_rank: int | None = strawberry.field(default=None, description="Its rank by meaning.")
    text_score: float | None = strawberry.field(default=None, description="BM25 of the question's words.")
    text_rank: int | None = strawberry.field(default=None, description="Its rank by words.")
    fused_score: float | None = strawberry.field(default=None, description="Both scores fused.")
    fused_rank: int | None = strawberry.field(default=None, description="Its rank by the fused score.")
    rerank_score: float | None = strawberry.field(
        default=None, description="What the reranking model made of it; null where none was asked."
    )


@strawberry.input(description="A `Ranking`, as workers publish it.")
class RankingInput(Ranking):
    pass


@strawberry.type
class PassageFields:
    """What a passage and its input have in common: all but the ranking, whose type differs."""

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
    headings: list[str] = strawberry.field(
        default_factory=list, description="The headings that it is under, outermost first."
    )
    language: str | None = strawberry.field(
        default=None, description="Its language, as a BCP 47 tag such as `vi`; null if it could not be told."
    )


@strawberry.type(directives=BOTH, description="A stretch of a document's extracted text.")
class Passage(PassageFields):
    ranking: Ranking | None = strawberry.field(default=None, description="Why it stands where it does.")


@strawberry.input(description="A `Passage`, as workers publish it.")
class PassageInput(PassageFields):
    ranking: RankingInput | None = strawberry.field(default=None, description="Why it stands where it does.")


@strawberry.input
class FilterFields:
    """What a search and a question may be narrowed to."""

    collection: str | None = strawberry.field(default=None, description="Only documents of this collection.")
    document_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only these documents, at most 50."
    )
    names: list[str] | None = strawberry.field(
        default=None, description="Only files of these names, at most 50, whatever their case."
    )
    content_types: list[str] | None = strawberry.field(
        default=None, description="Only files of these media types, at most 50."
    )
    languages: list[str] | None = strawberry.field(
        default=None, description="Only passages in these languages, as BCP 47 tags, at most 50."
    )
    created_after: AWSDateTime | None = strawberry.field(
        default=None, description="Only documents whose version was registered after this."
    )
    created_before: AWSDateTime | None = strawberry.field(
        default=None, description="Only documents whose version was registered before this."
    )


@strawberry.type(directives=PEOPLE, description="What a search found.")
class SearchResult:
    passages: list[Passage] = strawberry.field(description="The passages, best first.")
    mode: records.SearchMode = strawberry.field(description="How they were found.")
    took_ms: int = strawberry.field(description="How long it took, in milliseconds.")


@strawberry.input(description="What to search for, and where.")
class SearchInput(FilterFields):
    text: str = strawberry.field(description="Words or a question, at most 8,000 characters.")
    limit: int | None = strawberry.field(default=None, description="Passages to return, 1 to 50.")
    mode: records.SearchMode | None = strawberry.field(
        default=None, description="How to search; HYBRID if absent."
    )
    rerank: bool | None = strawberry.field(
        default=None,
        description="Whether the reranking model reads the best passages once more; as deployed if absent.",
    )


@strawberry.type
class SearchQueries:
    @root_field(SearchResult, PEOPLE, "Passages of the caller's documents that fit a text, best first.")
    def search(
        self, given: Annotated[SearchInput, argument("What to search for, and where.", "input")]
    ) -> None: ...
