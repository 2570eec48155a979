"""Expressions with their names and values, as boto3's parameters."""

from localcloud.appsync.datasources.attributes import typed
from localcloud.appsync.errors import Json


def projection(operation: Json) -> dict[str, Json]:
    return expression("Projection", operation.get("projection"))


def expression(kind: str, given: Json) -> dict[str, Json]:
    """`{expression, expressionNames, expressionValues}` as boto3's parameters."""
    if not given or not given.get("expression"):
        return {}
    values = {name: typed(value) for name, value in (given.get("expressionValues") or {}).items()}
    parts = {
        f"{kind}Expression": given["expression"],
        "ExpressionAttributeNames": given.get("expressionNames"),
        "ExpressionAttributeValues": values,
    }
    return {name: value for name, value in parts.items() if value}


def merged(*parts: dict[str, Json]) -> dict[str, Json]:
    """Names and values of several expressions share one map each."""
    both: dict[str, Json] = {}
    for part in parts:
        for name, value in part.items():
            shared = name in ("ExpressionAttributeNames", "ExpressionAttributeValues")
            both[name] = {**both.get(name, {}), **value} if shared else value
    return both
