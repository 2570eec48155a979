"""What every data source is, the one that asks nobody, and the threads that blocking clients run in."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from localcloud.appsync.errors import FieldError, Json

RESULT_BYTES = 5_000_000
THREADS = ThreadPoolExecutor(64, thread_name_prefix="appsync-data")


class DataSource(Protocol):
    """`operation` is what a request handler returned. Raises FieldError when the source fails."""

    async def run(self, operation: Json) -> Json: ...

    async def direct(self, event: Json) -> Json:
        """Answers a resolver that has no code."""
        ...


async def in_thread[T](work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(THREADS, work)


def operation_of(operation: Json) -> str:
    """The `operation` that a request handler put; empty when it returned something else."""
    return str(operation.get("operation", "")) if isinstance(operation, Mapping) else ""


def unsupported(operation: Json) -> FieldError:
    kind = operation.get("operation") if isinstance(operation, Mapping) else operation
    return FieldError(f"Unsupported operation '{kind}'.", "MappingTemplate")


def too_large(what: str) -> FieldError:
    return FieldError(f"The {what} is over {RESULT_BYTES} bytes.", "ResultTooLarge")


class Nothing:
    """The NONE data source: the request's payload is the result."""

    async def run(self, operation: Json) -> Json:
        return operation.get("payload") if isinstance(operation, Mapping) else None

    async def direct(self, event: Json) -> Json:  # noqa: ARG002  (a NONE source has nobody to ask)
        return None
