"""The whole schema, put together from its subjects."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from chalicelib.api.about import AboutQueries
from chalicelib.api.answers import AnswerMutations, AnswerQueries, AnswerSubscriptions
from chalicelib.api.appsync import SCALARS
from chalicelib.api.channels import ChannelMutations, ChannelSubscriptions
from chalicelib.api.documents import DocumentMutations, DocumentQueries, DocumentSubscriptions
from chalicelib.api.search import SearchQueries


@strawberry.type(description="What can be read.")
class Query(AboutQueries, DocumentQueries, SearchQueries, AnswerQueries):
    pass


@strawberry.type(description="What can be changed or said.")
class Mutation(DocumentMutations, AnswerMutations, ChannelMutations):
    pass


@strawberry.type(description="What can be followed as it happens.")
class Subscription(AnswerSubscriptions, DocumentSubscriptions, ChannelSubscriptions):
    pass


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=SCALARS),
)
