"""What AppSync refuses of JavaScript, found before the code is served: APPSYNC_JS is a part of the language.

The rules are those of the published linter, @aws-appsync/eslint-plugin, and of
https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from localcloud.appsync.bindings import declared
from localcloud.appsync.functionuse import Functions
from localcloud.appsync.module import named, parse, source, unquoted, walk

MODULES = frozenset({"@aws-appsync/utils", "@aws-appsync/utils/dynamodb"})
GLOBALS = frozenset({
    "NaN", "Infinity", "undefined", "util", "extensions", "runtime", "console",
    "Object", "String", "Number", "Boolean", "BigInt", "Array", "Math", "JSON", "Date",
    "parseInt", "parseFloat", "isNaN", "isFinite",
    "encodeURI", "encodeURIComponent", "decodeURI", "decodeURIComponent",
})  # fmt: skip
STATEMENTS: Mapping[str, str] = {
    "await_expression": "await",
    "class": "a class",
    "class_declaration": "a class",
    "continue_statement": "continue",
    "debugger_statement": "debugger",
    "do_statement": "do … while",
    "for_statement": "for (…;…;…); for-of and for-in are part of it",
    "generator_function": "a generator",
    "generator_function_declaration": "a generator",
    "labeled_statement": "a label",
    "regex": "a regular expression literal",
    "super": "super",
    "this": "this",
    "throw_statement": "throw; util.error is",
    "try_statement": "try … catch",
    "while_statement": "while",
    "with_statement": "with",
    "yield_expression": "yield",
}
OPERATORS = frozenset({"++", "--", "~", "in", "instanceof"})
STATIC: Mapping[str, frozenset[str]] = {
    "Array": frozenset({"from", "of", "fromAsync"}),
    "Object": frozenset({
        "create", "defineProperties", "defineProperty", "freeze", "getOwnPropertyDescriptor",
        "getOwnPropertyDescriptors", "getOwnPropertyNames", "getOwnPropertySymbols", "getPrototypeOf",
        "is", "isExtensible", "isFrozen", "isSealed", "preventExtensions", "seal", "setPrototypeOf",
    }),
    "String": frozenset({"fromCharCode", "fromCodePoint"}),
}  # fmt: skip
WRITES = ("assignment_expression", "augmented_assignment_expression")


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """One place that AppSync would refuse."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def refusals(text: str) -> list[Refusal]:
    """Everything that AppSync refuses in a module, from the top."""
    root = parse(text)
    if root.has_error:
        broken = next(node for node in walk(root) if node.is_error or node.is_missing)
        return [refusal(broken, "this is no JavaScript")]
    functions = Functions.of(root)
    checks: tuple[Callable[[Node], Iterator[Refusal]], ...] = (statements, imports, context_writes)
    found = {each for check in checks for node in walk(root) for each in check(node)}
    misused = {refusal(node, reason) for node, reason in functions.misuses()}
    return sorted(found | misused | set(unknown_names(root)))


def refusal(node: Node, reason: str) -> Refusal:
    return Refusal(node.start_point[0] + 1, reason)


def unsupported(node: Node, construct: str) -> Refusal:
    return refusal(node, f"APPSYNC_JS does not have {construct}")


def statements(node: Node) -> Iterator[Refusal]:
    if not node.is_named:
        return
    if node.type in STATEMENTS:
        yield unsupported(node, STATEMENTS[node.type])
    if any(child.type == "async" for child in node.children):
        yield unsupported(node, "async functions")
    if node.type == "method_definition" and any(child.type == "*" for child in node.children):
        yield unsupported(node, "a generator")
    if (operator := named(node, "operator")) in OPERATORS and node.type != "for_in_statement":
        yield unsupported(node, f"the operator {operator}")
    if node.type == "member_expression" and named(node, "property") in STATIC.get(named(node, "object"), ()):
        yield unsupported(node, source(node))


def imports(node: Node) -> Iterator[Refusal]:
    if node.type == "call_expression" and named(node, "function") == "import":
        yield unsupported(node, "import()")
    if node.type == "import_statement":
        module = node.child_by_field_name("source")
        if module and unquoted(module) not in MODULES:
            yield refusal(node, f"module '{unquoted(module)}' is not part of APPSYNC_JS, or not served here")
        if any(child.type == "identifier" for clause in node.children for child in clause.named_children):
            yield refusal(node, "no module of APPSYNC_JS has a default export")
    if node.type == "export_statement" and (
        named(node, "source") or any(child.type in ("default", "*") for child in node.children)
    ):
        yield unsupported(node, "exports other than by name")


def context_writes(node: Node) -> Iterator[Refusal]:
    """Handlers may change what is in the stash, and nothing of the context's own members."""
    if node.type != "function_declaration" or named(node, "name") not in ("request", "response"):
        return
    parameters = node.child_by_field_name("parameters")
    first = parameters.named_children[0] if parameters and parameters.named_children else None
    if first is None or first.type != "identifier":
        return
    for each in walk(node):
        target = written(each)
        if target is not None and source(target) == source(first):
            yield refusal(each, f"{source(first)} and its members are read-only")
        elif target is not None and named(target, "object") == source(first):
            yield refusal(each, f"{source(target)} is read-only")


def written(node: Node) -> Node | None:
    """What an assignment or `delete` changes."""
    if node.type in WRITES:
        return node.child_by_field_name("left")
    if node.type == "unary_expression" and named(node, "operator") == "delete":
        return node.child_by_field_name("argument")
    return None


def unknown_names(root: Node) -> Iterator[Refusal]:
    """Names that nothing in the module declares, and that are no globals of APPSYNC_JS."""
    known = GLOBALS | {source(each) for node in walk(root) for each in declared(node)}
    others = {node.id for each in walk(root) for node in names_elsewhere(each)}
    for node in walk(root):
        named_here = node.type in ("identifier", "shorthand_property_identifier") and node.id not in others
        if named_here and source(node) not in known:
            yield refusal(node, f"'{source(node)}' is not declared, and no global of APPSYNC_JS")


def names_elsewhere(node: Node) -> Iterator[Node]:
    """What an import is called in its own module, and an export in those of others."""
    field = {"import_specifier": "name", "export_specifier": "alias"}.get(node.type)
    child = node.child_by_field_name(field) if field and node.child_by_field_name("alias") else None
    if child:
        yield child
