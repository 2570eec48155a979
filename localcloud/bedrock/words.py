"""Words for lexical matching in English and Vietnamese: folded case, with and without diacritics."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"\w+(?:[.,]\d+)*")

STOP = frozenset(
    """
    a an and are as at be been being but by can could did do does for from had has have he her his how i
    if in into is it its many may more most much of on one or other she so some such than that the their
    them then there these they this those to was we were what when where which who whom whose why will
    with would you your ai bao bị bởi các cái cho chỉ có còn của cũng do đã đang đâu để đến đó được gì
    hay hơn khi không là làm lại lên lúc mà mấy mỗi một nào này năm người nhiêu như nhưng những nhiều nó
    ở qua ra rằng rất sao sẽ sau tại thì theo thế trên trong từ và vào vẫn về vì việc với
    """.split()  # noqa: SIM905
)


def words(text: str) -> list[str]:
    """The words of `text`, case folded, composed (NFC), in order."""
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """`word` without diacritics, and đ as d."""
    marks = unicodedata.normalize("NFD", word)
    return "".join(mark for mark in marks if not unicodedata.combining(mark)).replace("đ", "d")


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """An English word without its commonest endings: just enough for `kills` to meet `killed`."""
    for ending, kept in (("ies", 3), ("ing", 4), ("ed", 4), ("es", 4), ("s", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= kept - (ending == "ies"):
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word.removesuffix("e") if len(word) > 4 else word
