"""Resolvers: one step by itself, or a pipeline of steps between two handlers."""

from dataclasses import dataclass, field
from typing import Protocol

from localcloud.appsync.batching import Batches
from localcloud.appsync.effects import Effects
from localcloud.appsync.errors import AccessDenied, Json
from localcloud.appsync.js import Code, JavaScript, NotAuthorized, Returned
from localcloud.appsync.steps import Step


@dataclass(frozen=True, slots=True)
class Resolution:
    """A field's value, and what its handlers asked for besides."""

    value: Json
    effects: Effects = field(default_factory=Effects)


class Resolver(Protocol):
    """Resolves one field."""

    async def resolve(self, context: Json, batches: Batches) -> Resolution:
        """Raises FieldError; `context` is the direct Lambda event and is not changed."""
        ...


@dataclass(frozen=True, slots=True)
class Unit:
    """A resolver of one step."""

    step: Step

    async def resolve(self, context: Json, batches: Batches) -> Resolution:
        try:
            ran = await self.step.run(context, [], batches)
        except NotAuthorized as error:
            raise denied(context, error) from None
        return Resolution(ran.value, ran.effects)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Steps one after the other, sharing the stash; without `code` the last one's result is the value."""

    engine: JavaScript
    code: Code | None
    steps: tuple[Step, ...]

    async def resolve(self, context: Json, batches: Batches) -> Resolution:
        try:
            return await self._run(context, batches)
        except NotAuthorized as error:
            raise denied(context, error) from None

    async def _run(self, context: Json, batches: Batches) -> Resolution:
        before = await self._around("request", context, [])
        context = {**context, "stash": before.stash, "prev": {"result": before.value}}
        effects = before.effects
        for step in () if before.early else self.steps:
            with effects.kept():
                ran = await step.run(context, effects.appended, batches)
            context = {**context, "stash": ran.stash, "prev": {"result": ran.value}}
            effects = effects.then(ran.effects)
            if ran.skip_to == "END":
                break
        with effects.kept():
            after = await self._around("response", {**context, **context["prev"]}, effects.appended)
        return Resolution(after.value, effects.then(after.effects))

    async def _around(self, handler: str, context: Json, appended: list[Json]) -> Returned:
        if self.code is None:
            return Returned(context.get("result"), early=False, stash=context["stash"], effects=Effects())
        return await self.engine.call(self.code, handler, context, appended)


def denied(context: Json, by: NotAuthorized) -> AccessDenied:
    error = AccessDenied(context["info"]["parentTypeName"], context["info"]["fieldName"])
    error.effects = by.effects
    return error
