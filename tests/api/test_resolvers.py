"""Resolvers and schema.graphql agree: on the fields, on what each is given, and on what it returns."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from chalicelib import records
from chalicelib.api.arguments import Arguments
from chalicelib.api.caller import Caller
from chalicelib.api.export import FILE, readable
from chalicelib.api.resolvers import RESOLVERS
from chalicelib.errors import InvalidInput
from chalicelib.settings import Settings
from chalicelib.wire import camel
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    get_named_type,
    is_list_type,
    is_required_input_field,
)

SCHEMA = readable(FILE.read_text())
SAMPLES = {"String": "a", "ID": "a", "Int": 1, "Boolean": True, "AWSDateTime": "2026-01-02T03:04:05Z"}


def declared(type_name: str) -> dict[str, GraphQLField]:
    kind = SCHEMA.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    return dict(kind.fields)


FIELDS = [(type_name, name) for type_name, answered in RESOLVERS.items() for name in answered]


class Told(Exception):
    """Raised by the use case, with what it was called with."""


class UseCase:
    def __getattr__(self, name: str) -> Any:
        def call(*arguments: object, **named: object) -> None:
            raise Told(*arguments[1:], *flat(named.values()))  # the first is the owner

        return call


def flat(values: Iterable[object]) -> Iterator[object]:
    """The values, of a filter each of its own."""
    for value in values:
        inside = isinstance(value, records.Filter)
        yield from [getattr(value, field.name) for field in fields(records.Filter)] if inside else [value]


class UseCases:
    settings: Settings  # of which `about` alone asks
    library = desk = searcher = UseCase()


def called(type_name: str, name: str, given: Mapping[str, object]) -> object:
    try:
        RESOLVERS[type_name][name](Caller("ann", UseCases()), Arguments(given))  # type: ignore[arg-type]  # stand in
    except Told as told:
        return told.args
    raise AssertionError("no use case was called")


def sample(kind: GraphQLInputType) -> object:
    """A value of the type, with everything in it that may be."""
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        return {name: sample(field.type) for name, field in named.fields.items()}
    value = next(iter(named.values)) if isinstance(named, GraphQLEnumType) else SAMPLES[named.name]
    return [value] if is_list_type(kind) else value


def given(type_name: str, name: str) -> dict[str, Any]:
    return {each: sample(argument.type) for each, argument in declared(type_name)[name].args.items()}


def leaves(value: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, each in value.items():
        yield from leaves(each, (*path, name)) if isinstance(each, Mapping) else [(*path, name)]


def value_at(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        assert isinstance(value, Mapping)
        value = value[name]
    return value


def replaced(value: Mapping[str, Any], path: tuple[str, ...], by: object) -> dict[str, Any]:
    first, *rest = path
    return {**value, first: replaced(value[first], tuple(rest), by) if rest else by}


def returned(kind: object) -> Iterator[GraphQLObjectType]:
    """The type and those within it, each of them once or more."""
    if isinstance(kind, GraphQLObjectType):
        yield kind
        for field in kind.fields.values():
            yield from returned(get_named_type(field.type))


RETURNED = sorted(
    {kind for type_name, name in FIELDS for kind in returned(get_named_type(declared(type_name)[name].type))},
    key=str,
)
ARGUMENTS = [(*field, path) for field in FIELDS for path in leaves(given(*field))]


def test_every_field_is_answered_by_a_function_or_by_resolver_code() -> None:
    by_appsync = {"publish", "publishAnswerEvent", "publishDocumentEvent"}
    assert set(RESOLVERS["Query"]) == set(declared("Query"))
    assert set(RESOLVERS["Mutation"]) == set(declared("Mutation")) - by_appsync


@pytest.mark.parametrize(("type_name", "name"), [each for each in FIELDS if each[1] != "about"])
def test_everything_that_a_client_gives_reaches_the_use_case(type_name: str, name: str) -> None:
    count = len(list(leaves(given(type_name, name))))
    arguments = called(type_name, name, given(type_name, name))
    assert isinstance(arguments, tuple)
    assert len(arguments) == count
    assert None not in arguments


@pytest.mark.parametrize(("type_name", "name", "path"), ARGUMENTS)
def test_an_argument_of_another_kind_is_refused_by_its_name(
    type_name: str, name: str, path: tuple[str, ...]
) -> None:
    right = type(value_at(given(type_name, name), path))
    for wrong in (each for each in (3.5, True, {"a": 1}) if not isinstance(each, right)):
        with pytest.raises(InvalidInput, match=f"^{'[.]'.join(path)} must be "):
            called(type_name, name, replaced(given(type_name, name), path, wrong))


@pytest.mark.parametrize(("type_name", "name", "path"), ARGUMENTS)
def test_null_is_refused_where_the_schema_does_and_taken_elsewhere(
    type_name: str, name: str, path: tuple[str, ...]
) -> None:
    arguments = replaced(given(type_name, name), path, None)
    if required(type_name, name, path):
        with pytest.raises(InvalidInput, match=f"^{'[.]'.join(path)} is missing"):
            called(type_name, name, arguments)
    else:
        called(type_name, name, arguments)


def required(type_name: str, name: str, path: tuple[str, ...]) -> bool:
    argument = declared(type_name)[name].args[path[0]]
    inside = get_named_type(argument.type)
    if isinstance(inside, GraphQLInputObjectType):
        return is_required_input_field(inside.fields[path[1]])
    return str(argument.type).endswith("!")


@pytest.mark.parametrize(("type_name", "name"), FIELDS)
def test_a_resolver_returns_the_record_that_its_type_is_named_after(type_name: str, name: str) -> None:
    record = get_type_hints(RESOLVERS[type_name][name])["return"]
    items = get_args(record)
    kind = "Page" if get_origin(record) is records.Page else ""
    spelled = f"{items[0].__name__}{kind}" if items else record.__name__
    assert spelled == get_named_type(declared(type_name)[name].type).name


@pytest.mark.parametrize("kind", RETURNED, ids=str)
def test_a_record_has_every_field_of_its_type(kind: GraphQLObjectType) -> None:
    record = records.Page if kind.name.endswith("Page") else getattr(records, kind.name)
    assert set(kind.fields) <= {camel(field.name) for field in fields(record)}
