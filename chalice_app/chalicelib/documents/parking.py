"""Vectors of a document that could not be finished, as an object for whoever goes on with it."""

from array import array
from collections.abc import Iterable, Mapping
from hashlib import sha256

MOST_BYTES = 64 * 1024 * 1024
_DIGEST = 16


def pack(model: str, vectors: Mapping[str, array[float]], texts: Iterable[str]) -> bytes:
    """The vectors that a model made of some texts, as many as an object may have; empty for none."""
    packed = bytearray()
    for text in texts:
        if text in vectors and len(packed) < MOST_BYTES:
            packed += _digest(model, text) + vectors[text].tobytes()
    return bytes(packed)


def unpack(packed: bytes, model: str, texts: Iterable[str], dimensions: int) -> dict[str, array[float]]:
    """Those of the texts that are in it, if it was packed with vectors of that model and size."""
    size = _DIGEST + array("f").itemsize * dimensions
    if len(packed) % size:
        return {}
    starts = range(0, len(packed), size)
    held = {packed[start : start + _DIGEST]: packed[start + _DIGEST : start + size] for start in starts}
    return {text: array("f", held[digest]) for text in texts if (digest := _digest(model, text)) in held}


def _digest(model: str, text: str) -> bytes:
    return sha256(f"{model}\n{text}".encode()).digest()[:_DIGEST]
