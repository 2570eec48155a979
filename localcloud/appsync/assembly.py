"""Builds an API out of a definition: the one place where schema, modes, resolvers and AWS clients meet."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import boto3
from botocore.config import Config

from localcloud.appsync import schema
from localcloud.appsync.access import Access
from localcloud.appsync.api import Api, Settings
from localcloud.appsync.authorization import Authorizer
from localcloud.appsync.datasources import DataSource, Function, Nothing, Table
from localcloud.appsync.definition import Definition, PoolDefinition, ResolverDefinition, SourceDefinition
from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.js import JavaScript
from localcloud.appsync.resolvers import Resolver
from localcloud.appsync.schema import Coordinate
from localcloud.appsync.sigv4 import Credential
from localcloud.appsync.tokens import UserPool

# One attempt: AppSync does not retry a function either, and a retried invocation would run twice.
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1}, read_timeout=31, max_pool_connections=64)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around the API. `cognito_url` is where user pools publish their keys; None for AWS itself."""

    session: boto3.Session = field(default_factory=boto3.Session)
    cognito_url: str | None = None
    credentials: Mapping[str, Credential] = field(default_factory=dict)


def assemble(definition: Definition, around: Surroundings, settings: Settings | None = None) -> Api:
    """Raises DefinitionError when schema or code does not compile, or a resolver has no field."""
    read = schema.load(definition.sdl)
    authorizer = Authorizer(
        default=definition.default,
        additional=definition.additional,
        api_keys=definition.api_keys,
        pools=tuple(user_pool(each, around.cognito_url) for each in definition.pools),
        credentials=around.credentials,
    )
    action = definition.pools[0].default_action if definition.pools else "ALLOW"
    access = Access(read, definition.default, bool(definition.additional), action)
    return Api(read, authorizer, access, resolvers(definition, read, around), settings or Settings())


def user_pool(pool: PoolDefinition, cognito_url: str | None) -> UserPool:
    """Tokens name AWS's address as their issuer wherever the pool is; only the keys are fetched elsewhere."""
    issuer = f"https://cognito-idp.{pool.region}.amazonaws.com/{pool.pool_id}"
    base = f"{cognito_url.rstrip('/')}/{pool.pool_id}" if cognito_url else issuer
    return UserPool(
        issuer=issuer,
        jwks_url=f"{base}/.well-known/jwks.json",
        client_pattern=pool.client_pattern,
        default_action=pool.default_action,
    )


def resolvers(
    definition: Definition, read: schema.Schema, around: Surroundings
) -> Mapping[Coordinate, Resolver]:
    engine = JavaScript()
    sources = {each.name: data_source(each, around.session) for each in definition.sources}
    return {each.place: resolver(each, read, sources, engine) for each in definition.resolvers}


def resolver(
    each: ResolverDefinition, read: schema.Schema, sources: Mapping[str, DataSource], engine: JavaScript
) -> Resolver:
    if each.place not in read.field_directives:
        raise DefinitionError(f"a resolver is for {'.'.join(each.place)}, which the schema does not have")
    if each.source not in sources:
        raise DefinitionError(
            f"resolver {'.'.join(each.place)} names data source '{each.source}', which is not there"
        )
    if each.code:
        engine.check(each.code)
    return Resolver(sources[each.source], engine, each.code)


def data_source(each: SourceDefinition, session: boto3.Session) -> DataSource:
    match each.kind:
        case "AWS_LAMBDA":
            return Function(each.target, session.client("lambda", config=ONE_ATTEMPT))
        case "AMAZON_DYNAMODB":
            return Table(each.target, session.client("dynamodb", config=ONE_ATTEMPT))
    return Nothing()
