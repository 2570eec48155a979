"""Gives the enums of `records` their GraphQL descriptions; records themselves know nothing of GraphQL."""

from collections.abc import Mapping
from enum import Enum

import strawberry


def describe[E: Enum](enum: type[E], description: str, values: Mapping[E, str]) -> None:
    """Makes `enum` a GraphQL enum. Raises KeyError when a value is left without a description."""
    definition = strawberry.enum(enum, description=description).__strawberry_definition__  # type: ignore[attr-defined]  # set by Strawberry
    for value in definition.values:
        value.description = values[enum(value.value)]
