"""What a question asks for: its telling words, the names and numbers in it, the kind of its answer."""

import re
from dataclasses import dataclass
from enum import Enum

from localcloud.bedrock.words import STOP, stem, words

_NAME = re.compile(
    r"(?<![.!?“\"]\s)(?<!^)\b[^\W\d_a-zà-ỹ][\w'’-]*"
)  # capitalised, and not where a sentence begins
_DIGITS = re.compile(r"\d[\d.,]*")
_NEGATION = re.compile(
    r"\b(not|never|no|without|none|neither|nor|cannot|\w+n['’]t|un\w+|least|except|không|chưa|chẳng)\b",
    re.IGNORECASE,
)
_VIETNAMESE = re.compile(r"[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉĩịọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ]", re.IGNORECASE)


class Kind(Enum):
    """The kind of thing that answers: how a question asks for it, and how a sentence names it."""

    DATE = "date"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"


_ASKS = {
    Kind.DATE: re.compile(
        r"\bwhen\b|\b(what|which) (\w+ )?(year|date|day|month|century|decade|era|period)\b|"
        r"khi nào|bao giờ|lúc nào|thời (gian|điểm) nào|(năm|ngày|tháng|thế kỷ|thập kỷ) (nào|bao nhiêu|mấy)",
        re.IGNORECASE,
    ),
    Kind.NUMBER: re.compile(
        r"\bhow (many|much|long|old|far|large|big|tall|high|fast|often|wide|deep)\b|\bpercent|"
        r"\bwhat (is the )?number|bao (nhiêu|lâu|xa)|\bmấy\b|tỷ lệ|phần trăm",
        re.IGNORECASE,
    ),
    Kind.PERSON: re.compile(r"\bwho(m|se)?\b|\bai\b|người nào", re.IGNORECASE),
    Kind.PLACE: re.compile(
        r"\bwhere\b|\b(what|which) (\w+ )?(city|country|state|place|town|region|continent)\b|"
        r"\bđâu\b|nơi nào|(thành phố|quốc gia|nước|vùng|châu lục) nào",
        re.IGNORECASE,
    ),
}
_NAMES = {
    Kind.DATE: re.compile(
        r"\b\d{4}s?\b|century|centuries|decade|thế kỷ|thập niên|tháng \d|ngày \d|\byears?\b|\bago\b|\b("
        r"january|february|march|april|may|june|july|august|september|october|november|december)\b",
        re.IGNORECASE,
    ),
    Kind.NUMBER: re.compile(
        r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|"
        r"hundreds?|thousands?|millions?|billions?|dozens?|half|third|quarter|once|twice|"
        r"một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|trăm|nghìn|ngàn|triệu|tỷ|tỉ|nửa)\b",
        re.IGNORECASE,
    ),
    Kind.PERSON: _NAME,
    Kind.PLACE: _NAME,
}


@dataclass(frozen=True, slots=True)
class Question:
    """`words` are stems in order, without stop words; `names` are the names and numbers among all of them."""

    words: tuple[str, ...]
    names: frozenset[str]
    kind: Kind | None
    negative: bool
    vietnamese: bool


def read(text: str) -> Question:
    """What `text` asks for."""
    return Question(
        words=tuple(dict.fromkeys(stem(word) for word in words(text) if word not in STOP)),
        names=_names(text),
        kind=next((kind for kind, asks in _ASKS.items() if asks.search(text)), None),
        negative=negative(text),
        vietnamese=_VIETNAMESE.search(text) is not None,
    )


def negative(text: str) -> bool:
    """Whether `text` denies something."""
    return _NEGATION.search(text) is not None


def names_kind(kind: Kind, sentence: str, asked: frozenset[str]) -> bool:
    """Whether `sentence` names a thing of that kind which is not among the words asked with."""
    found = {stem(word) for match in _NAMES[kind].finditer(sentence) for word in words(match[0])}
    return bool(found - asked)


def _names(text: str) -> frozenset[str]:
    found = [match[0] for pattern in (_NAME, _DIGITS) for match in pattern.finditer(text)]
    return frozenset(stem(word) for name in found for word in words(name) if word not in STOP)
