"""What resolvers ask: nothing, a Lambda function, a DynamoDB table, an HTTP endpoint."""

from localcloud.appsync.datasources.functions import Function
from localcloud.appsync.datasources.http import Http, Signing
from localcloud.appsync.datasources.source import DataSource, Nothing
from localcloud.appsync.datasources.tables import Table

__all__ = ["DataSource", "Function", "Http", "Nothing", "Signing", "Table"]
