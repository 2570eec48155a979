"""One operation run over a schema: fields authorised and resolved, failures put in AppSync's shape."""

import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import CoroutineType
from typing import TypeGuard, cast

from graphql import (
    ExecutionResult,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLLeafType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    OperationType,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from graphql.pyutils import AwaitableOrValue, Path

from localcloud.appsync import selection
from localcloud.appsync.access import Access
from localcloud.appsync.batching import Batches
from localcloud.appsync.documents import Operation, check_required, locations
from localcloud.appsync.effects import Effects
from localcloud.appsync.errors import AccessDenied, FieldError, InvalidDocument, Json
from localcloud.appsync.identity import Identity
from localcloud.appsync.limits import Allowance, QueryLimits
from localcloud.appsync.resolvers import Resolution, Resolver
from localcloud.appsync.schema import Coordinate, Schema

log = logging.getLogger(__name__)
INVALIDATIONS = 5

type Info = GraphQLResolveInfo[Call]
type FieldResolver = Callable[..., Json]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, the headers that resolvers are shown, and those that handlers want in the response."""

    identity: Identity
    headers: Mapping[str, Json] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Invalidation:
    """What `extensions.invalidateSubscriptions` was given: a subscription field, and what its filters see."""

    field: str
    payload: Json

    @classmethod
    def of(cls, given: Json) -> "Invalidation":
        if isinstance(given, Mapping) and isinstance(name := given.get("subscriptionField"), str):
            return cls(name, given.get("payload"))
        raise FieldError("An invalidation has a subscriptionField and a payload.", "BadRequestException")


@dataclass(frozen=True, slots=True)
class Call:
    """What every field of one operation shares, and what resolvers leave in it besides values."""

    caller: Caller
    access: Access
    resolvers: Mapping[Coordinate, Resolver]
    allowance: Allowance = field(default_factory=lambda: Allowance(QueryLimits()))
    appended: list[Json] = field(default_factory=list)
    invalidations: list[Invalidation] = field(default_factory=list)
    evicted: list[Json] = field(default_factory=list)
    batches: Batches = field(default_factory=Batches)
    _allowed: dict[Coordinate, bool] = field(default_factory=dict)

    def check(self, info: Info) -> None:
        """Decided once per field of the schema: a list's items have the same ones, and the caller is one."""
        place = info.parent_type.name, info.field_name
        if place not in self._allowed:
            self._allowed[place] = self.access.allows(self.caller.identity, *place)
        if not self._allowed[place]:
            raise AccessDenied(*place)

    def context(self, source: Json, info: Info, arguments: Mapping[str, Json]) -> Json:
        """A direct Lambda resolver's event, which is also what handlers get as `ctx`."""
        return {
            "arguments": dict(arguments),
            "identity": self.caller.identity.event(),
            "source": source,
            "request": {"headers": dict(self.caller.headers), "domainName": None},
            "prev": None,
            "info": selection.describe(info),
            "stash": {},
        }

    async def resolve(
        self, resolver: Resolver, source: Json, info: Info, arguments: Mapping[str, Json]
    ) -> Resolution:
        self.allowance.take_resolver()
        try:
            resolution = await resolver.resolve(self.context(source, info, arguments), self.batches)
        except FieldError as error:
            error.data = selected(error.data, info)
            self._show(error.effects or Effects(), info)
            raise
        self._collect(resolution.effects, info)
        return resolution

    def _collect(self, effects: Effects, info: Info) -> None:
        self._show(effects, info)
        self.evicted.extend(effects.evicted)
        for given in effects.invalidate:
            self._invalidate(Invalidation.of(given))

    def _show(self, effects: Effects, info: Info) -> None:
        """What the client gets to see, whether the field failed or not."""
        place = GraphQLError("", info.field_nodes, path=info.path.as_list())
        for given in effects.appended:
            self.appended.append(error_entry(place, {**given, "data": selected(given.get("data"), info)}))
        self.caller.response_headers.update(effects.headers)

    def _invalidate(self, wanted: Invalidation) -> None:
        """Raises FieldError for a sixth one that differs from those before."""
        if wanted in self.invalidations:
            return
        if len(self.invalidations) == INVALIDATIONS:
            raise FieldError(
                f"A request has at most {INVALIDATIONS} different invalidations.", "BadRequestException"
            )
        self.invalidations.append(wanted)

    async def value(
        self, resolver: Resolver, source: Json, info: Info, arguments: Mapping[str, Json]
    ) -> Json:
        return (await self.resolve(resolver, source, info, arguments)).value


def selected(data: Json, info: Info) -> Json:
    """An error's data travels as far as the client asked for it; an error's info travels whole."""
    return selection.filtered(data, selection.joined(info.field_nodes), info.fragments)


class FieldExecutor(ExecutorThrowingOnIncremental):
    """graphql-core's executor with AppSync's messages, and types that outlive the execution."""

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: Info,
        path: Path,
        result: Json,
        position_context: None,
    ) -> AwaitableOrValue[Json]:
        """A null where none may be, and what is no list, are told with the path as graphql-java does."""
        if result is None and is_non_null_type(return_type):
            raise NullForbidden(str(return_type.of_type), info.parent_type.name, path)
        if isinstance(result, str | int | float | Mapping) and is_list_type(return_type):
            raise NoList
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    def complete_abstract_value(
        self,
        return_type: GraphQLAbstractType,
        field_details_list: FieldDetailsList,
        info: Info,
        path: Path,
        result: Json,
        position_context: None,
    ) -> AwaitableOrValue[Json]:
        """What subscribers will be told of: an object that knows its type, which `result` names."""
        completed = super().complete_abstract_value(
            return_type, field_details_list, info, path, result, position_context
        )
        name = result["__typename"]
        return typed(completed, name) if inspect.isawaitable(completed) else selection.Typed(completed, name)

    @staticmethod
    def complete_leaf_value(return_type: GraphQLLeafType, result: Json) -> Json:
        try:
            return ExecutorThrowingOnIncremental.complete_leaf_value(return_type, result)
        except (GraphQLError, TypeError, ValueError) as error:
            raise Unserializable(str(error)) from error


async def typed(completing: Awaitable[Json], name: str) -> selection.Typed:
    return selection.Typed(await completing, name)


class NullForbidden(FieldError):
    """A non-null field resolved to null."""

    def __init__(self, kind: str, parent: str, path: Path) -> None:
        where = slashes(path.as_list())
        message = f"Cannot return null for non-nullable type: '{kind}' within parent '{parent}' ({where})"
        super().__init__(message, "")


class NoList(FieldError):
    """A resolver's value for a list is something else."""

    def __init__(self) -> None:
        super().__init__("type mismatch error, expected type LIST", "")


class Unserializable(FieldError):
    """A resolver's value is not one of the field's scalar or enum."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, "")


def slashes(path: list[str | int]) -> str:
    """`["searchAll", 0, "trim"]` is `/searchAll[0]/trim`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f"/{key}" for key in path)


def resolve_field(source: Json, info: Info, /, **arguments: Json) -> Json:
    """A field without a resolver is read off its parent. Arguments may have any name, hence the slash."""
    call = info.context
    call.check(info)
    call.allowance.check_depth(info.path)
    resolver = call.resolvers.get((info.parent_type.name, info.field_name))
    if resolver is None:
        return source.get(info.field_name) if isinstance(source, Mapping) else None
    return call.value(resolver, source, info, arguments)


def is_coroutine(value: Json) -> TypeGuard[Awaitable[Json]]:
    """Whether to wait for a value: no others are awaitable here, and graphql-core asks of every one."""
    return type(value) is CoroutineType


def build(
    schema: Schema,
    operation: Operation,
    call: Call,
    root: Json = None,
    resolve: FieldResolver = resolve_field,
) -> FieldExecutor:
    """Raises InvalidDocument when the variables do not fit their types."""
    executor = FieldExecutor.build(
        schema.graphql, operation.document, root, call, dict(operation.variables), operation.name,
        field_resolver=resolve, hide_suggestions=True, is_awaitable=is_coroutine,
    )  # fmt: skip
    if isinstance(executor, list):
        raise InvalidDocument(
            [{"path": None, "locations": locations(e), "message": e.message} for e in executor]
        )
    check_required(
        operation.node, executor.variable_values.coerced
    )  # the text `null` is an AWSJSON that is null
    return cast("FieldExecutor", executor)  # build() is a class method typed for the class it is defined in


async def execute(schema: Schema, operation: Operation, call: Call, *, serial_mutations: bool) -> Json:
    """The response. Root fields resolve concurrently; a mutation's one after the other if told so."""
    outcome = build(schema, operation, call).execute_operation(None if serial_mutations else False)
    result = await outcome if inspect.isawaitable(outcome) else outcome
    body = response(cast("ExecutionResult", result), call.appended)  # without @defer there is one result
    if call.evicted and operation.kind is OperationType.MUTATION:
        # Nothing is cached here, so nothing was deleted.
        body["extensions"] = {"apiCacheEntriesDeleted": 0}
    return body


def response(result: ExecutionResult, appended: list[Json]) -> Json:
    errors = [entry(error) for error in result.errors or ()] + appended
    return {"data": result.data, **({"errors": errors} if errors else {})}


def entry(error: GraphQLError) -> Json:
    """One failed field, in the order AppSync writes it; what is not expected is logged and not told."""
    cause = error.original_error
    match cause:
        case NullForbidden():
            return {"path": error.path, "locations": None, "message": cause.message}
        case NoList():
            message = f"Can't resolve value ({slashes(error.path or [])}) : {cause.message}"
            return {"path": error.path, "locations": None, "message": message}
        case Unserializable():
            message = f"Can't serialize value ({slashes(error.path or [])}) : {cause.message}"
            return {"path": error.path, "locations": None, "message": message}
        case FieldError():
            given = {"message": cause.message, "type": cause.type, "data": cause.data, "info": cause.info}
            return error_entry(error, given)
        case None | GraphQLError():  # an argument's value, for one, is refused below the field
            return {"path": error.path, "locations": locations(error), "message": error.message}
    log.error("field %s failed", slashes(error.path or []), exc_info=cause)
    return error_entry(
        error, {"message": "Internal failure while resolving the field.", "type": "InternalFailure"}
    )


def error_entry(error: GraphQLError, given: Mapping[str, Json]) -> Json:
    return {
        "path": error.path,
        "data": given.get("data"),
        "errorType": given["type"],
        "errorInfo": given.get("info"),
        "locations": locations(error),
        "message": given["message"],
    }
