"""Builds an API out of a definition: the one place where schema, modes, resolvers and AWS clients meet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import boto3
from botocore.config import Config

from localcloud.appsync import authorizer_function, schema
from localcloud.appsync.access import Access
from localcloud.appsync.api import Api, Settings
from localcloud.appsync.authorization import Authorizer
from localcloud.appsync.authorizer_function import AuthorizerFunction
from localcloud.appsync.definition import Definition, Place
from localcloud.appsync.issuers import pool_issuer
from localcloud.appsync.keys import Key, Keys
from localcloud.appsync.providers import FunctionDefinition, IssuerDefinition, PoolDefinition, Providers
from localcloud.appsync.services import client
from localcloud.appsync.sigv4 import Credential
from localcloud.appsync.tokens import Provider, UserPool
from localcloud.appsync.wiring import Connections, wire


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around the API. `cognito_url` is where user pools publish their keys; None for AWS itself.

    `endpoints` are addresses of single data sources by name, for what is not where boto3 looks for it;
    `function_url` is where an authoriser's function is invoked, likewise. `local_keys` sign tokens of every
    pool and provider: none, unless whoever serves the API asked for it.
    """

    session: boto3.Session = field(default_factory=boto3.Session)
    cognito_url: str | None = None
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    function_url: str | None = None
    local_keys: Mapping[str, Key] = field(default_factory=dict)


def assemble(definition: Definition, around: Surroundings, settings: Settings | None = None) -> Api:
    """Raises DefinitionError when schema or code does not compile, or a resolver has no field."""
    read = schema.load(definition.sdl)
    providers = definition.providers
    settings = settings or Settings()
    connections = Connections(around.session, around.endpoints, settings.function_error_names)
    return Api(
        read,
        authorizer(providers, definition.api_keys, definition.place, around),
        Access(
            read,
            providers.modes[0],
            len(providers.modes) > 1,
            providers.default_action,
            definition.place.arn,
        ),
        wire(definition.attachments, read, connections, definition.environment),
        settings,
        definition.limits,
    )


def authorizer(
    providers: Providers,
    api_keys: Mapping[str, datetime | None],
    place: Place,
    around: Surroundings,
    context_member: str = "resolverContext",
) -> Authorizer:
    """For an API of either kind; `context_member` is what its Lambda authoriser calls what it passes on."""
    sole = len(providers.modes) == 1
    return Authorizer(
        modes=frozenset(providers.modes),
        api_keys=api_keys,
        pools=tuple(user_pool(each, around) for each in providers.pools),
        providers=tuple(provider(each, sole, around.local_keys) for each in providers.issuers),
        function=deciding(providers.function, place, around, context_member) if providers.function else None,
        credentials=around.credentials,
    )


def user_pool(pool: PoolDefinition, around: Surroundings) -> UserPool:
    """Tokens name AWS's address as their issuer wherever the pool is; only the keys are fetched elsewhere."""
    issuer = pool_issuer(pool.pool_id, pool.region)
    base = f"{around.cognito_url.rstrip('/')}/{pool.pool_id}" if around.cognito_url else issuer
    keys = Keys(f"{base}/.well-known/jwks.json", trusted=around.local_keys)
    return UserPool(issuer, keys, pool.client_pattern, pool.default_action)


def provider(each: IssuerDefinition, sole: bool, local: Mapping[str, Key]) -> Provider:
    address = f"{each.issuer.rstrip('/')}/.well-known/openid-configuration"
    return Provider(
        issuer=each.issuer,
        keys=Keys(address, discovery=True, trusted=local),
        client_pattern=each.client_pattern,
        issued_seconds=each.issued_seconds,
        authenticated_seconds=each.authenticated_seconds,
        sole=sole,
    )


def deciding(
    function: FunctionDefinition, place: Place, around: Surroundings, context_member: str
) -> AuthorizerFunction:
    config = Config(
        retries={"total_max_attempts": 1}, read_timeout=authorizer_function.SECONDS, max_pool_connections=32
    )
    return AuthorizerFunction(
        name=function.target,
        client=client(around.session, "lambda", around.function_url, config),
        api_id=place.api_id,
        account_id=place.account_id,
        ttl=function.ttl,
        pattern=function.pattern,
        context_member=context_member,
    )
