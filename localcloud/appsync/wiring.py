"""Turns what a definition attaches to fields into resolvers that run."""

from collections.abc import Mapping

import boto3
from botocore.config import Config

from localcloud.appsync.attachments import Attachments, ResolverDefinition, SourceDefinition
from localcloud.appsync.datasources import DataSource, Function, Nothing, Table
from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.js import JavaScript
from localcloud.appsync.resolvers import Resolver
from localcloud.appsync.schema import Coordinate, Schema

# One attempt: AppSync does not retry a function either, and a retried invocation would run twice.
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1}, read_timeout=31, max_pool_connections=64)


def wire(
    attachments: Attachments, schema: Schema, session: boto3.Session, endpoints: Mapping[str, str]
) -> Mapping[Coordinate, Resolver]:
    """Raises DefinitionError when code does not compile, or a resolver has no field or no data source.

    `endpoints` says where a data source's service is, by the data source's name; else boto3's settings do.
    """
    engine = JavaScript()
    sources = {
        each.name: data_source(each, session, endpoints.get(each.name)) for each in attachments.sources
    }
    return {each.place: resolver(each, schema, sources, engine) for each in attachments.resolvers}


def resolver(
    each: ResolverDefinition, schema: Schema, sources: Mapping[str, DataSource], engine: JavaScript
) -> Resolver:
    if each.place not in schema.field_directives:
        raise DefinitionError(f"a resolver is for {'.'.join(each.place)}, which the schema does not have")
    if each.source not in sources:
        raise DefinitionError(
            f"resolver {'.'.join(each.place)} names data source '{each.source}', which is not there"
        )
    if each.code:
        engine.check(each.code)
    return Resolver(sources[each.source], engine, each.code)


def data_source(each: SourceDefinition, session: boto3.Session, endpoint: str | None) -> DataSource:
    match each.kind:
        case "AWS_LAMBDA":
            return Function(each.target, session.client("lambda", endpoint_url=endpoint, config=ONE_ATTEMPT))
        case "AMAZON_DYNAMODB":
            return Table(each.target, session.client("dynamodb", endpoint_url=endpoint, config=ONE_ATTEMPT))
    return Nothing()
