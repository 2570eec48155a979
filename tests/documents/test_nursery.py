"""What a process that reads files may answer: a file can take it over, and then says what it likes."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from chalicelib.documents.nursery import Child, Died


@pytest.mark.parametrize(
    "answer",
    [b"x" * 300_000, b"[]\n", b"[" * 100_000 + b"\n", b'{"bytes": 1e999, "failed": null}\n',
     b'{"failed": null}\n',
     b'{"bytes": 1000000000000, "failed": null, "filtered": true}\n', b'{"bytes": -1, "failed": null}\n',
     b'{"bytes": 0, "failed": "all", "filtered": true}\n'],
    ids=["endless", "no object", "deep", "no number", "no size", "huge", "negative", "no failure"],
)  # fmt: skip
def test_a_child_that_a_file_took_over_cannot_fill_its_parent(answer: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, ThreadPoolExecutor(1) as pool:
        saying = pool.submit(theirs.sendall, answer)
        with pytest.raises(Died):
            Child(ours).read({}, b"", 5)
        ours.close()
        with suppress(OSError):
            saying.result()


def test_what_a_taken_over_child_says_that_failed_is_kept_short() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        failed = {"type": "NoText", "message": "m" * 9_000, "cause": "c" * 9_000, "exhausted": False}
        theirs.sendall(json.dumps({"bytes": 0, "failed": failed, "filtered": True}).encode() + b"\n")
        said = Child(ours).read({}, b"", 5)[0]["failed"]
    assert {len(said["message"]), len(said["cause"])} == {2_000}
