"""The template's own `Rules` of which parameters go together, read before CloudFormation would."""

from collections.abc import Iterator, Mapping

from appsync.costs.deployment import Template
from appsync.deploying.stages import DECIDED_HERE
from appsync.packaging import TEMPLATE, Json, as_object, read


def broken(parameters: Mapping[str, str]) -> Iterator[str]:
    """The template's sentence for each assertion that does not hold.

    What is said of parameters that are decided later is left to CloudFormation.
    """
    template = Template(read(TEMPLATE), parameters)
    for rule in map(as_object, as_object(template.template["Rules"]).values()):
        if template.holds(rule["RuleCondition"]):
            yield from _broken(template, rule["Assertions"])


def _broken(template: Template, assertions: Json) -> Iterator[str]:
    for assertion in map(as_object, assertions if isinstance(assertions, list) else ()):
        if not _named(assertion["Assert"]) & DECIDED_HERE and not template.holds(assertion["Assert"]):
            yield str(assertion["AssertDescription"])


def _named(value: Json) -> set[str]:
    """The parameters that a condition refers to."""
    match value:
        case {"Ref": str(name)}:
            return {name}
        case dict():
            return set().union(*map(_named, value.values()))
        case list():
            return set().union(*map(_named, value))
    return set()
