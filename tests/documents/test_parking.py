"""Vectors set aside for whoever goes on, and how quickly they are made."""

from array import array

from chalicelib.documents.parking import pack, unpack
from chalicelib.documents.rates import Rate

VECTORS = {text: array("f", [number, 0.5]) for number, text in enumerate("abc")}


def test_parked_vectors_are_found_by_their_text() -> None:
    packed = pack("m", VECTORS, ["c", "x", "a"])
    assert unpack(packed, "m", ["a", "b", "c"], 2) == {"a": VECTORS["a"], "c": VECTORS["c"]}
    assert pack("m", VECTORS, ["x"]) == b""


def test_vectors_of_another_size_or_model_are_no_use() -> None:
    assert unpack(pack("m", VECTORS, "abc"), "m", "abc", 3) == {}
    assert unpack(pack("m", VECTORS, "abc"), "another", "abc", 2) == {}


def test_an_estimate_follows_from_what_was_measured_lately() -> None:
    rate = Rate()
    assert rate.seconds(10) is None
    rate.add(100, 1.0)
    assert rate.seconds(200) == 2
    rate.add(10, 100.0)
    assert 1_800 < (rate.seconds(200) or 0) <= 2_000
