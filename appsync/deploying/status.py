"""How a deployed stage is: its addresses, what each part of it says of itself, and what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import boto3

from appsync.deploying import stacks
from appsync.deploying.errors import DeployError
from appsync.deploying.inspecting import Function, Queue, Table, alarms_of, functions_of, queues_of, tables_of

HEALTHY = frozenset({
    "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "IMPORT_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
})  # fmt: skip
"""A stack that went back to what it was serves as it did before."""


class NotDeployed(DeployError):
    """Raised when the stage has no stack in this account and region."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the stage is reached; a part that was not deployed is None."""

    page: str | None
    graphql: str
    events: str | None
    user_pool: str
    user_pool_client: str
    dashboard: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """One stage. `problems` are sentences; without any it is healthy."""

    stage: str
    region: str
    stack: str
    endpoints: Endpoints
    functions: tuple[Function, ...]
    queues: tuple[Queue, ...]
    tables: tuple[Table, ...]
    alarms: tuple[str, ...]
    problems: tuple[str, ...]


def inspect(session: boto3.Session, stage: str, now: datetime) -> Status:
    """Asks every part of the stage how it is. Raises NotDeployed."""
    name = f"riffle-{stage}"
    state = stacks.status(session, name)
    if state is None or state in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}:
        raise NotDeployed(
            f"There is no stack {name} in {session.region_name}; `riffle deploy --stage {stage}` makes it"
        )
    outputs = stacks.outputs(session, name)
    with ThreadPoolExecutor() as together:
        functions = together.submit(functions_of, session.client("lambda"), name)
        queues = together.submit(queues_of, session.client("sqs"), session.client("cloudwatch"), outputs, now)
        tables = together.submit(tables_of, session.client("dynamodb"), outputs)
        alarms = together.submit(alarms_of, session.client("cloudwatch"), f"{name}-")
    parts = functions.result(), queues.result(), tables.result(), alarms.result()
    problems = tuple(_problems(state, *parts))
    return Status(stage, session.region_name, state, _endpoints(outputs), *parts, problems)


def _endpoints(outputs: Mapping[str, str]) -> Endpoints:
    return Endpoints(
        page=outputs.get("PageUrl"),
        graphql=outputs.get("GraphqlUrl", ""),
        events=outputs.get("EventsUrl"),
        user_pool=outputs.get("UserPoolId", ""),
        user_pool_client=outputs.get("UserPoolClientId", ""),
        dashboard=outputs.get("DashboardUrl"),
    )


def _problems(
    state: str,
    functions: Iterable[Function],
    queues: Iterable[Queue],
    tables: Iterable[Table],
    alarms: Iterable[str],
) -> Iterator[str]:
    if state not in HEALTHY:
        yield f"The stack is {state}"
    for function in functions:
        if not function.works:
            yield f"The function {function.name} is {function.state.lower()}"
    for table in tables:
        if table.state not in {"ACTIVE", "UPDATING"}:
            yield f"The table {table.name} is {table.state.lower()}"
    for queue in queues:
        yield from _problems_of(queue)
    yield from (f"Alarm {alarm}" for alarm in alarms)


def _problems_of(queue: Queue) -> Iterator[str]:
    if queue.missing:
        yield f"The queue {queue.name}, or that of its failed messages, is missing"
    if queue.dead:
        yield f"{queue.dead} {queue.name} {'message' if queue.dead == 1 else 'messages'} failed for good"
