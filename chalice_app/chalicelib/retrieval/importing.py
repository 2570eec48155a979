"""Keeps LanceDB's REST client out of its import, for which it would take two thirds of the time.

`lance_namespace` names some 300 pydantic classes of a client for remote catalogues, which are all built when
they are imported; tables on S3 or on a disk use none of them. Stand-ins answer to the names instead, whether
the client is installed or not: the layer for Lambda leaves it out.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

CLIENT = "lance_namespace_urllib3_client"


@contextmanager
def without_rest_client() -> Iterator[None]:
    """Inside, modules of the client that are not loaded yet are imported as stand-ins; they stay so."""
    standing_in = _StandIns()
    sys.meta_path.insert(0, standing_in)
    try:
        yield
    finally:
        sys.meta_path.remove(standing_in)


class _StandIns(MetaPathFinder, Loader):
    """Finds every module of the client, and makes each of them a `_StandIn`."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  (the protocol's)
        target: ModuleType | None = None,  # noqa: ARG002  (the protocol's)
    ) -> ModuleSpec | None:
        ours = fullname.partition(".")[0] == CLIENT
        return ModuleSpec(fullname, self, is_package=True) if ours else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run: names are made when they are asked for."""


class _StandIn(ModuleType):
    """A module that has a class of any name."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("_"):  # what Python asks modules for by itself
            raise AttributeError(name)
        made = type(name, (), {"__init__": _refuse, "__module__": self.__name__})
        setattr(self, name, made)
        return made


def _refuse(made: object, *_: object, **__: object) -> None:
    raise ImportError(f"{type(made).__name__} is of {CLIENT}, which is not loaded here")
