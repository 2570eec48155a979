"""Who listens to what: matches events to subscribers, and renders once for all that asked alike."""

import json
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from graphql import (
    IDLE,
    REMOVE,
    ExecutionResult,
    FieldNode,
    FragmentSpreadNode,
    Node,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)
from graphql.execution import get_argument_values
from graphql.pyutils import Path

from localcloud.appsync import filters
from localcloud.appsync.documents import Operation
from localcloud.appsync.errors import Json
from localcloud.appsync.execution import Call, FieldExecutor, Info, build, response
from localcloud.appsync.identity import Admitted, Mode
from localcloud.appsync.schema import Coordinate, Schema
from localcloud.appsync.selection import Fragments, fields_of, response_key
from localcloud.appsync.wire import dumps

log = logging.getLogger(__name__)
MESSAGE_BYTES = 240_000
ROOT_ARGUMENT = len(("selections", 0, "arguments", 0))


class Outbox(Protocol):
    """Where a subscriber's frames go. Never blocks: who does not read is dropped, and nobody waits for it."""

    def offer(self, text: str) -> None: ...

    def share(self, head: bytes, tail: bytes) -> None:
        """A text in two parts, the second of which many are sent: it is kept once for all of them."""

    def finish(self, text: str) -> None:
        """The last text: the connection is closed behind it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides how an event looks to a subscriber: subscribers of one shape share one rendering."""

    selection: str
    variables: str
    mode: Mode
    groups: tuple[str, ...]
    denied: frozenset[Coordinate]


@dataclass(frozen=True, slots=True, eq=False)
class Subscription:
    """One live subscription. `operation` and `call` render; `filter` chooses; `outbox` delivers.

    `head` is how each of its `data` frames begins: the payload follows, and a closing brace.
    It ends when `invalidation`, if it has one, matches what a mutation invalidates.
    """

    id: str
    head: bytes
    field: str
    filter: filters.Filter
    invalidation: filters.EnhancedFilter | None
    shape: Shape
    operation: Operation
    call: Call
    outbox: Outbox


@dataclass(frozen=True, slots=True)
class Selected:
    """The one root field of a subscription, with its arguments coerced."""

    node: FieldNode
    info: Info
    arguments: Mapping[str, Json]


def select(executor: FieldExecutor) -> Selected:
    """Validation has made sure that there is exactly one field."""
    root = executor.schema.subscription_type
    assert root is not None, "a subscription validated against a schema that has none"  # noqa: S101
    nodes = list(fields_of(executor.operation.selection_set, executor.fragment_definitions))
    definition = root.fields[nodes[0].name.value]
    path = Path(None, response_key(nodes[0]), root.name)
    info = executor.build_resolve_info(definition, nodes, root, path)
    return Selected(nodes[0], info, get_argument_values(definition, nodes[0], executor.variable_values))


def shape_of(operation: Operation, selected: Selected, call: Call) -> Shape:
    """The root field's arguments choose events and do not shape them: only variables beside them count."""
    used = Used(selected.info.fragments)
    used.read(visit(operation.node.selection_set, WithoutRootArguments()))
    values = {name: selected.info.variable_values.coerced.get(name) for name in sorted(used.variables)}
    identity = call.caller.identity
    return Shape(
        "\n".join(used.texts),
        json.dumps(values, sort_keys=True, default=str),
        identity.mode,
        identity.groups,
        identity.denied if isinstance(identity, Admitted) else frozenset(),
    )


class WithoutRootArguments(Visitor):
    """Copies a selection set without the arguments of its own fields."""

    def enter_argument(
        self, _node: Node, _key: object, _parent: object, path: list[str | int], *_: object
    ) -> object:
        """The path is `selections, 0, arguments, 0` for those, and longer for any other argument."""
        return REMOVE if len(path) == ROOT_ARGUMENT else IDLE


class Used(Visitor):
    """The variables and texts that a selection consists of, fragments within fragments included."""

    def __init__(self, fragments: Fragments) -> None:
        super().__init__()
        self._fragments = fragments
        self._seen: set[str] = set()
        self.variables: set[str] = set()
        self.texts: list[str] = []

    def read(self, node: Node) -> None:
        self.texts.append(print_ast(node))
        visit(node, self)

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.variables.add(node.name.value)

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        name = node.name.value
        if name not in self._seen:
            self._seen.add(name)
            self.read(self._fragments[name])


def head_of(id_: str) -> bytes:
    return f'{{"id":{json.dumps(id_)},"type":"data","payload":'.encode()


def completion_of(id_: str) -> str:
    return dumps({"id": id_, "type": "complete"})


def render(schema: Schema, subscription: Subscription, event: Json) -> str:
    """The payload of a `data` frame: a selection of what the mutation returned; no resolver runs."""
    root = {subscription.field: event}
    executor = build(schema, subscription.operation, subscription.call, root, read_field)
    result = cast("ExecutionResult", executor.execute_operation())  # nothing in it is awaited
    return dumps(response(result, []))


def read_field(source: Json, info: Info, /, **_: Json) -> Json:
    info.context.check(info)
    info.context.allowance.check_depth(info.path)
    return source.get(info.field_name) if isinstance(source, Mapping) else None


type Audience = dict[Subscription, None]


class Registry:
    """Every live subscription, by field, those together that filter alike and ask for the same."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._by_field: dict[str, dict[tuple[Shape, str], Audience]] = defaultdict(dict)

    def __len__(self) -> int:
        return sum(len(audience) for field in list(self._by_field) for audience in self._audiences(field))

    def add(self, subscription: Subscription) -> None:
        self._by_field[subscription.field].setdefault(kind_of(subscription), {})[subscription] = None

    def remove(self, subscription: Subscription) -> None:
        audiences, kind = self._by_field[subscription.field], kind_of(subscription)
        audience = audiences.get(kind, {})
        audience.pop(subscription, None)
        if not audience:
            audiences.pop(kind, None)

    def publish(self, field: str, event: Json) -> None:
        """Hands an event to everybody whose filter it matches, rendered once for each shape."""
        tails: dict[Shape, bytes | None] = {}
        for audience in self._audiences(field):
            one = next(iter(audience))
            if one.filter.matches(event):
                if one.shape not in tails:
                    tails[one.shape] = self._render(one, event)
                if tail := tails[one.shape]:
                    for subscription in audience:
                        subscription.outbox.share(subscription.head, tail)

    def invalidate(self, field: str, payload: Json) -> None:
        """Ends the subscriptions of a field whose invalidation filter matches, and their connections.

        https://docs.aws.amazon.com/appsync/latest/devguide/aws-appsync-real-time-invalidation.html
        """
        for subscription in [each for audience in self._audiences(field) for each in audience]:
            if subscription.invalidation and subscription.invalidation.matches(payload):
                self.remove(subscription)
                subscription.outbox.finish(completion_of(subscription.id))

    def _audiences(self, field: str) -> list[Audience]:
        """None for a field that nobody listens to, or that is none: handlers may invalidate any name."""
        return list(self._by_field.get(field, {}).values())

    def _render(self, subscription: Subscription, event: Json) -> bytes | None:
        """The end of a frame. None over AppSync's limit: it is dropped, and the mutation still succeeds."""
        payload = render(self._schema, subscription, event).encode()
        if len(payload) <= MESSAGE_BYTES:
            return payload + b"}"
        log.warning("a message of %s over %d bytes was dropped", subscription.field, MESSAGE_BYTES)
        return None


def kind_of(subscription: Subscription) -> tuple[Shape, str]:
    """Filters by their text: as values, one for 1 and one for true would be the same."""
    return subscription.shape, repr(subscription.filter)
