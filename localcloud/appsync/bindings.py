"""Which names a piece of a syntax tree declares."""

from collections.abc import Iterator

from tree_sitter import Node

from localcloud.appsync.module import named


def declared(node: Node) -> Iterator[Node]:
    match node.type:
        case "function_declaration" | "function_expression" | "variable_declarator":
            yield from bound(node.child_by_field_name("name"))
        case "formal_parameters" | "import_clause" | "named_imports" | "namespace_import":
            for each in node.named_children:
                yield from bound(each)
        case "arrow_function":
            yield from bound(node.child_by_field_name("parameter"))
        case "for_in_statement":
            yield from bound(node.child_by_field_name("left")) if named(node, "kind") else ()
        case "import_specifier":
            yield from bound(node.child_by_field_name("alias") or node.child_by_field_name("name"))


def bound(pattern: Node | None) -> Iterator[Node]:
    """The names that a pattern binds; its default values bind none."""
    if pattern is None:
        return
    match pattern.type:
        case "identifier" | "shorthand_property_identifier_pattern":
            yield pattern
        case "assignment_pattern" | "object_assignment_pattern":
            yield from bound(pattern.child_by_field_name("left"))
        case "pair_pattern":
            yield from bound(pattern.child_by_field_name("value"))
        case "array_pattern" | "object_pattern" | "rest_pattern":
            for each in pattern.named_children:
                yield from bound(each)
