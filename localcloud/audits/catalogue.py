"""Every rule there is, in the order of their codes."""

from pathlib import Path

from localcloud.audits import channels, javascript, over_http, realtime, subscribing
from localcloud.audits.rules import RULES, Rule

API = Path(__file__).with_name("api")
GROUPS = {
    "HT": "GraphQL over HTTP",
    "RT": "The real-time channel",
    "SB": "Subscriptions",
    "EV": "Events",
    "JS": "Resolvers in APPSYNC_JS",
}
MODULES = (over_http, realtime, subscribing, channels, javascript)


def catalogue() -> list[Rule]:
    return [RULES[code] for code in sorted(RULES, key=lambda code: (list(GROUPS).index(code[:2]), code))]


def chosen(only: str | None, *, slow: bool = True) -> list[Rule]:
    """The rules whose codes begin with one of `only`, comma-separated; slow ones by their whole code too."""
    named = tuple(each.strip().upper() for each in only.split(",")) if only else ("",)
    found = [rule for rule in catalogue() if rule.code.startswith(named)]
    return [rule for rule in found if slow or not rule.slow or rule.code in named]
