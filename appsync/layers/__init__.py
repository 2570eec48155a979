"""Builds the Lambda layers that carry the functions' dependencies, on any machine, for either architecture.

Wheels are chosen by platform tag and hash, pruned, slimmed, packed and compiled. Nothing is built from source
and no tool of the system is needed. `python -m appsync.layers build` does it by hand.
"""

from appsync.layers.building import Built, build
from appsync.layers.errors import LayerFailed, PackageTooLarge
from appsync.layers.targets import (
    ARCHITECTURES,
    LAYERS,
    LAYERS_OF,
    PYTHONS,
    Architecture,
    Layer,
    Python,
    Target,
)

__all__ = [
    "ARCHITECTURES", "LAYERS", "LAYERS_OF", "PYTHONS", "Architecture", "Built", "Layer", "LayerFailed",
    "PackageTooLarge", "Python", "Target", "build",
]  # fmt: skip
