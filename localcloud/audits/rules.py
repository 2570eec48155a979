"""What a rule is: its code, its sentence, where it comes from, and the check that an endpoint is put to."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from localcloud.audits.target import Missing, Target

# A decoded JSON value: what an endpoint answers is the audits' question, not Python's.
type Json = Any
type Check = Callable[[Target], Awaitable[None]]


class Evidence(StrEnum):
    """How it is known what AppSync does."""

    DOCUMENTED = "documented"
    CLIENTS = "clients rely on it"
    TESTED = "tested by AWS's own clients"
    SEEN = "seen in the field"
    CHOSEN = "not settled"


@dataclass(frozen=True, slots=True)
class Page:
    """A page that says so, or by which the rule can be understood."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing an endpoint must do. A `slow` one takes longer than a few seconds."""

    code: str
    sentence: str
    page: Page
    evidence: Evidence
    check: Check
    slow: bool = False

    @property
    def group(self) -> str:
        return self.code[:2]


class Broken(AssertionError):
    """The endpoint does not do what the rule says; the text tells what it did."""


RULES: dict[str, Rule] = {}


def rule(
    code: str, sentence: str, page: Page, evidence: Evidence = Evidence.DOCUMENTED, *, slow: bool = False
) -> Callable[[Check], Check]:
    """Registers a check under its code, which is there once."""

    def register(check: Check) -> Check:
        if code in RULES or not re.fullmatch(r"(HT|RT|SB|EV|JS)\d\d", code):
            raise ValueError(f"{code} is there already, or is no code")
        RULES[code] = Rule(code, sentence, page, evidence, check, slow)
        return check

    return register


def expect(found: Json, wanted: Json, what: str = "the answer") -> None:
    if found != wanted:
        raise Broken(f"{what} is {shown(found)}; it should be {shown(wanted)}")


def expect_true(holds: object, complaint: str, found: Json = "") -> None:
    if not holds:
        raise Broken(f"{complaint}{': ' + shown(found) if found != '' else ''}")


def expect_in(text: str, found: Json, what: str = "the answer") -> None:
    if text not in str(found):
        raise Broken(f"{what} is {shown(found)}; it should contain '{text}'")


def expect_one_of(found: Json, wanted: Iterable[Json], what: str = "the answer") -> None:
    allowed = list(wanted)
    if found not in allowed:
        raise Broken(f"{what} is {shown(found)}; it should be one of {shown(allowed)}")


def shown(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 300 else text[:300] + "…"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one audit went: `passed`, `failed` or `skipped`, and why."""

    rule: Rule
    result: str
    reason: str = ""


async def run(rule: Rule, target: Target) -> Outcome:
    """Puts the endpoint to one rule, in bounded time, whatever the endpoint does."""
    try:
        async with asyncio.timeout(120 if rule.slow else target.patience):
            await rule.check(target)
    except Missing as missing:
        return Outcome(rule, "skipped", f"needs {missing}")
    except TimeoutError:
        return Outcome(rule, "failed", "nothing came in time")
    except Exception as error:  # noqa: BLE001  (whatever an endpoint provokes is what the audit is for)
        return Outcome(rule, "failed", str(error) or type(error).__name__)
    return Outcome(rule, "passed")
