"""Policies as the packaged template has them, and what each of their statements allows."""

from collections.abc import Iterator
from typing import Any

type Json = Any  # of templates and policies, which tests read member by member


def statements(template: Json) -> Iterator[tuple[str, Json]]:
    """Every statement that allows a role something, with the logical id of what it is written in."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::IAM::Policy":
                documents = [properties["PolicyDocument"]]
            case "AWS::IAM::Role":
                documents = [each["PolicyDocument"] for each in properties.get("Policies", ())]
            case _:
                continue
        yield from ((name, each) for document in documents for each in document["Statement"])


def listed(value: Json) -> list[Json]:
    """IAM takes one for a list of one."""
    return value if isinstance(value, list) else [value]


def texts(value: Json) -> Iterator[str]:
    """Every text in a value, whatever intrinsic functions are around it."""
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from texts(each)
        case dict():
            yield from texts(list(value.values()))
