"""Keeps of botocore's endpoints those of the services that the product has clients of.

The first client of a process reads the list whole, and 300 services in it take 18 ms of every start.
"""

import json
from collections.abc import Mapping
from typing import Any

from appsync.layers.tree import Tree

PATH = "botocore/data/endpoints.json"
SERVICES = ("bedrock", "dynamodb", "s3", "sqs")
"""By their names in that list, where bedrock-runtime is not one of its own."""


def thin(tree: Tree) -> None:
    """Leaves out the other services, where the tree has such a list."""
    if PATH in tree.owners:
        tree.rewrite(PATH, json.dumps(thinned(json.loads(tree.read(PATH)))).encode(), "stripped")


def thinned(endpoints: Mapping[str, Any]) -> dict[str, Any]:
    """The list with fewer services in each partition; their regions and patterns stay."""
    partitions = [
        each | {"services": {name: each["services"][name] for name in SERVICES if name in each["services"]}}
        for each in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}
