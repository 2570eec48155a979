"""IAM policies, as far as calling an API needs them: effect, action and resource, no conditions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from dataclasses import dataclass

from localcloud.appsync.errors import DefinitionError, Json


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; its patterns match any of the actions together with any of the resources."""

    allows: bool
    actions: tuple[re.Pattern[str], ...]
    resources: tuple[re.Pattern[str], ...]

    def covers(self, action: str, resource: str) -> bool:
        return any(each.fullmatch(action) for each in self.actions) and any(
            each.fullmatch(resource) for each in self.resources
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """What a principal may do. A statement that denies outweighs all that allow."""

    statements: tuple[Statement, ...]

    def allows(self, action: str, resource: str) -> bool:
        effects = {each.allows for each in self.statements if each.covers(action, resource)}
        return effects == {True}


def read_policy(document: Json) -> Policy:
    """Raises DefinitionError for what is no policy, or has elements that would be passed over here."""
    try:
        return Policy(tuple(read_statement(each) for each in listed(document["Statement"])))
    except (KeyError, TypeError, AttributeError) as error:
        raise DefinitionError(f"a policy cannot be read: {type(error).__name__} {error}") from error


def read_statement(statement: Json) -> Statement:
    further = sorted(statement.keys() - {"Sid", "Effect", "Action", "Resource"})
    if further or statement["Effect"] not in ("Allow", "Deny"):
        raise DefinitionError(f"a policy has {further or statement['Effect']}, which is not served here")
    return Statement(
        statement["Effect"] == "Allow",
        tuple(pattern(each, re.IGNORECASE) for each in listed(statement["Action"])),
        tuple(pattern(each) for each in listed(statement["Resource"])),
    )


def listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def pattern(text: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """`*` is any text and `?` any character; names of actions are the same in capitals."""
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), flags | re.DOTALL)
