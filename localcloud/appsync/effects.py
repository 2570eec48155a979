"""What a field's handlers ask for besides a value: errors beside it, headers, filters, invalidations."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from localcloud.appsync.errors import FieldError, Json


@dataclass(frozen=True, slots=True)
class Effects:
    """All that the handlers of one field, or some of them, asked for."""

    appended: list[Json] = field(default_factory=list)
    filter: Json = None
    invalidation: Json = None
    invalidate: list[Json] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    evicted: list[Json] = field(default_factory=list)

    def then(self, later: "Effects") -> "Effects":
        """Both; of what there is one of only, the later one."""
        return Effects(
            appended=self.appended + later.appended,
            filter=self.filter if later.filter is None else later.filter,
            invalidation=self.invalidation if later.invalidation is None else later.invalidation,
            invalidate=self.invalidate + later.invalidate,
            headers={**self.headers, **later.headers},
            evicted=self.evicted + later.evicted,
        )

    @contextmanager
    def kept(self) -> Iterator[None]:
        """A failure within takes along what was asked for before it."""
        try:
            yield
        except FieldError as error:
            error.effects = self.then(error.effects or Effects())
            raise
