"""Channels: messages between clients. AppSync's resolver code answers these fields; no function runs."""

from typing import Annotated

import strawberry

from chalicelib.api.appsync import (
    AWSJSON,
    BOTH,
    AWSDateTime,
    argument,
    root_field,
    subscribes,
)

Channel = Annotated[
    str,
    argument(
        "1 to 5 segments of letters, digits and dashes, separated by slashes. `user/<subject>/…` is that "
        "person's alone; any other channel is for everyone signed in."
    ),
]


@strawberry.type(directives=BOTH, description="A message on a channel.")
class ChannelMessage:
    channel: str = strawberry.field(description="The channel, without outer slashes.")
    id: strawberry.ID = strawberry.field(description="Made by the service for this message.")
    data: AWSJSON = strawberry.field(description="What was published.")
    sender: strawberry.ID = strawberry.field(description="The publisher's subject; `service` for a worker.")
    sent_at: AWSDateTime = strawberry.field(description="When it was published.")


@strawberry.type
class ChannelMutations:
    @root_field(ChannelMessage, BOTH, "Sends a message to everyone who listens on a channel.")
    def publish(
        self,
        channel: Channel,
        data: Annotated[AWSJSON, argument("Any JSON, at most 200,000 bytes as a JSON string in UTF-8.")],
    ) -> None: ...


@strawberry.type
class ChannelSubscriptions:
    @root_field(ChannelMessage | None, subscribes("publish"), "The messages of a channel from now on.")
    def on_message(self, channel: Channel) -> None: ...
