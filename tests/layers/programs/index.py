"""Runs the product's own index on the folder of its argument; prints what it finds as JSON."""

import json
import sys
from datetime import UTC, datetime

from chalicelib.records import Document, DocumentStatus, Passage
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.wording import words

NOW = datetime(2030, 1, 1, tzinfo=UTC)
TEXTS = ("Đường sắt nối các thành phố", "Bread needs flour, water and salt")


def main(folder: str) -> None:
    index = PassageIndex(folder, 2)
    document = Document("D1", "ann", "default", "D1.txt", DocumentStatus.EMBEDDING, 1, NOW, NOW)
    passages = [Passage(f"D1.1.{n}", "D1", "D1.txt", 1, text, 0, len(text)) for n, text in enumerate(TEXTS)]
    index.replace(document, passages, [[1.0, 0.0], [0.0, 1.0]])
    index.tidy()
    index.maintain()
    again = PassageIndex(folder, 2)
    found = {
        "near": [each.id for each in again.nearest(Scope("ann"), [0.0, 1.0], 1)],
        "matching": [each.id for each in again.matching(Scope("ann"), words("duong sat"), 1)],
        "others": [each.id for each in again.matching(Scope("bob"), words("bread"), 1)],
        "documents": [(each.document_id, each.passages) for each in again.documents()],
    }
    print(json.dumps(found))  # noqa: T201


main(sys.argv[1])
