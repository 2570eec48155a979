"""Loads OpenBLAS, which this layer has packed, before numpy's modules ask for it by name.

Numpy imports a module of this name first of all, for whoever distributes it to do such things.
"""

from ctypes import CDLL
from pathlib import Path

import _packed  # type: ignore[import-not-found]

[_openblas] = (Path(__file__).parents[1] / "numpy.libs").glob("libscipy_openblas*.zst")
CDLL(_packed.unpacked(_openblas.with_suffix("")))
