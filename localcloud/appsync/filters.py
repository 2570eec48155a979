"""Which events a subscriber gets: by its arguments, or by the enhanced filter its resolver set.

https://docs.aws.amazon.com/appsync/latest/devguide/aws-appsync-real-time-enhanced-filtering.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from localcloud.appsync.errors import FieldError, Json

MAX_GROUPS = 10
MAX_FIELDS = 5
MAX_ARGUMENTS = 5
MAX_DEPTH = 5
MAX_CHARS = 256
MAX_IN = 5
MAX_CONTAINS_ANY = 20


def same(left: Json, right: Json) -> bool:
    """Strict equality: 1 is not true, and "1" is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right and (type(left) is type(right) or is_number(left))


def is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def ordered(compare: Callable[[Json, Json], bool]) -> Callable[[Json, Json], bool]:
    """Strings with strings and numbers with numbers; anything else never matches."""

    def check(found: Json, wanted: Json) -> bool:
        comparable = (isinstance(found, str) and isinstance(wanted, str)) or (
            is_number(found) and is_number(wanted)
        )
        return comparable and compare(found, wanted)

    return check


def contains(found: Json, wanted: Json) -> bool:
    if isinstance(found, str):
        return isinstance(wanted, str) and wanted in found
    return isinstance(found, list) and any(same(each, wanted) for each in found)


def contains_any(found: Json, wanted: Json) -> bool:
    return isinstance(found, list) and any(contains(found, each) for each in wanted)


def one_of(found: Json, wanted: Json) -> bool:
    return any(same(found, each) for each in wanted)


def begins_with(found: Json, wanted: Json) -> bool:
    return isinstance(found, str) and isinstance(wanted, str) and found.startswith(wanted)


OPERATORS: Mapping[str, Callable[[Json, Json], bool]] = {
    "eq": same,
    "ne": lambda found, wanted: not same(found, wanted),
    "lt": ordered(lambda found, wanted: found < wanted),
    "le": ordered(lambda found, wanted: found <= wanted),
    "gt": ordered(lambda found, wanted: found > wanted),
    "ge": ordered(lambda found, wanted: found >= wanted),
    "contains": contains,
    "notContains": lambda found, wanted: not contains(found, wanted),
    "containsAny": contains_any,
    "in": one_of,
    "notIn": lambda found, wanted: not one_of(found, wanted),
    "beginsWith": begins_with,
}
BETWEEN = "between"  # two comparisons in one
LISTS = {"in": MAX_IN, "notIn": MAX_IN, "containsAny": MAX_CONTAINS_ANY, BETWEEN: 2}


@dataclass(frozen=True, slots=True)
class Condition:
    """One field compared with one value; a path deeper than five levels never matches."""

    path: tuple[str, ...]
    operator: str
    value: Json

    def holds(self, event: Json) -> bool:
        if len(self.path) > MAX_DEPTH or isinstance(event, list):
            return False
        return OPERATORS[self.operator](look_up(event, self.path), self.value)


def look_up(event: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        event = event.get(name) if isinstance(event, Mapping) else None
    return event


@dataclass(frozen=True, slots=True)
class EnhancedFilter:
    """Groups are OR-ed, the conditions inside one are AND-ed."""

    groups: tuple[tuple[Condition, ...], ...]

    def matches(self, event: Json) -> bool:
        return any(all(condition.holds(event) for condition in group) for group in self.groups)


@dataclass(frozen=True, slots=True)
class ArgumentFilter:
    """Every argument given equals the event's field of that name; null matches null or absent."""

    arguments: tuple[tuple[str, Json], ...]

    @classmethod
    def of(cls, arguments: Mapping[str, Json], most: int = MAX_ARGUMENTS) -> "ArgumentFilter":
        """Lists and objects do not filter, and neither do arguments beyond as many as count."""
        plain = [(name, value) for name, value in arguments.items() if not isinstance(value, list | dict)]
        return cls(tuple(plain[:most]))

    def matches(self, event: Json) -> bool:
        if not self.arguments:
            return True
        return isinstance(event, Mapping) and all(
            same(event.get(name), value) for name, value in self.arguments
        )


type Filter = EnhancedFilter | ArgumentFilter


def read(document: Json, *, inclusive: bool = True) -> EnhancedFilter:
    """What `extensions.setSubscriptionFilter` was given. Raises FieldError when AppSync would refuse it.

    `inclusive` says whether `between` is true of its own bounds.
    """
    groups = document.get("filterGroup") if isinstance(document, Mapping) else None
    if not isinstance(groups, list) or not 1 <= len(groups) <= MAX_GROUPS:
        raise invalid(f"filterGroup holds 1 to {MAX_GROUPS} groups")
    return EnhancedFilter(tuple(read_group(group, inclusive=inclusive) for group in groups))


def read_group(group: Json, *, inclusive: bool) -> tuple[Condition, ...]:
    entries = group.get("filters") if isinstance(group, Mapping) else None
    if not isinstance(entries, list):
        raise invalid("a group holds a list called filters")
    conditions = tuple(each for entry in entries for each in read_conditions(entry, inclusive=inclusive))
    if len({condition.path for condition in conditions}) > MAX_FIELDS:
        raise invalid(f"a group names at most {MAX_FIELDS} fields")
    return conditions


def read_conditions(entry: Json, *, inclusive: bool) -> list[Condition]:
    """One, or the two that `between` stands for."""
    try:
        name, operator, value = entry["fieldName"], entry["operator"], entry["value"]
    except (KeyError, TypeError):
        raise invalid("a filter has fieldName, operator and value") from None
    check_name(name)
    check_value(operator, value)
    path = tuple(name.split("."))
    if operator == BETWEEN:
        bounds = ("ge", "le") if inclusive else ("gt", "lt")
        return [Condition(path, each, bound) for each, bound in zip(bounds, value, strict=True)]
    return [Condition(path, operator, value)]


def check_name(name: Json) -> None:
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_CHARS:
        raise invalid(f"a fieldName is a text of 1 to {MAX_CHARS} characters")


def check_value(operator: Json, value: Json) -> None:
    if not isinstance(operator, str) or (operator != BETWEEN and operator not in OPERATORS):
        raise invalid(f"operator {operator!r} is unknown")
    limit = LISTS.get(operator)
    listed = isinstance(value, list)
    if (limit is None) == listed or (listed and len(value) > (limit or 0)):
        takes = "one value" if limit is None else f"a list of at most {limit}"
        raise invalid(f"operator {operator!r} takes {takes}")
    if operator == BETWEEN and len(value) != LISTS[BETWEEN]:
        raise invalid(f"operator {BETWEEN!r} takes a pair")
    for each in value if listed else [value]:
        check_scalar(each)


def check_scalar(value: Json) -> None:
    if isinstance(value, list | dict):
        raise invalid("a value is a text, a number or a boolean")
    if isinstance(value, str) and len(value) > MAX_CHARS:
        raise invalid(f"a value has at most {MAX_CHARS} characters")


def invalid(reason: str) -> FieldError:
    return FieldError(f"Invalid subscription filter: {reason}.", "BadRequestException")
