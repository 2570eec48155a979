"""Cuts a result down to its GraphQL type and to what the client selected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLObjectType, GraphQLType, get_named_type, is_leaf_type

from chalicelib.wire import Json


@dataclass(frozen=True, slots=True)
class Selection:
    """Paths such as `items/name`, as AppSync lists them; None selects everything.

    AppSync's list has aliases in place of names, while it looks the result up by name. Our output fields take
    no arguments, so a colon in the selection's text means that something may be aliased: then nothing is cut.
    """

    paths: frozenset[str] | None

    @classmethod
    def of(cls, info: Mapping[str, Any]) -> "Selection":  # AppSync's JSON, of any kind until looked at
        listed, text = info.get("selectionSetList"), info.get("selectionSetGraphQL")
        if not listed or not text or ":" in text:
            return cls(None)
        return cls(frozenset(listed))

    def has(self, path: str) -> bool:
        return self.paths is None or path in self.paths


def shape(value: Json, kind: GraphQLType, selection: Selection, path: str = "") -> Json:
    """The selected fields of `value` that its type has; a record may know more than the schema tells."""
    named = get_named_type(kind)
    if is_leaf_type(named):
        return value
    match value:
        case list():
            return [shape(item, kind, selection, path) for item in value]
        case dict() if isinstance(named, GraphQLObjectType):
            return {
                name: shape(value[name], field.type, selection, f"{path}{name}/")
                for name, field in named.fields.items()
                if selection.has(f"{path}{name}")
            }
    return value
