"""What a mutation's response tells subscribers: which of their fields it feeds, and with what value.

https://docs.aws.amazon.com/appsync/latest/devguide/aws-appsync-real-time-data.html
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    is_abstract_type,
    is_object_type,
    print_ast,
)

from localcloud.appsync.documents import Operation, fragments_of
from localcloud.appsync.errors import Json
from localcloud.appsync.schema import Schema
from localcloud.appsync.selection import (
    FragmentPart,
    Fragments,
    Typed,
    fields_of,
    fragment_of,
    joined,
    response_key,
)


def published(
    schema: Schema, operation: Operation, data: Json, *, by_alias: bool = False
) -> Iterable[tuple[str, Json]]:
    """The subscription fields that a mutation's response feeds, each with what it publishes.

    A field that resolved to null or failed publishes nothing. `by_alias` is said of fields below the root.
    """
    fragments = fragments_of(operation.document)
    read = Reading(schema.graphql, fragments, by_alias=by_alias).read
    for nodes in by_key(operation.node.selection_set, fragments):
        value = (data or {}).get(response_key(nodes[0]))
        if value is not None:
            event = read(value, joined(nodes))
            for field in schema.links.get(nodes[0].name.value, ()):
                yield field, event


def by_key(selections: SelectionSetNode, fragments: Fragments) -> Iterable[list[FieldNode]]:
    """The fields in document order, those that share a response key together: they are executed as one."""
    found: dict[str, list[FieldNode]] = defaultdict(list)
    for node in fields_of(selections, fragments):
        found[response_key(node)].append(node)
    return found.values()


@dataclass(frozen=True, slots=True)
class Reading:
    """How a response is read: by field names, since subscribers know nothing of a mutation's aliases.

    Their fragments need to know types, whether the mutation selected `__typename` or not.
    """

    schema: GraphQLSchema
    fragments: Fragments
    by_alias: bool = False

    def read(self, value: Json, selections: SelectionSetNode | None) -> Json:
        if isinstance(value, list):
            return [self.read(each, selections) for each in value]
        if not isinstance(value, dict) or selections is None:
            return value
        typename = value.typename if isinstance(value, Typed) else None
        event: dict[str, Json] = {"__typename": typename} if typename else {}
        asked: dict[str, FieldNode] = {}
        for node in self._fields(selections, typename):
            key = response_key(node)
            if key in value:
                name = key if self.by_alias else node.name.value
                known = event.get(name) if alike(asked.get(name), node) else None
                event[name] = merge(known, self.read(value[key], node.selection_set))
                asked[name] = node
        return event

    def _fields(self, selections: SelectionSetNode, typename: str | None) -> Iterator[FieldNode]:
        """Of an object's own fragments only: in those for other types a key may be another field's."""
        for node in selections.selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode | FragmentSpreadNode):
                part = fragment_of(node, self.fragments)
                if self._holds(part, typename):
                    yield from self._fields(part.selection_set, typename)

    def _holds(self, part: FragmentPart, typename: str | None) -> bool:
        wanted = part.type_condition.name.value if part.type_condition else typename
        if typename is None or wanted == typename:
            return True
        kind, own = self.schema.get_type(wanted or ""), self.schema.get_type(typename)
        return is_abstract_type(kind) and is_object_type(own) and self.schema.is_sub_type(kind, own)


def alike(one: FieldNode | None, other: FieldNode) -> bool:
    """Whether a field was asked for with the same arguments; with others its values are of other things."""
    return one is not None and printed_arguments(one) == printed_arguments(other)


def printed_arguments(node: FieldNode) -> list[str]:
    return sorted(map(print_ast, node.arguments or ()))


def merge(known: Json, found: Json) -> Json:
    """One field selected twice, each time for other things; the later counts where they cannot be joined."""
    if isinstance(known, dict) and isinstance(found, dict):
        return {**known, **{name: merge(known.get(name), value) for name, value in found.items()}}
    if isinstance(known, list) and isinstance(found, list) and len(known) == len(found):
        return [merge(one, other) for one, other in zip(known, found, strict=True)]
    return known if found is None else found
