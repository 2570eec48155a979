"""Answers: asking, following the stream, stopping, and coming back to earlier conversations."""

from typing import Annotated

import strawberry

from chalicelib import records
from chalicelib.api.appsync import (
    BOTH,
    PEOPLE,
    WORKERS,
    AWSDateTime,
    argument,
    root_field,
    subscribes,
)
from chalicelib.api.describing import describe
from chalicelib.api.documents import Problem, ProblemInput
from chalicelib.api.search import FilterFields, Passage, PassageInput

describe(
    records.AnswerStatus,
    "Where an answer is on its way. All but the first three are final: no event follows them.",
    {
        records.AnswerStatus.QUEUED: "Stored, and waiting for a worker.",
        records.AnswerStatus.RETRIEVING: "A worker is looking for passages.",
        records.AnswerStatus.STREAMING: "The model is writing; `text` grows.",
        records.AnswerStatus.COMPLETE: "The model came to its end.",
        records.AnswerStatus.PARTIAL: "The model broke off; `text` is what came before, `error` says why.",
        records.AnswerStatus.STOPPED: "Its owner stopped it; `text` is what came before.",
        records.AnswerStatus.REFUSED: "The documents do not answer the question, or the model declined it.",
        records.AnswerStatus.FAILED: "There is no answer; `error` says why.",
    },
)

AnswerId = Annotated[strawberry.ID, argument("The answer's id.", "id")]
Limit = Annotated[int | None, argument("Items per page, 1 to 100; 20 if absent.")]
NextToken = Annotated[str | None, argument("The `nextToken` of the page before.")]


@strawberry.type
class CitationFields:
    """What a citation and its input have in common."""

    marker: int = strawberry.field(description="The number in the text: `[1]` is marker 1.")
    quote: str | None = strawberry.field(
        default=None, description="The words of the passage that bear it out."
    )


@strawberry.type(directives=BOTH, description="A passage that the text refers to by its marker.")
class Citation(CitationFields):
    passage: Passage = strawberry.field(description="The passage.")


@strawberry.input(description="A `Citation`, as workers publish it.")
class CitationInput(CitationFields):
    passage: PassageInput = strawberry.field(description="The passage.")


@strawberry.type(directives=BOTH, description="What an answer took: tokens, money and milliseconds.")
class Usage:
    input_tokens: int = strawberry.field(description="Tokens of the prompt.")
    output_tokens: int = strawberry.field(description="Tokens that the model wrote.")
    cost_usd: float | None = strawberry.field(
        default=None, description="Cost in US dollars; null where the model's price is not known."
    )
    model: str = strawberry.field(description="The model that answered.")
    cached: bool = strawberry.field(description="Whether a stored answer was given instead of a new one.")
    retrieval_ms: int = strawberry.field(description="From the worker's start to the passages.")
    first_token_ms: int | None = strawberry.field(
        default=None, description="From the worker's start to the first token; null if none came."
    )
    total_ms: int = strawberry.field(description="From the worker's start to the end.")


@strawberry.input(description="`Usage`, as workers publish it.")
class UsageInput(Usage):
    pass


@strawberry.type(directives=PEOPLE, description="A question and its answer so far.")
class Answer:
    id: strawberry.ID = strawberry.field(description="Made by the client that asked, or by the service.")
    owner: strawberry.ID = strawberry.field(description="The subject of the person who asked.")
    conversation_id: strawberry.ID = strawberry.field(description="The conversation it belongs to.")
    question: str = strawberry.field(description="What was asked.")
    status: records.AnswerStatus = strawberry.field(description="Where it is on its way.")
    text: str = strawberry.field(description="The text so far; markers such as `[1]` refer to citations.")
    last_seq: int = strawberry.field(description="`seq` of the last event whose text is in `text`.")
    attempt: int = strawberry.field(description="The attempt that `text` and `lastSeq` are of.")
    citations: list[Citation] = strawberry.field(description="The passages that the text refers to.")
    queries: list[str] = strawberry.field(
        description="What was searched for: the question, or what it was made into; empty until then."
    )
    usage: Usage | None = strawberry.field(description="What it took; null until it has ended.")
    error: Problem | None = strawberry.field(description="Why it is PARTIAL, REFUSED or FAILED.")
    created_at: AWSDateTime = strawberry.field(description="When it was asked.")
    updated_at: AWSDateTime = strawberry.field(description="When it last changed.")


@strawberry.type
class AnswerEventFields:
    """What an event and its input have in common."""

    answer_id: strawberry.ID = strawberry.field(description="The answer that it is a step of.")
    owner: strawberry.ID = strawberry.field(description="The subject of the person who asked.")
    seq: int = strawberry.field(description="Counts from 1 within an attempt.")
    attempt: int = strawberry.field(description="A higher attempt starts over, at offset 0.")
    status: records.AnswerStatus = strawberry.field(description="The answer's status after this step.")
    offset: int = strawberry.field(description="Where in the answer `text` belongs, in characters.")
    text: str = strawberry.field(description="The text that this step appends; may be empty.")
    queries: list[str] | None = strawberry.field(
        default=None,
        description="What is searched for, told once where the question was rewritten or split; else null.",
    )


@strawberry.type(
    directives=BOTH,
    description="One step of an answer's stream. Every event applied once, in order of `seq` from 1, gives "
    "the answer's text exactly; `offset` shows duplicates and gaps.",
)
class AnswerEvent(AnswerEventFields):
    citations: list[Citation] | None = strawberry.field(
        description="All citations so far; null if unchanged."
    )
    usage: Usage | None = strawberry.field(description="What the answer took, with its last event.")
    error: Problem | None = strawberry.field(description="Why it ended early.")


@strawberry.input(description="An `AnswerEvent`, as workers publish it.")
class AnswerEventInput(AnswerEventFields):
    citations: list[CitationInput] | None = strawberry.field(
        default=None, description="All citations so far; null if unchanged."
    )
    usage: UsageInput | None = strawberry.field(
        default=None, description="What the answer took, with its last event."
    )
    error: ProblemInput | None = strawberry.field(default=None, description="Why it ended early.")


@strawberry.type(
    directives=PEOPLE, description="Questions asked one after another, each knowing those before."
)
class Conversation:
    id: strawberry.ID = strawberry.field(description="Made by the client, or by the service.")
    title: str = strawberry.field(description="The beginning of its first question.")
    created_at: AWSDateTime = strawberry.field(description="When its first question was asked.")
    updated_at: AWSDateTime = strawberry.field(description="When its latest question was asked.")


@strawberry.type(directives=PEOPLE, description="One page of answers.")
class AnswerPage:
    items: list[Answer] = strawberry.field(description="The answers of this page.")
    next_token: str | None = strawberry.field(description="Asks for the next page; null on the last.")


@strawberry.type(directives=PEOPLE, description="One page of conversations.")
class ConversationPage:
    items: list[Conversation] = strawberry.field(description="The conversations of this page.")
    next_token: str | None = strawberry.field(description="Asks for the next page; null on the last.")


@strawberry.input(description="A question, and what may answer it.")
class AskInput(FilterFields):
    id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Made by the client, so that it can subscribe first; one id is one answer.",
    )
    question: str = strawberry.field(description="At most 8,000 characters.")
    conversation_id: strawberry.ID | None = strawberry.field(
        default=None, description="The conversation to go on with; a new one if absent or unknown."
    )
    rewrite: bool | None = strawberry.field(
        default=None,
        description="Whether a follow-up question is first made one that stands by itself; true if absent.",
    )
    split: bool | None = strawberry.field(
        default=None,
        description="Whether a question of several parts is searched part by part; true if absent.",
    )
    model: str | None = strawberry.field(default=None, description="One of the models that `about` names.")


@strawberry.type
class AnswerQueries:
    @root_field(
        Answer | None, PEOPLE, "One of the caller's answers, with its text so far; NotFound for any other id."
    )
    def answer(self, answer_id: AnswerId) -> None: ...

    @root_field(
        AnswerPage, PEOPLE, "A conversation's answers, oldest first, or all of the caller's, newest first."
    )
    def answers(
        self,
        conversation_id: Annotated[strawberry.ID | None, argument("Only of this conversation.")] = None,
        limit: Limit = None,
        next_token: NextToken = None,
    ) -> None: ...

    @root_field(ConversationPage, PEOPLE, "The caller's conversations, the one asked in last first.")
    def conversations(self, limit: Limit = None, next_token: NextToken = None) -> None: ...


@strawberry.type
class AnswerMutations:
    @root_field(
        Answer,
        PEOPLE,
        "Takes a question and returns at once; `onAnswerEvent` and `answer` tell what comes of it.",
    )
    def ask(self, given: Annotated[AskInput, argument("The question.", "input")]) -> None: ...

    @root_field(Answer, PEOPLE, "Asks an answer to end where it is; one that has ended is returned as it is.")
    def stop_answer(self, answer_id: AnswerId) -> None: ...

    @root_field(AnswerEvent, WORKERS, "Tells the owner's subscribers one step of an answer.")
    def publish_answer_event(
        self,
        given: Annotated[AnswerEventInput, argument("The step.", "input")],
    ) -> None: ...


@strawberry.type
class AnswerSubscriptions:
    @root_field(
        AnswerEvent | None,
        subscribes("publishAnswerEvent"),
        "The steps of one of the caller's answers. Subscribe first, then ask with the same id.",
    )
    def on_answer_event(
        self,
        answer_id: Annotated[strawberry.ID, argument("The answer's id.")],
    ) -> None: ...
