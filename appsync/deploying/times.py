"""How long a function may run: longer than what it waits for, shorter than whoever waits for it."""

from collections.abc import Mapping

LONGEST = 900
"""Lambda's own: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

SILENCE = 20
"""Seconds that a model may be silent until its caller gives up."""

FIELD = 30
"""Seconds that AppSync waits for a field: https://docs.aws.amazon.com/general/latest/gr/appsync.html#limits_appsync"""

HIDDEN: Mapping[str, int] = {"ingest": 5400, "answer": 1800}
"""Seconds that a queue hides a message: six times those that its function may take."""

AGAIN = 600
"""Seconds until `maintain` is due again."""

BOUNDS: Mapping[str, tuple[int, int]] = {
    "resolve": (1, FIELD - 1),
    "search": (SILENCE + 1, FIELD - 1),
    **{name: (SILENCE + 1, seconds // 6) for name, seconds in HIDDEN.items()},
    "maintain": (1, AGAIN - 1),
}
"""The least and the most seconds, by function."""


def bounds(function: str) -> tuple[int, int]:
    return BOUNDS.get(function, (1, LONGEST))
