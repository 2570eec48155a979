"""Cuts a result down to what the client selected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.wire import Json


@dataclass(frozen=True, slots=True)
class Selection:
    """Paths such as `items/name`, as AppSync lists them; None selects everything.

    AppSync's list has aliases in place of names, while it looks the result up by name. Our output fields take
    no arguments, so a colon in the selection's text means that something may be aliased: then nothing is cut.
    AppSync itself never passes on what its schema does not have.
    """

    paths: frozenset[str] | None

    @classmethod
    def of(cls, info: Mapping[str, Any]) -> "Selection":  # AppSync's JSON, of any kind until looked at
        listed, text = info.get("selectionSetList"), info.get("selectionSetGraphQL")
        if not listed or not text or ":" in text:
            return cls(None)
        return cls(frozenset(listed))

    def cut(self, value: Json, path: str = "") -> Json:
        """The selected part of the value at `path`, which ends with a slash below the top."""
        match value:
            case list():
                return [self.cut(item, path) for item in value]
            case dict() if self.paths and any(each.startswith(path) for each in self.paths):
                return {
                    name: self.cut(each, f"{path}{name}/")
                    for name, each in value.items()
                    if f"{path}{name}" in self.paths
                }
        return value  # a leaf, of which AWSJSON may be an object
