"""How far a question's vector is trusted beside its words: that depends on whether the embedding model knows
the question's language.
"""

from collections.abc import Sequence

KNOWN = 0.3
"""The vector's weight where model and language suit each other: chosen on the evaluation's tuning halves."""

LESS_KNOWN = 0.2
"""The same in a language that a model reads but was not made for."""

UNKNOWN = 0.05
"""The same in one that the model never learned: nearness then says little but which names are shared."""

_ENGLISH_ONLY = ("all-minilm", "embed-english")
_ENGLISH_FIRST = ("titan-embed",)


def vector_weight(model: str, language: str | None) -> float:
    """For an embedding model's id and a BCP 47 tag. Others are taken for multilingual."""
    if language == "en":
        return KNOWN
    if _among(_ENGLISH_ONLY, model):
        return UNKNOWN
    return LESS_KNOWN if _among(_ENGLISH_FIRST, model) else KNOWN


def _among(names: Sequence[str], model: str) -> bool:
    return any(name in model for name in names)
