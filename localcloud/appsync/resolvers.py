"""Unit resolvers: a data source, and around it either handlers in APPSYNC_JS or nothing (direct Lambda)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from localcloud.appsync.datasources import DataSource
from localcloud.appsync.errors import AccessDenied, FieldError, Json
from localcloud.appsync.js import Code, Effects, JavaScript, NotAuthorized, Returned


@dataclass(frozen=True, slots=True)
class Resolution:
    """A field's value, and what its handlers asked for besides."""

    value: Json
    effects: Effects = field(default_factory=Effects)


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves one field. Without `code` the data source is sent the context itself."""

    source: DataSource
    engine: JavaScript
    code: Code | None = None

    async def resolve(self, context: Json) -> Resolution:
        """Raises FieldError; `context` is the direct Lambda event and is not changed."""
        if self.code is None:
            return Resolution(await self.source.direct(context))
        try:
            return await self._handle(self.code, context)
        except NotAuthorized:
            raise AccessDenied(context["info"]["parentTypeName"], context["info"]["fieldName"]) from None

    async def _handle(self, code: Code, context: Json) -> Resolution:
        asked = await self.engine.call(code, "request", context)
        if asked.early:
            return Resolution(asked.value, asked.effects)
        outcome = await self._ask(asked)
        answered = await self.engine.call(code, "response", {**context, "stash": asked.stash, **outcome})
        return Resolution(answered.value, asked.effects.then(answered.effects))

    async def _ask(self, asked: Returned) -> Mapping[str, Json]:
        """A failing source does not end the resolver: the response handler sees `ctx.error` and decides."""
        try:
            return {"result": await self.source.run(asked.value)}
        except FieldError as error:
            return {"result": None, "error": {"message": error.message, "type": error.type}}
