"""Which AWS operations a function's code can reach, by the types that mypy finds for every expression.

It errs towards too much: what is mentioned counts as called, a protocol's method as every implementation's.
The types of libraries are left out, which makes it quick; boto3's clients are known by the stubs that their
annotations name.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import botocore
import botocore.session
from mypy.build import BuildResult, build
from mypy.modulefinder import BuildSource
from mypy.nodes import (
    Argument,
    AssignmentStmt,
    CallExpr,
    ClassDef,
    Decorator,
    Expression,
    FuncDef,
    ImportFrom,
    MemberExpr,
    MypyFile,
    NameExpr,
    Node,
    OverloadedFuncDef,
    RefExpr,
    Statement,
    StrExpr,
    TupleExpr,
    TypeInfo,
    Var,
)
from mypy.options import Options
from mypy.patterns import Pattern
from mypy.types import AnyType, CallableType, Instance, Type, TypeType, UnionType, get_proper_type

PRODUCT = Path(__file__).parents[2] / "chalice_app"
STUBS = "mypy_boto3_"
SYNTAX = (Statement, Expression, Argument, Pattern)
COMPOSED = frozenset({
    "batch_writer", "copy", "download_file", "download_fileobj", "generate_presigned_post",
    "generate_presigned_url", "upload_file", "upload_fileobj",
})  # fmt: skip
ELSEWHERE = frozenset(
    {"node", "info", "analyzed", "expanded", "original_def"}
)  # what a node refers to, rather than has in it

type Function = FuncDef | Decorator | OverloadedFuncDef
type Unit = Function | ClassDef


@dataclass(frozen=True, slots=True, order=True)
class Operation:
    """A method of a boto3 client, or what it is asked to paginate: `dynamodb`, `get_item`."""

    service: str
    method: str


@dataclass
class Reached:
    """Operations, and all functions and classes on the way by their full names."""

    operations: set[Operation] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


class Program:
    """The product's code with its types."""

    def __init__(self, root: Path = PRODUCT, parts: Iterable[str] = ("app.py", "chalicelib")) -> None:
        self._checked = checked(root, paths := list(sources(root, parts)))
        modules = [self._checked.files[module_of(path, root)] for path in paths]
        self._units = {each.fullname: each for module in modules for each in units(module)}
        self._stubs = {name: stub for module in modules for name, stub in stubs(module)}
        self._clients = {each: name for unit in self._units.values() for each, name in variables(unit)}
        self._classes = [each.info for each in self._units.values() if isinstance(each, ClassDef)]

    def named(self, prefix: str) -> list[str]:
        """Every function and class whose full name begins so."""
        return [name for name in self._units if name.startswith(prefix)]

    def reachable(self, start: Iterable[str]) -> Reached:
        """Whatever the functions named by `start` may come to. Raises KeyError for an unknown name."""
        reached, waiting = Reached(), [self._units[name] for name in start]
        while waiting:
            unit = waiting.pop()
            if unit.fullname not in reached.names:
                reached.names.add(unit.fullname)
                for node in self._contents(unit):
                    reached.operations.update(self._operations(node))
                    waiting += self._mentions(node)
        return reached

    def _contents(self, unit: Unit) -> Iterator[Node]:
        """A function whole. A class without its methods, but for those that nobody calls by name."""
        if not isinstance(unit, ClassDef):
            yield from below(unit)
            return
        called_by_libraries = unit.info.fallback_to_any
        for statement in unit.defs.body:
            name = statement.name if isinstance(statement, FuncDef | Decorator | OverloadedFuncDef) else "__"
            if called_by_libraries or name.startswith("__"):
                yield from below(statement)

    def _operations(self, node: Node) -> Iterator[Operation]:
        match node:
            case CallExpr(callee=MemberExpr(name="get_paginator") as callee, args=[StrExpr(value=name)]):
                yield from (Operation(service, name) for service in self._services(callee))
            case CallExpr(callee=MemberExpr(name="get_waiter") as callee, args=[StrExpr(value=name)]):
                yield from (Operation(each, waited_with(each, name)) for each in self._services(callee))
            case MemberExpr(name=name):
                found = (Operation(service, name) for service in self._services(node))
                yield from (each for each in found if name in methods(each.service))

    def _services(self, member: MemberExpr) -> Iterator[str]:
        """Of what client it may be a member: made here, kept in a variable, or of an annotated type."""
        match member.expr:
            case CallExpr() as made:
                yield from client_of(made)
            case NameExpr(node=Var() as variable) if variable in self._clients:
                yield self._clients[variable]
        for kind in self._types(member.expr):
            if isinstance(kind, AnyType) and kind.missing_import_name in self._stubs:
                yield self._stubs[kind.missing_import_name]

    def _mentions(self, node: Node) -> Iterator[Unit]:
        if isinstance(node, RefExpr) and node.node is not None:
            yield from self._known(node.node.fullname)
        if isinstance(node, MemberExpr):
            for kind in self._types(node.expr):
                for info in class_of(kind):
                    yield from self._members(info, node.name)

    def _members(self, info: TypeInfo, name: str) -> Iterator[Unit]:
        """The attribute as the class has it, a subclass of it, or an implementation of the protocol."""
        kin = (each for each in self._classes if info in each.mro or implements(each, info))
        for each in (info, *kin):
            if (symbol := each.get(name)) and symbol.node:
                yield from self._known(symbol.node.fullname)

    def _known(self, name: str) -> Iterator[Unit]:
        if name in self._units:
            yield self._units[name]

    def _types(self, expression: Expression) -> Iterator[Type]:
        kind = self._checked.types.get(expression)
        yield from alternatives(kind) if kind else ()


def sources(root: Path, parts: Iterable[str]) -> Iterator[Path]:
    """Python files and whole packages below `root`."""
    for part in parts:
        yield from [root / part] if part.endswith(".py") else sorted((root / part).rglob("*.py"))


def checked(root: Path, paths: Iterable[Path]) -> BuildResult:
    """The program with a type for every expression; what it imports from elsewhere is of any type."""
    options = Options()
    options.incremental, options.cache_dir = False, "/dev/null"
    options.export_types = options.preserve_asts = options.check_untyped_defs = True
    options.namespace_packages = options.explicit_package_bases = True
    options.follow_imports, options.ignore_missing_imports = "skip", True
    options.python_executable, options.mypy_path = None, [str(root)]
    return build([BuildSource(str(path), module_of(path, root), None) for path in paths], options)


def module_of(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def units(node: MypyFile | ClassDef) -> Iterator[Unit]:
    """Every function and class of a module, those of classes included."""
    for each in node.defs if isinstance(node, MypyFile) else node.defs.body:
        if isinstance(each, FuncDef | Decorator | OverloadedFuncDef):
            yield each
        elif isinstance(each, ClassDef):
            yield each
            yield from units(each)


def client_of(call: Expression) -> Iterator[str]:
    """The service of `….client("service")`."""
    match call:
        case CallExpr(callee=MemberExpr(name="client" | "resource"), args=[StrExpr(value=name), *_]):
            yield name


def variables(unit: Unit) -> Iterator[tuple[Var, str]]:
    """Which variables are given clients, by themselves or in a row."""
    for node in below(unit):
        match node:
            case AssignmentStmt(lvalues=[TupleExpr(items=left)], rvalue=TupleExpr(items=right)):
                pairs = list(zip(left, right, strict=True))
            case AssignmentStmt(lvalues=[one], rvalue=value):
                pairs = [(one, value)]
            case _:
                continue
        for name, value in pairs:
            if isinstance(name, NameExpr) and isinstance(name.node, Var):
                yield from ((name.node, service) for service in client_of(value))


def waited_with(service: str, waiter: str) -> str:
    """The method that a waiter calls again and again."""
    model = botocore.session.get_session().get_waiter_model(service)
    [name] = [each for each in model.waiter_names if botocore.xform_name(each) == waiter]
    return str(botocore.xform_name(model.get_waiter(name).operation))


@cache
def methods(service: str) -> frozenset[str]:
    """What calls the service: a method for every operation, and what boto3 makes of several."""
    operations = botocore.session.get_session().get_service_model(service).operation_names
    return COMPOSED | {botocore.xform_name(each) for each in operations}


def stubs(module: MypyFile) -> Iterator[tuple[str, str]]:
    """The service of each name that a module imports from boto3's stubs: `….queues.SQSClient` is of `sqs`."""
    for each in module.imports:
        if isinstance(each, ImportFrom) and each.id.startswith(STUBS):
            service = each.id.split(".")[0].removeprefix(STUBS).replace("_", "-")
            yield from ((f"{module.fullname}.{alias or name}", service) for name, alias in each.names)


def below(node: Node) -> Iterator[Node]:
    """The node and everything that is written inside it."""
    yield node
    for name in type(node).__mypyc_attrs__:  # type: ignore[attr-defined]  # mypy is compiled: its nodes list them
        if name not in ELSEWHERE:
            for each in flattened(getattr(node, name, None)):
                yield from below(each)


def flattened(value: object) -> Iterator[Node]:
    match value:
        case Node() if isinstance(value, SYNTAX):
            yield value
        case list() | tuple():
            for each in value:
                yield from flattened(each)


def alternatives(kind: Type) -> Iterator[Type]:
    proper = get_proper_type(kind)
    if isinstance(proper, UnionType):
        for each in proper.items:
            yield from alternatives(each)
    else:
        yield proper


def class_of(kind: Type) -> Iterator[TypeInfo]:
    """Whose attributes a value has: its class's, or those of the class that it is."""
    match kind:
        case Instance():
            yield kind.type
        case CallableType() if kind.is_type_obj():
            yield kind.type_object()
        case TypeType(item=Instance() as item):
            yield item.type


def implements(info: TypeInfo, protocol: TypeInfo) -> bool:
    return protocol.is_protocol and not info.is_protocol and all(map(info.get, protocol.protocol_members))
