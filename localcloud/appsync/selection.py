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
type FragmentPart = InlineFragmentNode | FragmentDefinitionNode


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


def fragment_of(node: InlineFragmentNode | FragmentSpreadNode, fragments: Fragments) -> FragmentPart:
    return node if isinstance(node, InlineFragmentNode) else fragments[node.name.value]


def response_key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


class Typed(dict[str, Json]):
    """A response's object where the schema says interface or union, with the name of its own type."""

    def __init__(self, fields: Mapping[str, Json], typename: str) -> None:
        super().__init__(fields)
        self.typename = typename


def filtered(value: Json, selections: SelectionSetNode | None, fragments: Fragments) -> Json:
    """What an error may carry of a value: the fields that were asked for, by their own names."""
    if isinstance(value, list):
        return [filtered(each, selections, fragments) for each in value]
    if not isinstance(value, dict) or selections is None:
        return value
    wanted = {node.name.value: node.selection_set for node in fields_of(selections, fragments)}
    return {name: filtered(each, wanted[name], fragments) for name, each in value.items() if name in wanted}


def fields_of(selections: SelectionSetNode, fragments: Fragments) -> Iterator[FieldNode]:
    """The fields of a selection set with its fragments spread out, whatever type they are on."""
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode | FragmentSpreadNode):
            yield from fields_of(fragment_of(node, fragments).selection_set, fragments)
