"""About: what a client may know before anyone has signed in."""

import strawberry

from chalicelib.api.appsync import EVERYONE, root_field
from chalicelib.api.caller import Caller
from chalicelib.documents.formats import CONTENT_TYPES


@strawberry.type(
    directives=EVERYONE,
    description="What this deployment is: which models answer, and the limits that clients can check before "
    "they ask.",
)
class About:
    chat_model: str = strawberry.field(description="The model that answers.")
    embedding_model: str = strawberry.field(description="The model that embeds passages and questions.")
    max_question_chars: int = strawberry.field(description="The longest question, in characters.")
    max_upload_bytes: int = strawberry.field(description="The largest file, in bytes.")
    content_types: list[str] = strawberry.field(description="The media types that can be read.")


@strawberry.type
class AboutQueries:
    caller: strawberry.Private[Caller]

    @root_field(About, EVERYONE, "The models and limits of this deployment.")
    def about(self) -> About:
        settings = self.caller.use.settings
        return About(
            chat_model=settings.chat_model,
            embedding_model=settings.embedding_model,
            max_question_chars=settings.limits.question_chars,
            max_upload_bytes=settings.limits.document_bytes,
            content_types=list(CONTENT_TYPES),
        )
