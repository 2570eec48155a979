"""How good answers and retrieval are, measured on public questions: `python -m evaluation`.

What is tuned on them, is on the half that `data.is_for_tuning` tells; tables show both halves.
"""

import sys
from pathlib import Path

# The product is not an installed package: Chalice deploys it from its own folder.
sys.path.insert(0, str(Path(__file__).parent.parent / "chalice_app"))
