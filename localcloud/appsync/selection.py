"""What a field was asked for, as resolvers are told: `selectionSetList` and `selectionSetGraphQL`."""

from collections.abc import Iterable, Iterator, Mapping

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
    print_ast,
)

from localcloud.appsync.errors import Json

type Fragments = Mapping[str, FragmentDefinitionNode]


def describe(info: GraphQLResolveInfo[Json]) -> Json:
    """The `info` of a resolver's context."""
    selections = joined(info.field_nodes)
    return {
        "selectionSetList": list(dict.fromkeys(walk(selections, info.fragments))) if selections else [],
        "selectionSetGraphQL": print_ast(selections) if selections else "",
        "fieldName": info.field_name,
        "parentTypeName": info.parent_type.name,
        "variables": info.variable_values.coerced,
    }


def joined(nodes: Iterable[FieldNode]) -> SelectionSetNode | None:
    """All that is selected of one field, which a document may name several times."""
    sets = [node.selection_set for node in nodes if node.selection_set]
    selections = tuple(selection for each in sets for selection in each.selections)
    return SelectionSetNode(selections=selections) if selections else None


def walk(selections: SelectionSetNode, fragments: Fragments, prefix: str = "") -> Iterator[str]:
    """Paths in document order, aliases instead of names, fragments spread out."""
    for node in fields_of(selections, fragments):
        path = prefix + response_key(node)
        yield path
        if node.selection_set:
            yield from walk(node.selection_set, fragments, f"{path}/")


def fragment_set(node: InlineFragmentNode | FragmentSpreadNode, fragments: Fragments) -> SelectionSetNode:
    return (
        node.selection_set
        if isinstance(node, InlineFragmentNode)
        else fragments[node.name.value].selection_set
    )


def response_key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


class Typed(dict[str, Json]):
    """A response's object where the schema says interface or union, with the name of its own type."""

    def __init__(self, fields: Mapping[str, Json], typename: str) -> None:
        super().__init__(fields)
        self.typename = typename


def restore_names(value: Json, selections: SelectionSetNode | None, fragments: Fragments) -> Json:
    """A response value keyed by field names again: subscribers know nothing of a mutation's aliases.

    Their fragments need to know types, whether the mutation selected `__typename` or not.
    """
    if isinstance(value, list):
        return [restore_names(each, selections, fragments) for each in value]
    if not isinstance(value, dict) or selections is None:
        return value
    restored: dict[str, Json] = {"__typename": value.typename} if isinstance(value, Typed) else {}
    for node in fields_of(selections, fragments):
        key = response_key(node)
        if key in value:
            found = restore_names(value[key], node.selection_set, fragments)
            restored[node.name.value] = merge(restored.get(node.name.value), found)
    return restored


def filtered(value: Json, selections: SelectionSetNode | None, fragments: Fragments) -> Json:
    """What an error may carry of a value: the fields that were asked for, by their own names."""
    if isinstance(value, list):
        return [filtered(each, selections, fragments) for each in value]
    if not isinstance(value, dict) or selections is None:
        return value
    wanted = {node.name.value: node.selection_set for node in fields_of(selections, fragments)}
    return {name: filtered(each, wanted[name], fragments) for name, each in value.items() if name in wanted}


def merge(known: Json, found: Json) -> Json:
    """One field selected twice, each time for other things below it."""
    if isinstance(known, dict) and isinstance(found, dict):
        return {**known, **{name: merge(known.get(name), value) for name, value in found.items()}}
    if isinstance(known, list) and isinstance(found, list):
        return [merge(one, other) for one, other in zip(known, found, strict=True)]
    return found


def fields_of(selections: SelectionSetNode, fragments: Fragments) -> Iterator[FieldNode]:
    """The fields of a selection set with its fragments spread out, whatever type they are on."""
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode | FragmentSpreadNode):
            yield from fields_of(fragment_set(node, fragments), fragments)
