"""Builds an API out of a definition: the one place where schema, modes, resolvers and AWS clients meet."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import boto3

from localcloud.appsync import schema
from localcloud.appsync.access import Access
from localcloud.appsync.api import Api, Settings
from localcloud.appsync.authorization import Authorizer
from localcloud.appsync.definition import Definition, PoolDefinition
from localcloud.appsync.sigv4 import Credential
from localcloud.appsync.tokens import UserPool
from localcloud.appsync.wiring import wire


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around the API. `cognito_url` is where user pools publish their keys; None for AWS itself.

    `endpoints` are addresses of single data sources by name, for what is not where boto3 looks for it.
    """

    session: boto3.Session = field(default_factory=boto3.Session)
    cognito_url: str | None = None
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)


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
    resolvers = wire(definition.attachments, read, around.session, around.endpoints)
    return Api(read, authorizer, access, resolvers, settings or Settings())


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
