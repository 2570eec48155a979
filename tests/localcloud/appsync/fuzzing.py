"""What the fuzzed tests share: how many examples they try, and JSON that is nearly what was expected."""

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# `FUZZ=50 pytest tests/localcloud/appsync/test_appsync_fuzz_*.py`: fifty times as many, and others each time.
FACTOR = int(os.environ.get("FUZZ", "1"))


def examples(count: int) -> settings:
    """The same ones every time and everywhere, unless told to look further."""
    return settings(
        max_examples=count * FACTOR,
        derandomize=FACTOR == 1,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


# Surrogates cannot come in as UTF-8, and can as an escape of JSON.
TEXTS = st.text(max_size=20) | st.text(st.characters(categories=["Cs", "Cc", "Lu"]), max_size=3)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True, allow_infinity=True) | TEXTS


def jsons(
    names: st.SearchStrategy[str] = TEXTS, leaves: st.SearchStrategy[Any] = SCALARS
) -> st.SearchStrategy[Any]:
    """Any JSON, its members often named as those that are looked for. NaN and Infinity are among it."""
    return st.recursive(
        leaves,
        lambda below: st.lists(below, max_size=4) | st.dictionaries(names | TEXTS, below, max_size=4),
        max_leaves=8,
    )
