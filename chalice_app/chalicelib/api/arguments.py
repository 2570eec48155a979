"""Turns the JSON of a field's arguments into what its resolver takes, checked once more after AppSync."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    Undefined,
    coerce_input_value,
    is_required_argument,
)
from graphql.utilities import validate_input_value
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from chalicelib.api.schema import schema
from chalicelib.errors import InvalidInput


def converted(field: GraphQLField, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments: inputs as their dataclasses, enums as records' own. Raises InvalidInput."""
    checked = {
        name: _coerced(name, argument, arguments.get(name, Undefined))
        for name, argument in field.args.items()
        if name in arguments or is_required_argument(argument)
    }
    return convert_arguments(
        checked,
        definition_of(field).arguments,
        config=schema.config,
        scalar_registry=schema.schema_converter.scalar_registry,
    )


def definition_of(field: GraphQLField) -> StrawberryField:
    definition = field.extensions["strawberry-definition"]
    if not isinstance(definition, StrawberryField):
        raise TypeError("not a field of Strawberry's")
    return definition


def resolver_of(field: GraphQLField) -> Callable[..., object]:
    """The method behind a field, to be called on a root value."""
    resolver = definition_of(field).base_resolver
    if resolver is None:
        raise TypeError("a field has no resolver")
    method: Callable[..., object] = resolver.wrapped_func  # type: ignore[assignment]  # may be a static method, never here
    return method


def _coerced(name: str, argument: GraphQLArgument, value: object) -> object:
    problems: list[str] = []

    def note(error: GraphQLError, path: list[str | int]) -> None:
        problems.append(f"{'.'.join([name, *map(str, path)])}: {error.message}")

    validate_input_value(value, argument.type, note)
    if problems:
        raise InvalidInput("; ".join(problems))
    return coerce_input_value(value, argument.type)
