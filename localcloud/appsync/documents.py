"""Documents before they run: parsed within bounds, validated, and complained about in AppSync's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from graphql import (
    BREAK,
    SKIP,
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    Node,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    Visitor,
    VisitorAction,
    parse,
    print_ast,
    specified_rules,
    validate,
    visit,
)

from localcloud.appsync.errors import BadRequest, InvalidDocument, Json, Malformed
from localcloud.appsync.schema import Schema
from localcloud.appsync.selection import fields_of

# graphql-java's names for what each rule finds, which AppSync's messages quote.
RULE_NAMES = {
    "FieldsOnCorrectTypeRule": "FieldUndefined",
    "NoIntrospectionRule": "FieldUndefined",
    "ScalarLeafsRule": "SubSelectionRequired",
    "KnownArgumentNamesRule": "UnknownArgument",
    "ProvidedRequiredArgumentsRule": "MissingFieldArgument",
    "ValuesOfCorrectTypeRule": "WrongType",
    "KnownTypeNamesRule": "UnknownType",
    "KnownFragmentNamesRule": "UndefinedFragment",
    "NoUnusedFragmentsRule": "UnusedFragment",
    "NoFragmentCyclesRule": "FragmentCycle",
    "NoUndefinedVariablesRule": "UndefinedVariable",
    "NoUnusedVariablesRule": "UnusedVariable",
    "LoneAnonymousOperationRule": "LoneAnonymousOperationViolation",
    "UniqueOperationNamesRule": "DuplicateOperationName",
    "UniqueFragmentNamesRule": "DuplicateFragmentName",
    "UniqueVariableNamesRule": "DuplicateVariableName",
    "UniqueArgumentNamesRule": "DuplicateArgumentNames",
    "UniqueDirectivesPerLocationRule": "DuplicateDirectiveName",
    "KnownDirectivesRule": "UnknownDirective",
    "OverlappingFieldsCanBeMergedRule": "FieldsConflict",
    "VariablesInAllowedPositionRule": "VariableTypeMismatch",
    "VariablesAreInputTypesRule": "NonInputTypeOnVariable",
    "PossibleFragmentSpreadsRule": "InvalidFragmentType",
    "FragmentsOnCompositeTypesRule": "FragmentTypeConditionInvalid",
    "SingleFieldSubscriptionsRule": "SubscriptionMultipleRootFields",
}

WITHIN_FIELDS = frozenset(
    {"FieldUndefined", "SubSelectionRequired", "UnknownArgument", "MissingFieldArgument", "WrongType"}
)

# How many documents are remembered, and how long one may be: a parsed one takes up to 150 times its text.
REMEMBERED = 64
REMEMBERED_CHARS = 8_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one document may ask for. AppSync's own highest depth, 75, would let `ofType` bombs in."""

    query_tokens: int = 15_000
    query_depth: int = 30
    query_fields: int = 800
    query_schema_fields: int = 5
    query_spreads: int = 100
    query_directives: int = 100


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client asks: the members of the request body that count."""

    query: str
    variables: Mapping[str, Json] = field(default_factory=dict)
    operation_name: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A valid operation of a document, with the variables it was sent with."""

    document: DocumentNode
    node: OperationDefinitionNode
    variables: Mapping[str, Json]

    @property
    def kind(self) -> OperationType:
        return self.node.operation

    @property
    def name(self) -> str | None:
        return self.node.name.value if self.node.name else None

    @property
    def root_fields(self) -> list[str]:
        """Their names in the schema, fragments spread out."""
        fragments = fragments_of(self.document)
        return [each.name.value for each in fields_of(self.node.selection_set, fragments)]


class Documents:
    """Prepares requests, and remembers what was valid: who asks often asks with the same few documents.

    Validation is most of what a small request costs, and a worker publishes twenty times a second.
    """

    def __init__(self, schema: Schema, bounds: Bounds, *, introspection: bool = True) -> None:
        self._schema = schema
        self._bounds = bounds
        self._rules = RULES if introspection else [*RULES, named(NoIntrospectionRule)]
        self._remembered = lru_cache(REMEMBERED)(self._examine)

    def prepare(self, request: GraphQLRequest) -> Operation:
        """Raises Malformed for no GraphQL, BadRequest beyond a bound, InvalidDocument for the rest."""
        short = len(request.query) <= REMEMBERED_CHARS
        examine = self._remembered if short else self._examine
        document, node = examine(request.query, request.operation_name)
        check_required(node, request.variables)
        return Operation(document, node, request.variables)

    def _examine(self, query: str, name: str | None) -> tuple[DocumentNode, OperationDefinitionNode]:
        document = read(query, self._bounds)
        node = choose(document, name)
        Measure(document, self._bounds).check(node)
        errors = validate(self._schema.graphql, document, self._rules, max_errors=20, hide_suggestions=True)
        if errors:
            raise InvalidDocument([complaint(error, document) for error in errors])
        return document, node


def read(query: str, bounds: Bounds) -> DocumentNode:
    try:
        return parse(query, max_tokens=bounds.query_tokens, allow_empty_selection_sets=False)
    except GraphQLError as error:
        if "more than" in error.message and "tokens" in error.message:  # the parser has no type for this
            raise BadRequest("Maximum char length exceeded") from error
        raise Malformed from error
    except RecursionError as error:
        raise BadRequest("The query is nested too deeply.") from error


def choose(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if not found:
        raise Malformed
    if name:
        found = [node for node in found if node.name and node.name.value == name]
        if not found:
            raise BadRequest(f"Unknown operation named '{name}'.")
    if len(found) > 1:
        raise BadRequest("Missing operation name.")
    return found[0]


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    fragments = (each for each in document.definitions if isinstance(each, FragmentDefinitionNode))
    return {each.name.value: each for each in fragments}


@dataclass(slots=True)
class Cost:
    """What a selection asks for once its fragments are spread out."""

    depth: int = 0
    fields: int = 0
    schema_fields: int = 0
    spreads: int = 0
    directives: int = 0

    def add(self, other: "Cost") -> None:
        self.depth = max(self.depth, other.depth)
        self.fields += other.fields
        self.schema_fields += other.schema_fields
        self.spreads += other.spreads
        self.directives += other.directives


class Measure:
    """Costs without spreading: each fragment is measured once, so a bomb of them is as cheap as any."""

    def __init__(self, document: DocumentNode, bounds: Bounds) -> None:
        self._bounds = bounds
        self._costs: dict[str, Cost] = {}
        self._fragments = fragments_of(document)

    def check(self, node: OperationDefinitionNode) -> None:
        """Raises BadRequest naming the bound."""
        try:
            cost = self._selections(node.selection_set)
        except RecursionError as error:
            raise BadRequest("The query is nested too deeply.") from error
        for name in ("depth", "fields", "schema_fields", "spreads", "directives"):
            limit = getattr(self._bounds, f"query_{name}")
            if getattr(cost, name) > limit:
                what = name.replace("_", " ")
                raise BadRequest(f"The query exceeds the limit of {limit} for {what}: setting query_{name}.")

    def _selections(self, selections: SelectionSetNode | None) -> Cost:
        total = Cost()
        for selection in selections.selections if selections else ():
            total.add(self._selection(selection))
        return total

    def _selection(self, node: SelectionNode) -> Cost:
        if isinstance(node, FragmentSpreadNode):
            return self._spread(node.name.value)
        below = self._selections(getattr(node, "selection_set", None))
        below.directives += len(node.directives or ())
        if isinstance(node, FieldNode):
            below.depth += 1
            below.fields += 1
            below.schema_fields += node.name.value in ("__schema", "__type")
        return below

    def _spread(self, name: str) -> Cost:
        spread = Cost(spreads=1)
        spread.add(self._fragment(name))
        return spread

    def _fragment(self, name: str) -> Cost:
        """A cycle costs nothing here; validation refuses it."""
        if name not in self._costs:
            self._costs[name] = Cost()
            if name in self._fragments:
                self._costs[name] = self._selections(self._fragments[name].selection_set)
        return self._costs[name]


class NoIntrospectionRule(ValidationRule):
    """With introspection disabled `__schema` and `__type` are there, and have no fields but `__typename`."""

    def enter_field(self, node: FieldNode, *_: object) -> VisitorAction:
        parent = self.context.get_parent_type()
        if parent is None or not parent.name.startswith("__") or node.name.value == "__typename":
            return None
        message = f"Cannot query field '{node.name.value}' on type '{parent.name}'."
        self.report_error(GraphQLError(message, node))
        return SKIP


class Labelled:
    """A rule's context that leaves the name of the rule's finding on each error.

    Rules report to themselves or straight to their context, so it is the context that has to know.
    """

    def __init__(self, context: ValidationContext, found: str) -> None:
        self._context = context
        self._found = found

    def __getattr__(self, name: str) -> object:
        return getattr(self._context, name)

    def report_error(self, error: GraphQLError) -> None:
        error.extensions = {"found": self._found}
        self._context.report_error(error)


def named(rule: type[ASTValidationRule]) -> type[ASTValidationRule]:
    found = RULE_NAMES.get(rule.__name__, rule.__name__.removesuffix("Rule"))

    class Named(rule):  # type: ignore[misc, valid-type]  # a class made from a class known at run time only
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(Labelled(context, found))

    return Named


RULES = [named(rule) for rule in specified_rules]


class Path(Visitor):
    """The way to a node as graphql-java tells it: the names of the fields around it, after a fragment's."""

    def __init__(self, document: DocumentNode, target: Node) -> None:
        super().__init__()
        self.names: list[str] = []
        self._target = target
        visit(document, self)

    def enter(self, node: Node, *_: object) -> VisitorAction:
        if isinstance(node, FieldNode | FragmentDefinitionNode):
            self.names.append(node.name.value)
        return BREAK if node is self._target else None

    def leave(self, node: Node, *_: object) -> None:
        if isinstance(node, FieldNode | FragmentDefinitionNode):
            self.names.pop()


def complaint(error: GraphQLError, document: DocumentNode) -> Json:
    found = (error.extensions or {}).get("found", "InvalidSyntax")
    return {
        "path": None,
        "locations": locations(error),
        "message": f"Validation error of type {found}: {reason(error, found)}{where(error, found, document)}",
    }


def where(error: GraphQLError, found: str, document: DocumentNode) -> str:
    names = Path(document, error.nodes[0]).names if error.nodes and found in WITHIN_FIELDS else ()
    return f" @ '{'/'.join(names)}'" if names else ""


def reason(error: GraphQLError, found: str) -> str:
    """graphql-java's words for the commonest finding, graphql-core's without its advice for the others."""
    node = error.nodes[0] if error.nodes else None
    if found == "FieldUndefined" and isinstance(node, FieldNode):
        parent = error.message.rpartition(" on type ")[2].split("'")[1]
        return f"Field '{node.name.value}' in type '{parent}' is undefined"
    return error.message.partition(" Did you mean ")[0]


def locations(error: GraphQLError) -> Json:
    return [
        {"line": place.line, "column": place.column, "sourceName": None} for place in error.locations or ()
    ]


def check_required(node: OperationDefinitionNode, variables: Mapping[str, Json]) -> None:
    for definition in node.variable_definitions or ():
        name = definition.variable.name.value
        required = isinstance(definition.type, NonNullTypeNode) and definition.default_value is None
        if required and variables.get(name) is None:
            message = (
                f"Variable '{name}' has coerced Null value for NonNull type '{print_ast(definition.type)}'"
            )
            raise InvalidDocument([{"path": None, "locations": place_of(definition), "message": message}])


def place_of(node: object) -> Json:
    start = getattr(getattr(node, "loc", None), "start_token", None)
    return [{"line": start.line, "column": start.column, "sourceName": None}] if start else None
