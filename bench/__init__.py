"""How fast the whole path is, beside the bare model: `python -m bench`. Nothing is asserted."""

import sys
from pathlib import Path

# The product is not an installed package: Chalice deploys it from its own folder.
sys.path.insert(0, str(Path(__file__).parent.parent / "chalice_app"))
