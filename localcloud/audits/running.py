"""Runs audits beside each other and yields how each went, in the order they end."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus

import httpx

from localcloud.audits.rules import Outcome, Rule, run
from localcloud.audits.target import Target

AT_ONCE = 8
OURS = '{ __type(name: "ItemInput") { name } }'


class Unreachable(Exception):
    """Nobody answers at the endpoint's address, or not as any API would."""


async def audit(target: Target, rules: Sequence[Rule]) -> AsyncIterator[Outcome]:
    """Raises Unreachable before anything is audited, where nothing could be."""
    await reach(target)
    await recognise(target)
    free = asyncio.Semaphore(AT_ONCE)

    async def bounded(rule: Rule) -> Outcome:
        async with free:
            return await run(rule, target)

    tasks = [asyncio.create_task(bounded(rule)) for rule in rules]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()


async def reach(target: Target) -> None:
    for url in filter(None, (target.url, target.events_url)):
        try:
            async with target.http() as client:
                answer = await client.post(url, content='{"query": "{ __typename }"}')
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error).rstrip(".") or type(error).__name__
            raise Unreachable(f"{url} cannot be reached: {reason}") from error
        if not is_json(answer):
            raise Unreachable(
                f"{url} is no API: it answers a query with status {answer.status_code} and no JSON"
            )


async def recognise(target: Target) -> None:
    """Audits of a wrong key or of another API would all fail, and say nothing of the endpoint."""
    if target.callers.api_key is None:
        return
    answer = await target.send(json.dumps({"query": OURS}))
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise Unreachable(f"{target.url} does not take this API key")
    match answer.json():
        case {"data": {"__type": None}}:
            raise Unreachable(
                f"{target.url} is another API than the one that the audits ask: "
                "`riffle appsync audit-api DIR` writes that one, to serve or to deploy"
            )


def is_json(answer: httpx.Response) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except ValueError:
        return False


async def audit_all(target: Target, rules: Sequence[Rule]) -> list[Outcome]:
    """Every outcome, in the order of the rules."""
    outcomes = {each.rule.code: each async for each in audit(target, rules)}
    return [outcomes[rule.code] for rule in rules]
