"""How a module uses its functions: APPSYNC_JS lets them be called, not again from within, and little else."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from localcloud.appsync.bindings import declared
from localcloud.appsync.module import named, source, walk

FUNCTIONS = frozenset({"arrow_function", "function_expression", "function_declaration", "generator_function"})
TAKING = frozenset({
    "map", "find", "filter", "findIndex", "findLast", "findLastIndex", "forEach", "reduce", "reduceRight",
    "every", "some", "flatMap",
})  # fmt: skip
"""Methods of arrays that take a function."""

type Misuse = tuple[Node, str]


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of a module by name, and the whole of it.

    A name that something else has as well, in whatever scope, is left out: nobody is refused for a namesake.
    """

    root: Node
    by_name: dict[str, Node]

    @classmethod
    def of(cls, root: Node) -> "Functions":
        times = Counter(source(name) for each in walk(root) for name in declared(each))
        functions = {name: node for each in walk(root) for name, node in naming(each)}
        return cls(root, {name: node for name, node in functions.items() if times[name] == 1})

    def misuses(self) -> Iterator[Misuse]:
        for node in walk(self.root):
            match node.type:
                case "call_expression":
                    yield from self._passed(node)
                case "return_statement" if self._is_function(last(node)):
                    yield node, "a function cannot be returned"
                case "arrow_function" if self._is_function(node.child_by_field_name("body")):
                    yield node, "a function cannot be returned"
                case "variable_declarator" if self._is_name(node.child_by_field_name("value")):
                    yield node, "a function cannot be given another name"
                case "assignment_expression" if self._is_name(node.child_by_field_name("right")):
                    yield node, "a function cannot be given another name"
        yield from self._recursions()

    def _passed(self, call: Node) -> Iterator[Misuse]:
        arguments = call.child_by_field_name("arguments")
        callee = call.child_by_field_name("function")
        if callee is None or arguments is None or named(callee, "property") in TAKING:
            return
        if any(self._is_function(each) for each in arguments.named_children):
            yield call, f"a function cannot be passed to {source(callee)}"

    def _recursions(self) -> Iterator[Misuse]:
        calls = {name: self._called(node) for name, node in self.by_name.items()}
        for name, node in self.by_name.items():
            if name in reached(calls, name):
                yield node, f"{name} calls itself, which is recursion"

    def _called(self, function: Node) -> set[str]:
        calls = (node for node in walk(function) if node.type == "call_expression")
        return {name for call in calls if (name := named(call, "function")) in self.by_name}

    def _is_function(self, node: Node | None) -> bool:
        return node is not None and (node.type in FUNCTIONS or self._is_name(node))

    def _is_name(self, node: Node | None) -> bool:
        return node is not None and node.type == "identifier" and source(node) in self.by_name


def naming(node: Node) -> Iterator[tuple[str, Node]]:
    if node.type == "function_declaration":
        yield named(node, "name"), node
    if node.type == "variable_declarator":
        value = node.child_by_field_name("value")
        if value is not None and value.type in FUNCTIONS:
            yield named(node, "name"), value


def last(node: Node) -> Node | None:
    return node.named_children[-1] if node.named_children else None


def reached(calls: dict[str, set[str]], start: str) -> set[str]:
    """Every function that is called on the way, whether directly or not."""
    found: set[str] = set()
    ahead = list(calls[start])
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead.extend(calls[name])
    return found
