"""The index of passages: one LanceDB table of every owner's, with vectors and full text side by side.

The only importer of lancedb and pyarrow, and only on first use: functions that never search never pay for
them. Writers commit optimistically, on S3 by conditional writes; a lost race is tried again a few times.
"""

from chalicelib.retrieval.index.figures import Figures, IndexFigures
from chalicelib.retrieval.index.passages import Indexed, PassageIndex
from chalicelib.retrieval.index.replacing import Place
from chalicelib.retrieval.index.rows import Entry
from chalicelib.retrieval.index.searching import Sample
from chalicelib.retrieval.index.table import TABLE, lance, storage_options, tended

__all__ = [
    "TABLE",
    "Entry",
    "Figures",
    "IndexFigures",
    "Indexed",
    "PassageIndex",
    "Place",
    "Sample",
    "lance",
    "storage_options",
    "tended",
]
