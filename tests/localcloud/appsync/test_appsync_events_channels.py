"""Channel names as AppSync Events takes them, and who hears what."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.errors import BadRequest
from localcloud.appsync.events.channels import Channel, Registry, parse, parse_pattern


@dataclass(frozen=True, eq=False)
class Listener:
    channel: Channel


def heard(pattern: str, channel: str, *, include_parent: bool = False) -> bool:
    registry = Registry[Listener](include_parent=include_parent)
    registry.add(Listener(parse_pattern(pattern)))
    return bool(list(registry.listening(parse(channel))))


@pytest.mark.parametrize("text", ["a", "/a", "a/", "/a/", "A-1/b/c/d/e", "x" * 50, "0", "a--b", "/ns/a-b/"])
def test_ev_channels_of_one_to_five_segments_may_be_used(text: str) -> None:
    assert parse(text).segments == tuple(text.strip("/").split("/"))
    assert parse(text).path == "/" + text.strip("/")


@pytest.mark.parametrize(
    "text",
    ["", "/", "//", "//a", "a//", "a//b", "a/b/c/d/e/f", "x" * 51, "-a", "a-", "a b", "ä", "a_b", "a.b",
     "a\n", "../a", "/ns/*", "*", "٣"],
)  # fmt: skip
def test_ev_channels_outside_the_grammar_are_refused(text: str) -> None:
    with pytest.raises(BadRequest, match=r"^Invalid Channel Format$"):
        parse(text)


@pytest.mark.parametrize("text", ["*", "/*", "/*/", "/a*", "/a/*/b", "/a/**", "/a/b/c/d/e/*", "/a//*", "//*"])
def test_ev_a_wildcard_is_a_whole_last_segment_after_a_namespace(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_pattern(text)


def test_ev_a_wildcard_is_shown_as_a_segment() -> None:
    pattern = parse_pattern("ns/room/*")
    assert (pattern.path, pattern.namespace) == ("/ns/room/*", "ns")
    assert pattern.all_segments == ("ns", "room", "*")


@pytest.mark.parametrize(
    ("pattern", "channel"),
    [("/a/b", "a/b/"), ("/a/*", "/a/b"), ("/a/*", "/a/b/c/d/e"), ("a/b/*", "/a/b/c"), ("/a/*/", "/a/b")],
)
def test_ev_a_wildcard_hears_every_depth_below_it(pattern: str, channel: str) -> None:
    assert heard(pattern, channel)


@pytest.mark.parametrize(
    ("pattern", "channel"),
    [("/a/b", "/a/B"), ("/a/b", "/a"), ("/a", "/a/b"), ("/a/*", "/ab/c"), ("/a/*", "/a")],
)
def test_ev_nothing_else_is_heard(pattern: str, channel: str) -> None:
    assert not heard(pattern, channel)


def test_ev_whether_a_wildcard_hears_its_own_parent_is_a_setting() -> None:
    assert heard("/a/*", "/a", include_parent=True)
    assert not heard("/a/*", "/b", include_parent=True)


def test_a_channel_that_nobody_hears_any_more_is_forgotten() -> None:
    registry = Registry[Listener]()
    listeners = [Listener(parse_pattern(text)) for text in ("/a", "/a", "/a/*")]
    for listener in listeners:
        registry.add(listener)
    assert len(registry) == 3
    for listener in listeners:
        registry.remove(listener)
    assert (len(registry), vars(registry)["_exact"], vars(registry)["_below"]) == (0, {}, {})


names = st.lists(st.sampled_from(["a", "b", "c1", "d-d"]), min_size=1, max_size=5)


@given(st.lists(names, max_size=8), st.lists(names.filter(lambda each: len(each) < 5), max_size=8), names)
def test_looking_up_beginnings_finds_whom_comparing_with_everybody_would_find(
    exact: list[list[str]], below: list[list[str]], published: list[str]
) -> None:
    registry = Registry[Listener]()
    patterns = [parse_pattern("/".join(each)) for each in exact]
    patterns += [parse_pattern("/".join([*each, "*"])) for each in below]
    for pattern in patterns:
        registry.add(Listener(pattern))
    expected = sum(each == published for each in exact)
    expected += sum(len(published) > len(each) and published[: len(each)] == each for each in below)
    assert len(list(registry.listening(parse("/".join(published))))) == expected


@given(st.text(max_size=80))
def test_whatever_is_no_channel_is_refused_and_nothing_else(text: str) -> None:
    try:
        channel = parse_pattern(text)
    except BadRequest:
        return
    assert 1 <= len(channel.all_segments) <= 5
    assert parse_pattern(channel.path).all_segments == channel.all_segments
