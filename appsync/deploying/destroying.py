"""Takes a stage away again; documents, answers and accounts stay unless told otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass

import boto3

from appsync.deploying.deploying import Event


@dataclass(frozen=True, slots=True)
class Remains:
    """What there is of a stage: `goes` is removed, `stays` is kept and how each is removed later."""

    stage: str
    goes: tuple[str, ...]
    stays: tuple[str, ...]


def survey(session: boto3.Session, stage: str, *, data: bool = False) -> Remains:
    """What `destroy` would remove and keep. Both empty when nothing of the stage is left."""
    raise NotImplementedError


def destroy(session: boto3.Session, stage: str, *, data: bool = False) -> Iterator[Event]:
    """Removes the stage, whatever state it is in. With `data`, also what people stored; that cannot be undone."""
    raise NotImplementedError
