"""A GraphQL schema as AppSync reads it: its scalars and directives are known without being declared."""

from collections import defaultdict
from dataclasses import dataclass

from graphql import (
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    ListValueNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    StringValueNode,
    build_ast_schema,
    get_nullable_type,
    is_equal_type,
    parse,
)

from localcloud.appsync import scalars
from localcloud.appsync.errors import DefinitionError

PRELUDE = """
scalar AWSDate scalar AWSTime scalar AWSDateTime scalar AWSTimestamp scalar AWSEmail
scalar AWSJSON scalar AWSURL scalar AWSPhone scalar AWSIPAddress
directive @aws_api_key on OBJECT | FIELD_DEFINITION
directive @aws_iam on OBJECT | FIELD_DEFINITION
directive @aws_oidc on OBJECT | FIELD_DEFINITION
directive @aws_lambda on OBJECT | FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String!]) on OBJECT | FIELD_DEFINITION
directive @aws_auth(cognito_groups: [String!]!) on FIELD_DEFINITION
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
directive @aws_publish(subscriptions: [String]) on FIELD_DEFINITION
"""

type Coordinate = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Directive:
    """One `@aws_…` directive; `values` are the strings of its one list argument, None without it."""

    name: str
    values: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Schema:
    """`directives` by type name and by (type, field); `links` from a mutation to its subscription fields."""

    graphql: GraphQLSchema
    type_directives: dict[str, tuple[Directive, ...]]
    field_directives: dict[Coordinate, tuple[Directive, ...]]
    links: dict[str, tuple[str, ...]]

    @property
    def roots(self) -> frozenset[str]:
        """The names of the types that operations start from."""
        types = (self.graphql.query_type, self.graphql.mutation_type, self.graphql.subscription_type)
        return frozenset(each.name for each in types if each)


def load(sdl: str) -> Schema:
    """Raises DefinitionError with graphql-core's message when the text is no schema."""
    try:
        document = parse(sdl)
        graphql = build_ast_schema(with_prelude(document))
    except (GraphQLError, TypeError) as error:
        raise DefinitionError(f"the schema cannot be read: {told(error)}") from error
    if graphql.query_type is None:
        raise DefinitionError("the schema has no Query type")
    scalars.install(graphql)
    types = object_types(document)
    fields = {(node.name.value, field.name.value): field for node in types for field in node.fields or ()}
    return Schema(
        graphql=graphql,
        type_directives={node.name.value: read_directives(node.directives or ()) for node in types},
        field_directives={place: read_directives(field.directives or ()) for place, field in fields.items()},
        links=read_links(graphql, fields),
    )


def told(error: GraphQLError | TypeError) -> str:
    """The finding and its line, in one line of their own."""
    places = getattr(error, "locations", None)
    text = " ".join(str(getattr(error, "message", error)).split())
    return f"{text.rstrip('.')} in line {places[0].line}" if places else text.rstrip(".")


def with_prelude(document: DocumentNode) -> DocumentNode:
    """Adds what AppSync knows by itself, except what the schema text chose to declare."""
    declared = {node.name.value for node in document.definitions if isinstance(node, Declaration)}
    known = [node for node in parse(PRELUDE).definitions if not declares(node, declared)]
    return DocumentNode(definitions=(*known, *document.definitions))


Declaration = (ScalarTypeDefinitionNode, DirectiveDefinitionNode)


def declares(node: object, names: set[str]) -> bool:
    return isinstance(node, Declaration) and node.name.value in names


def object_types(document: DocumentNode) -> list[ObjectTypeDefinitionNode | ObjectTypeExtensionNode]:
    wanted = (ObjectTypeDefinitionNode, ObjectTypeExtensionNode)
    return [node for node in document.definitions if isinstance(node, wanted)]


def read_directives(nodes: tuple[DirectiveNode, ...]) -> tuple[Directive, ...]:
    return tuple(Directive(node.name.value, strings(node)) for node in nodes)


def strings(node: DirectiveNode) -> tuple[str, ...] | None:
    for argument in node.arguments or ():
        value = argument.value
        if isinstance(value, ListValueNode):
            return tuple(item.value for item in value.values if isinstance(item, StringValueNode))
    return None


def read_links(
    graphql: GraphQLSchema, fields: dict[Coordinate, FieldDefinitionNode]
) -> dict[str, tuple[str, ...]]:
    """From each mutation's name to the subscription fields that `@aws_subscribe` to it."""
    root = graphql.subscription_type.name if graphql.subscription_type else ""
    links: dict[str, list[str]] = defaultdict(list)
    for (parent, name), field in fields.items():
        if parent == root:
            for mutation in subscribed(field):
                check_link(graphql, name, mutation)
                links[mutation].append(name)
    return {mutation: tuple(names) for mutation, names in links.items()}


def check_link(graphql: GraphQLSchema, name: str, mutation: str) -> None:
    """Raises DefinitionError: the mutation has to be there and of the subscription's type."""
    root, mutations = graphql.subscription_type, graphql.mutation_type
    linked = mutations.fields.get(mutation) if mutations else None
    if linked is None:
        raise DefinitionError(f"Subscription.{name} subscribes to '{mutation}', which is no mutation")
    assert root is not None, "a subscription field without a root"  # noqa: S101
    own = root.fields[name].type
    if not is_equal_type(get_nullable_type(linked.type), get_nullable_type(own)):
        raise DefinitionError(
            f"Subscription.{name} is of type {own}, but mutation '{mutation}' of {linked.type}"
        )


def subscribed(field: FieldDefinitionNode) -> tuple[str, ...]:
    for directive in read_directives(field.directives or ()):
        if directive.name == "aws_subscribe":
            return directive.values or ()
    return ()
