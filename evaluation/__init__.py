"""How good answers and retrieval are, measured on public questions: `python -m evaluation`.

Nothing of the product may be tuned on these questions.
"""

import sys
from pathlib import Path

# The product is not an installed package: Chalice deploys it from its own folder.
sys.path.insert(0, str(Path(__file__).parent.parent / "chalice_app"))
