"""About: what a client may know before anyone has signed in."""

import strawberry

from chalicelib.api.appsync import EVERYONE, root_field


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
    @root_field(About, EVERYONE, "The models and limits of this deployment.")
    def about(self) -> None: ...
