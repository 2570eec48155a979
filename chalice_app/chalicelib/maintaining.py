"""What the schedule runs: repairs what crashes tore apart, and keeps the index small and fast."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.bootstrap import Services

if TYPE_CHECKING:
    from chalicelib.retrieval.upkeep import IndexReport

log = logging.getLogger(__name__)


def maintain(services: Services, age: timedelta | None = None, *, full: bool = False) -> None:
    """Runs every task, also when one before it failed. Raises ExceptionGroup of the failures.

    `age` is how long something must not have moved to count as stuck; zero after a crash, when no worker can
    be alive, and None for each task's own. `full` looks at everything that is stored, which costs as much as
    there is: for once a day, and for after a crash. Otherwise only what is open is looked at.
    """
    tasks = (
        lambda: repair_documents(services, age, full),
        lambda: repair_answers(services, age),
        lambda: tend_index(services, full),
    )
    failures = [failure for task in tasks if (failure := _failure_of(task))]
    if failures:
        raise ExceptionGroup("maintenance is incomplete", failures)


def repair_documents(services: Services, age: timedelta | None, full: bool) -> None:
    """Brings registry, bucket and index to agree, or what of the registry is open."""
    from chalicelib.documents.reconciling import STUCK_AFTER, reconcile_documents

    done = reconcile_documents(
        services.documents,
        services.blobs,
        services.ingest_queue,
        services.index,
        services.events,
        full=full,
        stuck_after=STUCK_AFTER if age is None else age,
    )
    log.info("documents reconciled", extra=asdict(done) | {"full": full})


def repair_answers(services: Services, age: timedelta | None) -> None:
    """Queues or ends every answer that nobody works on, however many pages of them there are."""
    from chalicelib.answering.reconciling import AGE, reconcile_answers

    start = None
    while True:
        done = reconcile_answers(
            services.answers,
            services.answer_queue,
            services.events,
            age=AGE if age is None else age,
            start=start,
        )
        log.info("answers reconciled", extra={"queued": done.queued, "ended": done.ended})
        if (start := done.start) is None:
            return


def tend_index(services: Services, full: bool) -> None:
    """Only if something was written since the last time: to open the index takes a dozen listings of S3."""
    from chalicelib.retrieval.index import tended

    index = services.index
    if full or not tended(services.blobs.keys(index.versions)):
        index.maintain()


def check_index(services: Services) -> "IndexReport":
    """Measures what the index finds and how quickly, and logs it; no passage and no owner is in that."""
    from chalicelib.retrieval.upkeep import check, to_json

    report = to_json(check(services.index))
    log.info("index checked", extra=dict(report))
    return report


def _failure_of(task: Callable[[], None]) -> Exception | None:
    try:
        task()
    except Exception as failure:
        log.exception("a task of maintenance failed")
        return failure
    return None
