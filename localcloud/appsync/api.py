"""The API itself, without a transport: who may call, what operations answer, what subscriptions become."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import OperationType

from localcloud.appsync import filters, subscriptions
from localcloud.appsync.access import Access
from localcloud.appsync.authorization import Authorizer
from localcloud.appsync.documents import Bounds, Documents, GraphQLRequest, Operation
from localcloud.appsync.effects import Effects
from localcloud.appsync.errors import (
    AppSyncError,
    BadRequest,
    InvalidDocument,
    Json,
    Malformed,
    RequestRefused,
)
from localcloud.appsync.execution import Call, Caller, build, execute
from localcloud.appsync.limits import Allowance, QueryLimits
from localcloud.appsync.publishing import published
from localcloud.appsync.resolvers import Resolver
from localcloud.appsync.schema import Coordinate, Schema
from localcloud.appsync.subscriptions import Outbox, Registry, Subscription

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """The limits of one API, and what no source settles about AppSync."""

    bounds: Bounds = field(default_factory=Bounds)
    body_bytes: int = 1_000_000
    execution_seconds: float = 30.0
    # How many arguments of a subscription choose events; what AWS documents is the cap of enhanced filters.
    filter_arguments: int = filters.MAX_ARGUMENTS
    # Whether subscribers find a mutation's fields by its aliases for them, instead of by their own names.
    published_by_alias: bool = False
    # Whether `between` is true of its bounds: AWS's example leaves them out, its other BETWEENs do not.
    inclusive_between: bool = True
    # GraphQL says that a mutation's root fields run one after the other; AWS says nothing to the contrary.
    serial_mutations: bool = True
    # Whether the error of a failing function is of its exception's name; AWS's pages disagree.
    function_error_names: bool = False
    # What a Lambda authoriser is told on connect: so AWS's page has it, `Deepdish:Connect` some who saw it.
    connect_operation: str = "DeepDish:Connect"


class ExecutionTimeout(AppSyncError):
    """A request took longer than it may."""

    def __init__(self) -> None:
        super().__init__("Execution timed out.", "ExecutionTimeout")


class UnsupportedOperation(AppSyncError):
    """Something else than a subscription was sent through the real-time channel."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind} not supported through the realtime channel", "UnsupportedOperation")


class Api:
    """One GraphQL API. Its registry lives as long as it does."""

    def __init__(
        self,
        schema: Schema,
        authorizer: Authorizer,
        access: Access,
        resolvers: Mapping[Coordinate, Resolver],
        settings: Settings,
        limits: QueryLimits | None = None,
    ) -> None:
        self.authorizer = authorizer
        self.registry = Registry(schema)
        self.settings = settings
        self._schema = schema
        self._limits = limits or QueryLimits()
        self._documents = Documents(schema, settings.bounds, introspection=self._limits.introspection)
        self._access = access
        self._resolvers = resolvers

    async def execute(self, request: GraphQLRequest, caller: Caller, *, read_only: bool = False) -> Json:
        """The response body. Raises RequestRefused; failing fields are inside the response."""
        operation = self._documents.prepare(request)
        refuse_kind(operation.kind, read_only=read_only)
        call = self._call(operation, caller)
        try:
            async with asyncio.timeout(self.settings.execution_seconds):
                body = await execute(
                    self._schema, operation, call, serial_mutations=self.settings.serial_mutations
                )
        except TimeoutError:
            return {"data": None, "errors": [ExecutionTimeout().wire()]}
        if operation.kind is OperationType.MUTATION:
            self._tell_subscribers(operation, call, body["data"])
            await asyncio.sleep(0)  # subscribers first: who publishes without a pause would run ahead of them
        return body

    def _tell_subscribers(self, operation: Operation, call: Call, data: Json) -> None:
        """First what happened, then whose subscriptions it ends."""
        for name, event in published(
            self._schema, operation, data, by_alias=self.settings.published_by_alias
        ):
            self.registry.publish(name, event)
        for each in call.invalidations:
            self.registry.invalidate(each.field, each.payload)

    def _call(self, operation: Operation, caller: Caller) -> Call:
        """Raises Unauthorized for a caller who may use no field of it at all."""
        root = self._schema.graphql.get_root_type(operation.kind)
        self._access.check_roots(caller.identity, root.name if root else "", operation.root_fields)
        return Call(caller, self._access, self._resolvers, Allowance(self._limits))

    async def subscribe(
        self, id_: str, request: GraphQLRequest, caller: Caller, outbox: Outbox
    ) -> Subscription:
        """A subscription, not yet registered. Raises AppSyncError when it is refused."""
        operation = self._documents.prepare(request)
        if operation.kind is not OperationType.SUBSCRIPTION:
            raise UnsupportedOperation(operation.kind.value)
        call = self._call(operation, caller)
        selected = subscriptions.select(build(self._schema, operation, call))
        call.check(selected.info)
        effects = await self._guard(call, selected)
        return Subscription(
            id=id_,
            head=subscriptions.head_of(id_),
            field=selected.info.field_name,
            filter=self._enhanced(effects.filter)
            or filters.ArgumentFilter.of(selected.arguments, self.settings.filter_arguments),
            invalidation=self._enhanced(effects.invalidation),
            shape=subscriptions.shape_of(operation, selected, call),
            operation=operation,
            call=call,
            outbox=outbox,
        )

    async def _guard(self, call: Call, selected: subscriptions.Selected) -> Effects:
        """The field's resolver runs once. It may refuse, and may set filters."""
        info = selected.info
        resolver = self._resolvers.get((info.parent_type.name, info.field_name))
        if resolver is None:
            return Effects()
        try:
            async with asyncio.timeout(self.settings.execution_seconds):
                return (await call.resolve(resolver, None, info, selected.arguments)).effects
        except TimeoutError:
            raise ExecutionTimeout from None

    def _enhanced(self, given: Json) -> filters.EnhancedFilter | None:
        if given is None:
            return None
        return filters.read(given, inclusive=self.settings.inclusive_between)


def refuse_kind(kind: OperationType, *, read_only: bool) -> None:
    if kind is OperationType.SUBSCRIPTION:
        raise RequestRefused("Subscriptions are served over WebSocket only.", "BadRequestException")
    if kind is OperationType.MUTATION and read_only:
        raise RequestRefused("Mutations are served over POST only.", "MethodNotAllowedException", 405)


def error_list(error: AppSyncError) -> list[Json]:
    """What a refusal is on the wire of the real-time channel."""
    match error:
        case InvalidDocument(errors=errors):
            return [BadRequest(each["message"]).wire() for each in errors]
        case Malformed(message=message):  # there is no HTTP request here to be malformed
            return [BadRequest(message).wire()]
    return [error.wire()]
