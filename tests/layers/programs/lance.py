"""Does with LanceDB what the product does with it and more, on the folder of its argument; prints JSON."""

import json
import sys
from pathlib import Path
from typing import Any

from chalicelib.retrieval.importing import without_rest_client

with without_rest_client():
    import lancedb
from lancedb.index import FTS, Bitmap
from lancedb.table import Table

MEGABYTE = 1024 * 1024


def main(folder: Path) -> None:
    connection = lancedb.connect(folder)
    table = connection.create_table("rows", rows(range(400)))
    merging = table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
    merging.execute(rows(range(300, 600)))
    table.create_index("text", config=FTS())
    table.create_index("kind", config=Bitmap())
    before = found(table)
    table.optimize()
    after = found(lancedb.connect(folder).open_table("rows"))
    print(json.dumps({"before": before, "after": after, **taken(folder)}))  # noqa: T201


def rows(numbers: range) -> list[dict[str, Any]]:
    return [
        {"id": f"{n}", "kind": f"{n % 3}", "text": f"word{n} everywhere", "vector": [float(n), 1.0]}
        for n in numbers
    ]


def found(table: Table) -> dict[str, object]:
    """Ids of the best rows by vector, text and both, and the number of all."""
    near = table.search([500.0, 1.0]).where("kind = '2'").limit(1)
    matching = table.search("word42", query_type="fts").limit(1)
    both = table.search(query_type="hybrid").vector([7.0, 1.0]).text("word7").limit(1)
    counts = table.search().select(["kind"]).to_arrow().group_by("kind").aggregate([([], "count_all")])
    return {
        "rows": table.count_rows(), "kinds": sum(counts["count_all"].to_pylist()),
        "vector": ids(near), "text": ids(matching), "hybrid": ids(both),
    }  # fmt: skip


def ids(query: Any) -> list[str]:  # one of several builders, which share no type
    return [row["id"] for row in query.to_list()]


def taken(folder: Path) -> dict[str, int]:
    """Megabytes of memory and of disk."""
    files = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    unpacked = [each.stat().st_size for each in Path("/proc/self/fd").iterdir() if is_unpacked(each)]
    return {
        "memory": peak(),
        "unpacked": sum(unpacked) // MEGABYTE,
        "disk": sum(files) // MEGABYTE,
    }


def peak() -> int:
    """Megabytes. What `getrusage` tells includes the memory of the process that started this one."""
    status = Path("/proc/self/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) // 1024


def is_unpacked(descriptor: Path) -> bool:
    """Whether it is of a file in memory."""
    try:
        return str(descriptor.readlink()).startswith("/memfd:")
    except OSError:  # the one that lists the folder
        return False


main(Path(sys.argv[1]))
