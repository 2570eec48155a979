"""How large layers may be, and which package to look at when they are too large."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from appsync.layers.errors import PackageTooLarge
from appsync.layers.manifest import Manifest

UNZIPPED = 200_000_000
"""What a function and its layers may take; Lambda takes 262,144,000 bytes
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""

SIZES = Path(__file__).with_name("sizes.json")
"""Bytes by package as they were when somebody last looked: `python -m appsync.layers sizes`."""

type Sizes = Mapping[str, Mapping[str, int]]


def check(what: str, manifests: Iterable[Manifest], others: int = 0) -> None:
    """Raises PackageTooLarge when the layers of `what` and `others` bytes beside them exceed the limit."""
    attached = list(manifests)
    total = sum(each.unzipped for each in attached) + others
    if total > UNZIPPED:
        taken = f"{what} takes {total:,} bytes unzipped; the limit is {UNZIPPED:,}"
        raise PackageTooLarge(f"{taken}. {_most_grown(attached)}")


def reference() -> Sizes:
    sizes: Sizes = json.loads(SIZES.read_text()) if SIZES.exists() else {}
    return sizes


def key(manifest: Manifest) -> str:
    return f"{manifest.layer}-{manifest.python}-{manifest.architecture}"


def _most_grown(manifests: list[Manifest]) -> str:
    known = reference()
    growth = [
        (size - known.get(key(each), {}).get(package, 0), package, each.layer, size)
        for each in manifests
        for package, size in each.packages().items()
    ]
    by, package, layer, size = max(growth)
    return f"Package {package} of layer {layer} grew most: by {by:,} to {size:,} bytes."
