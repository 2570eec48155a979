"""SB: what subscribers get. Linking, selection, filtering by arguments and by rules, invalidation."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from localcloud.audits.pages import EXTENSIONS, FILTERING, INVALIDATION, SUBSCRIPTIONS, UTIL
from localcloud.audits.rules import Evidence, Json, expect, expect_in, expect_true, rule
from localcloud.audits.sockets import Socket
from localcloud.audits.target import Target, fresh

SEEN, CHOSEN, CLIENTS = Evidence.SEEN, Evidence.CHOSEN, Evidence.CLIENTS
ALL = "id room text number ratio flag kind"


@asynccontextmanager
async def following(target: Target, arguments: str, variables: Json = None) -> AsyncIterator[Socket]:
    """A subscription with these arguments; `$x` is declared by what `variables` has for it."""
    given = variables or {}
    kinds = {"x": "String", "n": "Int", "f": "Boolean", "k": "Kind", "r": "Float", "i": "ID"}
    declared = ", ".join(f"${name}: {kinds[name]}" for name in kinds if f"${name}" in arguments)
    head = f"subscription S({declared})" if declared else "subscription S"
    async with target.socket() as socket:
        await socket.subscribe("1", f"{head} {{ onSend({arguments}) {{ {ALL} }} }}", given)
        yield socket


async def only(
    target: Target, socket: Socket, withheld: list[Json], passing: Json, selection: str = ALL
) -> None:
    """Publishes what must be withheld and then what must pass: the first event is the latter's."""
    for item in withheld:
        await target.publish(selection, **item, text="withheld")
    await target.publish(selection, **passing, text="passing")
    expect((await socket.event())["text"], "passing", "the first event")


# ---- Linking


@rule("SB01", "MUST publish the mutations that @aws_subscribe names, each of them", SUBSCRIPTIONS)
async def links_mutations(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room)
        for field in ("send", "sendOther"):
            await target.publish(field=field, room=room, text=field)
            expect((await socket.event())["text"], field, "the event")


@rule("SB02", "MUST publish one mutation to every subscription field that names it", SUBSCRIPTIONS)
async def links_subscriptions(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room, id_="1")
        await socket.subscribe("2", f'subscription {{ onSendToo(room: "{room}") {{ room }} }}')
        await target.publish(room=room)
        frames = {
            frame["id"]: frame["payload"]["data"] for frame in [await socket.frame(), await socket.frame()]
        }
        expect(set(frames), {"1", "2"}, "the ids")
        expect(frames["2"], {"onSendToo": {"room": room}}, "the second field's event")


@rule("SB03", "MUST not publish a mutation that the subscription does not name", SUBSCRIPTIONS)
async def links_no_others(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.subscribe("1", f'subscription {{ onSendToo(room: "{room}") {{ room text }} }}')
        await target.publish(field="sendOther", room=room, text="other")
        await target.publish(room=room, text="own")
        expect((await socket.event("onSendToo"))["text"], "own", "the first event")


@rule("SB04", "MUST publish an aliased mutation, and each of two in one document", SUBSCRIPTIONS)
async def publishes_aliases(target: Target) -> None:
    room = fresh()
    fields = " ".join(
        f'{name}: send(input: {{id: "1", room: "{room}", text: "{name}"}}) {{ room text }}' for name in "ab"
    )
    async with target.socket() as socket:
        await socket.follow(room, "text")
        await target.data(f"mutation {{ {fields} }}")
        expect([(await socket.event())["text"] for _ in "ab"], ["a", "b"], "the events")


@rule("SB05", "MUST not publish a mutation whose field failed", SUBSCRIPTIONS, CHOSEN)
async def publishes_no_failure(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room)
        failing = f'mutation {{ send(input: {{id: "1", room: "{room}", fail: "no"}}) {{ id room text }} }}'
        await target.error(failing)
        await target.publish(room=room, text="good")
        expect((await socket.event())["text"], "good", "the first event")


@rule("SB06", "MUST keep the order of one publisher's events", SUBSCRIPTIONS, CLIENTS)
async def keeps_order(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room, "number")
        for number in range(10):
            await target.publish("room number", room=room, number=number)
        expect([(await socket.event())["number"] for _ in range(10)], list(range(10)), "the events")


@rule("SB07", "MUST deliver to every subscriber, on one connection and on several", SUBSCRIPTIONS)
async def delivers_to_all(target: Target) -> None:
    room = fresh()
    async with target.socket() as one, target.socket() as other:
        await one.follow(room, id_="a")
        await one.follow(room, id_="b")
        await other.follow(room, id_="a")
        await target.publish(room=room)
        expect(
            {(await one.frame())["id"], (await one.frame())["id"]}, {"a", "b"}, "the first connection's ids"
        )
        await other.event(id_="a")


# ---- Selection


@rule("SB08", "MUST send subscribers only what they selected", SUBSCRIPTIONS)
async def selects(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room, "text")
        await target.publish("id room text number", room=room, text="t", number=1)
        expect(await socket.event(), {"text": "t"}, "the event")


@rule("SB09", "MUST send null for a field that the mutation did not select", SUBSCRIPTIONS)
async def misses_unselected(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room, "room text number")
        await target.publish("room", room=room, text="t", number=1)
        expect(await socket.event(), {"room": room, "text": None, "number": None}, "the event")


@rule(
    "SB10",
    "MUST report a non-null field that the mutation did not select, and send null for its parent",
    SUBSCRIPTIONS,
)
async def reports_missing(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room, "room needed")
        await target.publish("room", room=room, needed="there")
        payload = await socket.data()
        expect(payload["data"], {"onSend": None}, "the data")
        expect_in("needed", payload["errors"][0], "the error")


@rule("SB11", "MUST use a subscriber's aliases as response keys", SUBSCRIPTIONS)
async def uses_aliases(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.subscribe("1", f'subscription {{ mine: onSend(room: "{room}") {{ said: text }} }}')
        await target.publish(room=room, text="t")
        expect(await socket.data(), {"data": {"mine": {"said": "t"}}}, "the payload")


@rule("SB12", "MUST spread a subscriber's fragments, and give __typename", SUBSCRIPTIONS)
async def spreads_fragments(target: Target) -> None:
    room = fresh()
    query = f'subscription {{ onSend(room: "{room}") {{ ...F }} }} fragment F on Item {{ __typename text }}'
    async with target.socket() as socket:
        await socket.subscribe("1", query)
        await target.publish(room=room, text="t")
        expect(await socket.event(), {"__typename": "Item", "text": "t"}, "the event")


@rule("SB13", "MUST choose fragments by the type of a published interface", SUBSCRIPTIONS)
async def chooses_fragments(target: Target) -> None:
    room = fresh()
    selection = "id name ... on Cat { lives } ... on Dog { tricks }"
    async with target.socket() as socket:
        await socket.subscribe("1", f'subscription {{ onPet(room: "{room}") {{ {selection} }} }}')
        item = {"kind": "Cat", "name": "Tom", "room": room, "lives": 9, "id": "1"}
        await target.publish(f"__typename room {selection}", "sendPet", **item)
        expect(await socket.event("onPet"), {"id": "1", "name": "Tom", "lives": 9}, "the event")


@rule(
    "SB51", "MUST know the type of what is published, selected by the mutation or not", SUBSCRIPTIONS, CHOSEN
)
async def carries_types(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        query = f'subscription {{ onPet(room: "{room}") {{ __typename ... on Cat {{ lives }} }} }}'
        await socket.subscribe("1", query)
        item = {"kind": "Cat", "name": "Tom", "room": room, "lives": 9, "id": "1"}
        await target.publish("room ... on Cat { lives }", "sendPet", **item)
        expect(await socket.event("onPet"), {"__typename": "Cat", "lives": 9}, "the event")


@rule("SB14", "MUST not run resolvers of fields for a delivery", SUBSCRIPTIONS)
async def runs_no_resolvers(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room, "room author { name }")
        await target.publish("room", room=room)
        expect(await socket.event(), {"room": room, "author": None}, "the event")


@rule("SB15", "MUST send what resolvers gave the mutation, where it selected them", SUBSCRIPTIONS)
async def sends_resolved(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room, "author { name }")
        await target.publish("room author { name }", room=room, id="7")
        expect(await socket.event(), {"author": {"name": "author of 7"}}, "the event")


@rule("SB16", "MUST match a mutation's aliased fields by their own names", SUBSCRIPTIONS, CHOSEN)
async def matches_field_names(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room, "room text")
        await target.publish("room said: text", room=room, text="t")
        expect(await socket.event(), {"room": room, "text": "t"}, "the event")


# ---- Filtering by arguments


@rule("SB17", "MUST send everything when no argument was given", SUBSCRIPTIONS)
async def filters_nothing(target: Target) -> None:
    text = fresh()
    async with target.socket() as socket:
        await socket.subscribe("1", "subscription { onSend { text } }")
        await target.publish("text room", room="any", text=text)
        while (await socket.event())["text"] != text:  # other audits publish at the same time
            pass


@rule("SB18", "MUST send only events whose fields equal all arguments", SUBSCRIPTIONS)
async def filters_by_all(target: Target) -> None:
    room = fresh()
    async with following(target, f'room: "{room}", number: 1') as socket:
        withheld = [{"room": room, "number": 2}, {"room": "other", "number": 1}, {"room": room}]
        await only(target, socket, withheld, {"room": room, "number": 1})


@rule("SB19", "MUST take an argument whose variable was not provided for absent", SUBSCRIPTIONS)
async def absent_is_no_filter(target: Target) -> None:
    room = fresh()
    async with following(target, f'room: "{room}", number: $n', {}) as socket:
        await only(target, socket, [], {"room": room, "number": 3})


@rule("SB20", "MUST take an explicit null for events without that value", SUBSCRIPTIONS)
async def null_filters(target: Target) -> None:
    room = fresh()
    async with following(target, f'room: "{room}", number: null') as socket:
        await only(target, socket, [{"room": room, "number": 1}], {"room": room})


@rule("SB21", "MUST take a variable that is null like a null", SUBSCRIPTIONS)
async def null_variable_filters(target: Target) -> None:
    room = fresh()
    async with following(target, f'room: "{room}", number: $n', {"n": None}) as socket:
        await only(target, socket, [{"room": room, "number": 1}], {"room": room})


@rule("SB22", "MUST withhold an event whose filtered field the mutation did not select", SUBSCRIPTIONS, SEEN)
async def withholds_unselected(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room)
        await target.publish("id text", room=room, text="unselected")
        await target.publish("id room text", room=room, text="selected")
        expect((await socket.event())["text"], "selected", "the first event")


@rule("SB23", "MUST compare numbers, Booleans, enums and ids by their values", SUBSCRIPTIONS)
async def compares_types(target: Target) -> None:
    room = fresh()
    cases: dict[str, tuple[Json, Json, Json]] = {
        "number: $n": ({"n": 2}, {"number": 3}, {"number": 2}),
        "ratio: $r": ({"r": 0.5}, {"ratio": 0.25}, {"ratio": 0.5}),
        "flag: $f": ({"f": False}, {"flag": True}, {"flag": False}),
        "kind: $k": ({"k": "TASK"}, {"kind": "NOTE"}, {"kind": "TASK"}),
        "id: $i": ({"i": room}, {"id": "x"}, {"id": room}),
    }
    for argument, (variables, other, same) in cases.items():
        async with following(target, f'room: "{room}", {argument}', variables) as socket:
            await only(target, socket, [{"room": room, **other}], {"room": room, **same})


@rule("SB24", "MUST compare texts with regard to case", SUBSCRIPTIONS)
async def compares_case(target: Target) -> None:
    room = fresh()
    async with following(target, f'room: "{room}"') as socket:
        await only(target, socket, [{"room": room.upper() + "A"}], {"room": room})


# ---- Resolvers of subscriptions


@rule(
    "SB25",
    "MUST run a subscription's resolver before the acknowledgement, and send nothing of it",
    SUBSCRIPTIONS,
)
async def runs_resolver(target: Target) -> None:
    async with target.socket() as socket:
        await socket.subscribe("1", f'subscription {{ onRule(room: "{fresh()}") {{ id }} }}')
        await socket.say(type="stop", id="1")
        await socket.expect("complete", "1")


@rule(
    "SB26",
    "MUST refuse a subscription whose resolver calls util.error, with its type and message",
    SUBSCRIPTIONS,
)
async def resolver_refuses(target: Target) -> None:
    async with target.socket() as socket:
        await socket.start("1", 'subscription { onRule(how: "error") { id } }')
        error = await socket.error("1")
        expect((error["errorType"], error["message"]), ("Closed", "not today"), "the error")


@rule("SB27", "MUST refuse a subscription whose resolver calls util.unauthorized", SUBSCRIPTIONS)
async def resolver_unauthorises(target: Target) -> None:
    async with target.socket() as socket:
        await socket.start("1", 'subscription { onRule(how: "unauthorized") { id } }')
        error = await socket.error("1")
        wanted = ("Unauthorized", "Not Authorized to access onRule on type Subscription")
        expect((error["errorType"], error["message"]), wanted, "the error")


@rule("SB28", "MUST filter by the subscriber's identity where a resolver does", SUBSCRIPTIONS)
async def filters_by_identity(target: Target) -> None:
    who = json.loads((await target.data('{ run(case: "identity") }', headers=target.bearer()))["run"])["sub"]
    async with target.socket(target.auth(target.bearer())) as socket:
        await socket.subscribe("1", "subscription { onOwn { room text } }")
        await target.publish(room=fresh(), text="another's")
        await target.publish(room=who, text="own")
        expect((await socket.event("onOwn"))["text"], "own", "the first event")


@rule("SB29", "MUST not filter by arguments where a resolver set a filter", FILTERING)
async def filter_replaces_arguments(target: Target) -> None:
    room = fresh()
    rule_ = grouped([{"fieldName": "room", "operator": "eq", "value": room}])
    async with target.socket() as socket:
        query = 'subscription S($f: String) { onRule(room: "elsewhere", filter: $f) { text } }'
        await socket.subscribe("1", query, {"f": json.dumps(rule_)})
        await target.publish(room=room, text="t")
        expect(await socket.event("onRule"), {"text": "t"}, "the event")


# ---- Enhanced filters


def grouped(*groups: list[Json]) -> Json:
    return {"filterGroup": [{"filters": filters} for filters in groups]}


DEEP = "room text number ratio flag kind tags owner { id name home { city } }"


async def decides(target: Target, filters: list[Json], withheld: list[Json], passing: list[Json]) -> None:
    """A filter beside one for a room of its own: which items it withholds and which it lets pass."""
    room = fresh()
    mine = {"fieldName": "room", "operator": "eq", "value": room}
    await sends_only(target, grouped([mine, *filters]), room, withheld, passing)


async def sends_only(
    target: Target, filter_: Json, room: str, withheld: list[Json], passing: list[Json], how: str = ""
) -> None:
    async with target.socket() as socket:
        query = "subscription S($f: String, $h: String) { onRule(filter: $f, how: $h) { text } }"
        await socket.subscribe("1", query, {"f": json.dumps(filter_), "h": how})
        for item in withheld:
            await target.publish(DEEP, **with_defaults(item, room, "withheld"))
        for each in passing:
            item = with_defaults(each, room, "passing")
            await target.publish(DEEP, **item)
            expect((await socket.event("onRule"))["text"], item["text"], f"the event after {withheld}")


def with_defaults(item: Json, room: str, text: str) -> dict[str, Json]:
    return {"room": room, "text": text, **item}


def where(field: str, operator: str, value: Json) -> list[Json]:
    return [{"fieldName": field, "operator": operator, "value": value}]


@rule("SB30", "MUST know eq and ne", FILTERING)
async def knows_eq(target: Target) -> None:
    await decides(target, where("number", "eq", 1), [{"number": 2}, {}], [{"number": 1}])
    await decides(target, where("number", "ne", 1), [{"number": 1}], [{"number": 2}])


@rule("SB31", "MUST know lt, le, gt and ge, of numbers and of texts", FILTERING)
async def knows_order(target: Target) -> None:
    await decides(target, where("number", "lt", 5), [{"number": 5}, {"number": 6}], [{"number": 4}])
    await decides(target, where("number", "le", 5), [{"number": 6}], [{"number": 5}, {"number": 4}])
    await decides(target, where("number", "gt", 5), [{"number": 5}, {"number": 4}], [{"number": 6}])
    await decides(target, where("number", "ge", 5), [{"number": 4}], [{"number": 5}, {"number": 6}])
    await decides(target, where("text", "gt", "m"), [{"text": "a"}], [{"text": "z"}])


@rule("SB32", "MUST know contains and notContains, in texts and in lists", FILTERING)
async def knows_contains(target: Target) -> None:
    await decides(target, where("text", "contains", "ell"), [{"text": "helo"}], [{"text": "hello"}])
    await decides(target, where("tags", "contains", "a"), [{"tags": ["b", "aa"]}], [{"tags": ["b", "a"]}])
    await decides(target, where("text", "notContains", "ell"), [{"text": "hello"}], [{"text": "helo"}])
    await decides(target, where("tags", "notContains", "a"), [{"tags": ["a"]}], [{"tags": ["b"]}])


@rule("SB33", "MUST know containsAny", FILTERING)
async def knows_contains_any(target: Target) -> None:
    await decides(target, where("tags", "containsAny", ["a", "b"]), [{"tags": ["c"]}], [{"tags": ["c", "b"]}])


@rule("SB34", "MUST know in and notIn", FILTERING)
async def knows_in(target: Target) -> None:
    await decides(target, where("number", "in", [1, 2]), [{"number": 3}], [{"number": 2}])
    await decides(target, where("number", "notIn", [1, 2]), [{"number": 1}], [{"number": 3}])


@rule("SB35", "MUST know beginsWith, with regard to case", FILTERING)
async def knows_begins_with(target: Target) -> None:
    await decides(
        target, where("text", "beginsWith", "he"), [{"text": "He"}, {"text": "the"}], [{"text": "hello"}]
    )


@rule("SB36", "MUST know between: what lies within passes, what lies beyond does not", FILTERING)
async def knows_between(target: Target) -> None:
    await decides(target, where("number", "between", [1, 5]), [{"number": 0}, {"number": 6}], [{"number": 3}])


@rule("SB37", "MUST let an event pass when all filters of one group hold", FILTERING)
async def joins_with_and(target: Target) -> None:
    filters = [*where("number", "gt", 1), *where("flag", "eq", True)]
    withheld = [{"number": 2, "flag": False}, {"number": 1, "flag": True}]
    await decides(target, filters, withheld, [{"number": 2, "flag": True}])


@rule("SB38", "MUST let an event pass when any group holds", FILTERING)
async def joins_with_or(target: Target) -> None:
    room = fresh()
    mine = where("room", "eq", room)
    filter_ = grouped([*mine, *where("number", "eq", 1)], [*mine, *where("number", "eq", 9)])
    await sends_only(target, filter_, room, [{"number": 5}], [{"number": 9}, {"number": 1}])


@rule("SB39", "MUST reach into objects with dots", FILTERING)
async def reaches_deep(target: Target) -> None:
    there = {"owner": {"id": "1", "home": {"city": "Ulm"}}}
    elsewhere = {"owner": {"id": "1", "home": {"city": "Bonn"}}}
    await decides(target, where("owner.home.city", "eq", "Ulm"), [elsewhere, {}], [there])


@rule("SB40", "MUST refuse an unknown operator at the start", FILTERING, CHOSEN)
async def refuses_operator(target: Target) -> None:
    await refuses_filter(target, grouped(where("number", "like", 1)))


@rule("SB41", "MUST refuse a filter with more than ten groups", FILTERING)
async def refuses_groups(target: Target) -> None:
    await refuses_filter(target, grouped(*(where("number", "eq", n) for n in range(11))))


@rule("SB42", "MUST refuse a group with more than five different fields", FILTERING)
async def refuses_fields(target: Target) -> None:
    names = ("id", "room", "text", "number", "ratio", "flag")
    await refuses_filter(target, grouped([each for name in names for each in where(name, "eq", 1)]))


@rule("SB43", "MUST refuse lists longer than five for in, and than twenty for containsAny", FILTERING)
async def refuses_lists(target: Target) -> None:
    await refuses_filter(target, grouped(where("number", "in", list(range(6)))))
    await refuses_filter(target, grouped(where("tags", "containsAny", [str(n) for n in range(21)])))


async def refuses_filter(target: Target, filter_: Json) -> None:
    async with target.socket() as socket:
        query = "subscription S($f: String) { onRule(filter: $f) { text } }"
        await socket.start("1", query, {"f": json.dumps(filter_)})
        expect_true((await socket.error("1")).get("message"), "the error has no message")


@rule("SB49", "MUST never match a path of more than five levels", FILTERING)
async def gives_up_deep(target: Target) -> None:
    room = fresh()
    mine = where("room", "eq", room)
    deep = where("again.again.again.again.again.text", "ne", "other")
    filter_ = grouped([*mine, *deep], [*mine, *where("number", "eq", 9)])
    await sends_only(target, filter_, room, [{"number": 5}], [{"number": 9}])


@rule("SB50", "MUST not take a number for a text or a Boolean, nor the other way round", FILTERING, CHOSEN)
async def tells_types_apart(target: Target) -> None:
    room = fresh()
    mine = where("room", "eq", room)
    mixed = [
        where("number", "eq", "1"), where("number", "in", ["1"]), where("number", "ge", "0"),
        where("kind", "contains", 0), where("flag", "eq", 1), where("flag", "eq", "true"),
    ]  # fmt: skip
    filter_ = grouped(*([*mine, *each] for each in mixed), [*mine, *where("number", "eq", 2)])
    await sends_only(target, filter_, room, [{"number": 1, "flag": True, "kind": "NOTE"}], [{"number": 2}])


@rule("SB44", "MUST OR several operators of one field in toSubscriptionFilter, and AND fields", UTIL)
async def transforms_filters(target: Target) -> None:
    room = fresh()
    wanted = {"room": {"eq": room}, "number": {"lt": 2, "gt": 8}}
    items = [{"number": 9}, {"number": 1}]
    await sends_only(target, wanted, room, [{"number": 5}], items, "transform")


@rule("SB45", "MUST expand and / or in toSubscriptionFilter", UTIL)
async def expands_filters(target: Target) -> None:
    room = fresh()
    wanted = {"and": [{"room": {"eq": room}}, {"or": [{"number": {"eq": 1}}, {"flag": {"eq": True}}]}]}
    await sends_only(target, wanted, room, [{"number": 2}], [{"number": 1}, {"flag": True}], "transform")


# ---- Invalidation


@rule(
    "SB46",
    "MUST end a subscription whose invalidation filter matches, with complete, and close",
    INVALIDATION,
)
async def invalidates(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.subscribe("1", f'subscription {{ onEnd(room: "{room}") {{ id }} }}')
        await target.data(f'mutation {{ endRoom(room: "{room}") {{ id }} }}')
        await socket.expect("complete", "1")
        expect_true(await socket.closed() is not None, "the connection stays open")


@rule("SB47", "MUST leave other subscriptions alone when one is invalidated", INVALIDATION)
async def invalidates_only_matching(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.subscribe("1", f'subscription {{ onEnd(room: "{room}") {{ text }} }}')
        await target.data(f'mutation {{ endRoom(room: "{fresh()}") {{ id }} }}')
        await target.publish(room=room, text="still")
        expect(await socket.event("onEnd"), {"text": "still"}, "the event")


@rule("SB48", "MUST answer the mutation that invalidates like any other", EXTENSIONS)
async def answers_invalidation(target: Target) -> None:
    data = await target.data(f'mutation {{ endRoom(room: "{fresh()}") {{ id }} }}')
    expect(data, {"endRoom": {"id": "end"}})
