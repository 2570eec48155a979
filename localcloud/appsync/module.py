"""A module of handlers as the parser reads it, and the same code as a function that the engine can call.

The engine has no module loader: imports become look-ups, and exports what the function returns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes of the source from `start` to `end`, and what stands there instead."""

    start: int
    end: int
    text: str


@cache
def language() -> Language:
    return Language(tree_sitter_javascript.language())


def parse(text: str) -> Node:
    """The root of the syntax tree; places that are no JavaScript are nodes of type ERROR in it."""
    return Parser(language()).parse(text.encode()).root_node


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def source(node: Node) -> str:
    return (node.text or b"").decode()


def named(node: Node, field: str) -> str:
    """The text of one of a node's fields; empty without it."""
    child = node.child_by_field_name(field)
    return source(child) if child else ""


def unquoted(node: Node) -> str:
    return source(node)[1:-1]


def as_function(text: str) -> str:
    """An expression of as many lines as the module: a function that runs it and returns its exports.

    It runs anew for every call, so that nothing a handler leaves in a variable reaches the next one.
    """
    root = parse(text)
    returned = ", ".join(f"{public}: {local}" for public, local in exports(root).items())
    return f'((__appsync) => {{ "use strict"; {edited(text, edits(root))}\n;return {{{returned}}}; }})'


def exports(root: Node) -> dict[str, str]:
    """Exported names, and the local names behind them."""
    found: dict[str, str] = {}
    for node in root.children:
        if node.type == "export_statement":
            found.update(exported(node))
    return found


def exported(statement: Node) -> Iterator[tuple[str, str]]:
    for node in walk(statement):
        if node.type == "export_specifier":
            local = named(node, "name")
            yield named(node, "alias") or local, local
    declaration = statement.child_by_field_name("declaration")
    for name in declared(declaration) if declaration else ():
        yield name, name


def declared(declaration: Node) -> list[str]:
    """The names that a function's or variables' declaration gives."""
    if declaration.type == "function_declaration":
        return [named(declaration, "name")]
    return [named(each, "name") for each in declaration.named_children if each.type == "variable_declarator"]


def edits(root: Node) -> Iterator[Edit]:
    for node in walk(root):
        match node.type:
            case "import_statement":
                yield Edit(node.start_byte, node.end_byte, look_up(node))
            case "export_statement":
                declaration = node.child_by_field_name("declaration")
                yield Edit(node.start_byte, declaration.start_byte if declaration else node.end_byte, "")
            case "for_in_statement":
                yield from counted(node)


def look_up(statement: Node) -> str:
    """`import {util as u} from 'm'` becomes `const {util: u} = load('m')`."""
    found = f"__appsync.load({named(statement, 'source')})"
    clause = next((each for each in statement.children if each.type == "import_clause"), None)
    return f"{''.join(f'const {each} = {found};' for each in bindings(clause))}" if clause else f"{found};"


def bindings(clause: Node) -> Iterator[str]:
    for node in clause.named_children:
        match node.type:
            case "namespace_import":
                yield source(node.named_children[0])
            case "named_imports":
                pairs = [(named(each, "name"), named(each, "alias")) for each in node.named_children]
                yield "{" + ", ".join(f"{name}: {alias or name}" for name, alias in pairs) + "}"


def counted(loop: Node) -> Iterator[Edit]:
    """What a loop goes over is wrapped, so that the runtime can count."""
    over = loop.child_by_field_name("right")
    if over:
        wrap = "names" if named(loop, "operator") == "in" else "values"
        yield Edit(over.start_byte, over.start_byte, f"__appsync.{wrap}(")
        yield Edit(over.end_byte, over.end_byte, ")")


def edited(text: str, changes: Iterator[Edit]) -> str:
    """The changes applied; each keeps the line breaks of what it replaces."""
    content = text.encode()
    for change in sorted(changes, key=lambda each: (each.start, each.end), reverse=True):
        breaks = "\n" * content.count(b"\n", change.start, change.end)
        content = content[: change.start] + (change.text + breaks).encode() + content[change.end :]
    return content.decode()
