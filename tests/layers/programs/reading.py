"""Reads the files of its arguments with the product's readers; prints their texts as JSON."""

import json
import sys
from pathlib import Path

from chalicelib.documents.formats import Format
from chalicelib.documents.reading import reader

FORMATS = {f".{each.name.lower()}": each for each in Format}

texts = {}
for path in map(Path, sys.argv[1:]):
    texts[path.suffix] = reader(FORMATS[path.suffix])(path.read_bytes()).text
print(json.dumps(texts))  # noqa: T201
