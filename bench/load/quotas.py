"""AWS's quotas as data (`quotas.json`), and as the inputs of the model."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Literal

PLACE = Path(__file__).with_name("quotas.json")


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota's default; `checked` and `seen` say how that was confirmed, as for prices."""

    name: str
    value: float
    unit: str
    adjustable: bool
    page: str
    checked: Literal["page", "elsewhere", "no"]
    seen: str = ""


@cache
def published() -> Mapping[str, Quota]:
    table = json.loads(PLACE.read_text())
    return {name: Quota(**entry) for name, entry in table["quotas"].items()}


def _default(name: str) -> float:
    """A field that is the published default."""
    value: float = field(default_factory=lambda: published()[name].value)
    return value


@dataclass(frozen=True, slots=True)
class Quotas:
    """What an account has, by the names of `quotas.json`; without arguments the published defaults."""

    answer_concurrency: float = _default("answer_concurrency")
    mapping_maximum: float = _default("mapping_maximum")
    mapping_start: float = _default("mapping_start")
    mapping_growth: float = _default("mapping_growth")
    lambda_concurrency: float = _default("lambda_concurrency")
    lambda_growth: float = _default("lambda_growth")
    appsync_tokens: float = _default("appsync_tokens")
    appsync_inbound: float = _default("appsync_inbound")
    appsync_outbound: float = _default("appsync_outbound")
    appsync_connects: float = _default("appsync_connects")
    appsync_invalidations: float = _default("appsync_invalidations")
    dynamodb_new_table: float = _default("dynamodb_new_table")
    dynamodb_table: float = _default("dynamodb_table")
    dynamodb_partition: float = _default("dynamodb_partition")
    chat_tokens: float = _default("chat_tokens")
    chat_tokens_elsewhere: float = _default("chat_tokens_elsewhere")
    chat_tokens_profile: float = _default("chat_tokens_profile")
    chat_tokens_profile_elsewhere: float = _default("chat_tokens_profile_elsewhere")
    embedding_tokens: float = _default("embedding_tokens")
    cognito_sign_ins: float = _default("cognito_sign_ins")
    s3_reads: float = _default("s3_reads")

    def raised(self, **changes: float) -> "Quotas":
        """Raises ValueError for a name that is no quota."""
        known = {each.name for each in fields(self)}
        if unknown := set(changes) - known:
            raise ValueError(
                f"{', '.join(sorted(unknown))} is no quota; there are {', '.join(sorted(known))}"
            )
        return replace(self, **changes)

    @property
    def answers_at_once(self) -> float:
        """The event source's maximum, within what the account's concurrency leaves it."""
        return min(self.answer_concurrency, self.mapping_maximum, self.lambda_concurrency)
