"""Turns what a definition attaches to fields into resolvers that run."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import boto3
from botocore.config import Config

from localcloud.appsync.attachments import (
    Attachments,
    ResolverDefinition,
    SourceDefinition,
    StepDefinition,
)
from localcloud.appsync.datasources import DataSource, Function, Http, Nothing, Signing, Table
from localcloud.appsync.datasources.invoking import ByBoto3, Invoke, OnThisMachine
from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.guard import is_local
from localcloud.appsync.js import JavaScript
from localcloud.appsync.resolvers import Pipeline, Resolver, Unit
from localcloud.appsync.schema import Coordinate, Schema
from localcloud.appsync.services import address, client, credentials
from localcloud.appsync.steps import Step

# One attempt: AppSync does not retry a function either, and a retried invocation would run twice.
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1}, read_timeout=31, max_pool_connections=64)


@dataclass(frozen=True, slots=True)
class Connections:
    """How data sources are reached: by `endpoints` where they are named there, else as boto3 is set.

    With `error_names` a failing function's error is of its exception's name.
    """

    session: boto3.Session
    endpoints: Mapping[str, str] = field(default_factory=dict)
    error_names: bool = False


def wire(
    attachments: Attachments, schema: Schema, connections: Connections, environment: Mapping[str, str]
) -> Mapping[Coordinate, Resolver]:
    """Raises DefinitionError when code cannot run, or a resolver has no field or no data source."""
    engine = JavaScript(environment=environment)
    sources = {each.name: data_source(each, connections) for each in attachments.sources}
    return {each.place: resolver(each, schema, sources, engine) for each in attachments.resolvers}


def resolver(
    each: ResolverDefinition, schema: Schema, sources: Mapping[str, DataSource], engine: JavaScript
) -> Resolver:
    if each.place not in schema.field_directives:
        raise DefinitionError(f"a resolver is for {'.'.join(each.place)}, which the schema does not have")
    steps = tuple(step(one, sources, engine) for one in each.steps)
    if not each.pipeline:
        return Unit(steps[0])
    if each.code:
        engine.check(each.code)
    return Pipeline(engine, each.code, steps)


def step(each: StepDefinition, sources: Mapping[str, DataSource], engine: JavaScript) -> Step:
    if each.source not in sources:
        raise DefinitionError(f"{each.name} names data source '{each.source}', which is not there")
    if each.code:
        engine.check(each.code)
    return Step(sources[each.source], engine, each.code, each.batch)


def data_source(each: SourceDefinition, connections: Connections) -> DataSource:
    session, endpoint = connections.session, connections.endpoints.get(each.name)
    match each.kind:
        case "AWS_LAMBDA":
            return Function(each.target, invoke(session, endpoint), connections.error_names)
        case "AMAZON_DYNAMODB":
            return Table(each.target, client(session, "dynamodb", endpoint, ONE_ATTEMPT))
        case "HTTP":
            wanted = each.signing
            return Http(each.target, Signing(session, wanted.region, wanted.service) if wanted else None)
    return Nothing()


def invoke(session: boto3.Session, endpoint: str | None) -> Invoke:
    """Plain addresses of this machine need no more than a connection."""
    where = address("lambda", endpoint, os.environ)
    if where and where.startswith("http://") and is_local(where):
        return OnThisMachine(where, credentials(session, "lambda", where), session.region_name)
    return ByBoto3(client(session, "lambda", endpoint, ONE_ATTEMPT))
