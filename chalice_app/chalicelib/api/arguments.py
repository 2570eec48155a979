"""A field's arguments as AppSync gives them: JSON, checked once more while it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Arguments:
    """The values by their names in the schema. Every method raises InvalidInput, naming what is wrong."""

    given: Mapping[str, object]
    place: str = ""
    """What goes before a name in a message: `input.` inside an input."""

    def need[T: (str, int)](self, name: str, kind: type[T]) -> T:
        """The value, which must be there and be of that kind."""
        value = self.get(name, kind)
        if value is None:
            raise self._invalid(name, "is missing")
        return value

    def get[T: (str, int)](self, name: str, kind: type[T]) -> T | None:
        """The value, or None where the client gave none."""
        value = self.given.get(name)
        return None if value is None else self._read(name, value, kind)

    def choice[E: StrEnum](self, name: str, kind: type[E]) -> E | None:
        """The enum's member, or None where the client gave none."""
        value = self.get(name, str)
        if value is not None and value not in list(kind):
            raise self._invalid(name, f"must be one of {', '.join(kind)}")
        return None if value is None else kind(value)

    def flag(self, name: str, *, absent: bool) -> bool:
        """A Boolean, or what it means that the client gave none."""
        value = self.choose(name)
        return absent if value is None else value

    def choose(self, name: str) -> bool | None:
        """A Boolean, or None where the client gave none."""
        value = self.given.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._invalid(name, "must be of type Boolean")
        return value

    def instant(self, name: str) -> datetime | None:
        """An AWSDateTime, which always says its offset from UTC; None where the client gave none."""
        value = self.get(name, str)
        try:
            found = None if value is None else datetime.fromisoformat(value)
        except ValueError as malformed:
            raise self._invalid(name, "must be of type AWSDateTime") from malformed
        if found is not None and found.tzinfo is None:
            raise self._invalid(name, "must be of type AWSDateTime, with an offset such as Z")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """Every text of a list; none where the client gave no list."""
        values = self.given.get(name)
        if values is None:
            return ()
        if not isinstance(values, list):
            raise self._invalid(name, "must be a list")
        return tuple(self._read(f"{name}.{at}", each, str) for at, each in enumerate(values))

    def input(self, name: str) -> "Arguments":
        """What is inside an input, which must be there."""
        value = self.given.get(name)
        if not isinstance(value, Mapping):
            raise self._invalid(name, "must be an object")
        return Arguments(value, f"{self.place}{name}.")

    def _read[T: (str, int)](self, name: str, value: object, kind: type[T]) -> T:
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self._invalid(name, f"must be of type {'String' if kind is str else 'Int'}")
        return value

    def _invalid(self, name: str, problem: str) -> InvalidInput:
        return InvalidInput(f"{self.place}{name} {problem}")
