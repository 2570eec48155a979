"""Joins what Chalice says of the functions with what the template says of everything else."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appsync.deploying.stages import Stage
from appsync.packaging import Json


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file to be uploaded; `key` is made of its content, so that equal files are uploaded once."""

    key: str
    path: Path


@dataclass(frozen=True, slots=True)
class Assembly:
    """One template, the parameters it is deployed with, and the files that it names by key."""

    template: Mapping[str, Json]
    parameters: Mapping[str, str]
    artifacts: tuple[Artifact, ...]


def assemble(
    stage: Stage, app: Path, layers: Mapping[str, Path], bucket: str, out: Path, image: str = ""
) -> Assembly:
    """The merged template of `stage`; `layers` are zips by layer name ({} for none), `out` takes what is built.

    With the URI of an `image` the functions run from it, without zip and layers. Raises PackagingFailed, TooLarge.
    """
    raise NotImplementedError
