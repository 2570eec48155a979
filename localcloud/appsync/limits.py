"""How much one operation may ask for, as an API's owner limits it.

https://docs.aws.amazon.com/appsync/latest/devguide/configuration-limits.html
"""

from dataclasses import dataclass

from graphql.pyutils import Path

from localcloud.appsync.errors import FieldError

RESOLVERS = 10_000


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """`depth` counts levels of fields, the root's as the first; None is no limit."""

    depth: int | None = None
    resolvers: int = RESOLVERS
    introspection: bool = True


class TooDeep(FieldError):
    """A field is on a level beyond the limit."""

    def __init__(self) -> None:
        super().__init__("Query depth limit reached.", "QueryDepthLimitReached")


class TooManyResolvers(FieldError):
    """As many resolvers have run for this operation as may."""

    def __init__(self) -> None:
        super().__init__("Resolver invocation limit reached.", "ResolverExecutionLimitReached")


class Allowance:
    """What is left of its limits to an operation that runs."""

    def __init__(self, limits: QueryLimits) -> None:
        self._depth = limits.depth
        self._resolvers = limits.resolvers

    def check_depth(self, path: Path) -> None:
        """Raises TooDeep; an index of a list is no level."""
        if self._depth is not None and sum(isinstance(each, str) for each in path.as_list()) > self._depth:
            raise TooDeep

    def take_resolver(self) -> None:
        """Raises TooManyResolvers."""
        if self._resolvers == 0:
            raise TooManyResolvers
        self._resolvers -= 1
