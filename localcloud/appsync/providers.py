"""How callers may sign in, as a template says of an API: its modes, and what each is configured with."""

import re
from dataclasses import dataclass, field

from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.identity import Mode
from localcloud.appsync.template import NOTHING, Template

ONCE = frozenset({Mode.API_KEY, Mode.IAM, Mode.LAMBDA})


@dataclass(frozen=True, slots=True)
class PoolDefinition:
    """A Cognito user pool."""

    pool_id: str
    region: str
    client_pattern: str | None = None
    default_action: str = "ALLOW"


@dataclass(frozen=True, slots=True)
class IssuerDefinition:
    """An OpenID provider, and how old its tokens may be: since they were issued, and since the sign-in."""

    issuer: str
    client_pattern: str | None = None
    issued_seconds: float | None = None
    authenticated_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """A Lambda authoriser. AppSync remembers nothing it decided unless it is told to."""

    target: str
    ttl: float = 0
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Providers:
    """An API's modes, the default first, and what they are configured with."""

    modes: tuple[Mode, ...]
    pools: tuple[PoolDefinition, ...] = ()
    issuers: tuple[IssuerDefinition, ...] = ()
    function: FunctionDefinition | None = None

    @property
    def default_action(self) -> str:
        """What fields without a directive are, while Cognito is the sole mode."""
        return self.pools[0].default_action if self.pools else "ALLOW"


@dataclass(slots=True)
class Reading:
    """Providers while they are read one by one."""

    template: Template
    modes: list[Mode] = field(default_factory=list)
    pools: list[PoolDefinition] = field(default_factory=list)
    issuers: list[IssuerDefinition] = field(default_factory=list)
    functions: list[FunctionDefinition] = field(default_factory=list)

    def add(self, provider: Json) -> None:
        """GraphQL APIs and event APIs call the same things by different names."""
        mode = self._mode(provider.get("AuthenticationType", provider.get("AuthType")))
        match mode:
            case Mode.COGNITO:
                config = provider.get("UserPoolConfig", provider.get("CognitoConfig"))
                self.pools.append(read_pool(self.template, needed(config, mode)))
            case Mode.OIDC:
                self.issuers.append(
                    read_issuer(self.template, needed(provider.get("OpenIDConnectConfig"), mode))
                )
            case Mode.LAMBDA:
                self.functions.append(
                    read_function(self.template, needed(provider.get("LambdaAuthorizerConfig"), mode))
                )
        self.modes.append(mode)

    def _mode(self, name: Json) -> Mode:
        text = self.template.text(name)
        if text not in Mode:
            raise DefinitionError(f"authorisation mode {text} is not one of AppSync's")
        if text in ONCE and text in self.modes:
            raise DefinitionError(f"authorisation mode {text} is there twice")
        return Mode(text)


def read_providers(template: Template, providers: list[Json]) -> Providers:
    """Raises DefinitionError. The first of `providers` is the default."""
    reading = Reading(template)
    for each in providers:
        reading.add(each)
    function = reading.functions[0] if reading.functions else None
    return Providers(tuple(reading.modes), tuple(reading.pools), tuple(reading.issuers), function)


def needed(config: Json, mode: Mode) -> Json:
    if not config:
        raise DefinitionError(f"authorisation mode {mode} has no configuration")
    return config


def read_pool(template: Template, config: Json) -> PoolDefinition:
    return PoolDefinition(
        pool_id=template.text(config["UserPoolId"]),
        region=template.text(config.get("AwsRegion", {"Ref": "AWS::Region"})),
        client_pattern=expression(template, config.get("AppIdClientRegex")),
        default_action=template.text(config.get("DefaultAction", "ALLOW")),
    )


def read_issuer(template: Template, config: Json) -> IssuerDefinition:
    return IssuerDefinition(
        issuer=template.text(config["Issuer"]),
        client_pattern=expression(template, config.get("ClientId")),
        issued_seconds=seconds(template, config.get("IatTTL")),
        authenticated_seconds=seconds(template, config.get("AuthTTL")),
    )


def read_function(template: Template, config: Json) -> FunctionDefinition:
    return FunctionDefinition(
        target=template.text(config["AuthorizerUri"]),
        ttl=float(optional(template, config.get("AuthorizerResultTtlInSeconds")) or 0),
        pattern=expression(template, config.get("IdentityValidationExpression")),
    )


def optional(template: Template, value: Json) -> str | None:
    """None for what is absent, and for what a condition takes away."""
    resolved = template.resolve(value)
    return None if resolved in (None, NOTHING) else template.text(resolved)


def seconds(template: Template, milliseconds: Json) -> float | None:
    """0 is no bound, as in AppSync's console."""
    given = float(optional(template, milliseconds) or 0)
    return given / 1000 if given else None


def expression(template: Template, value: Json) -> str | None:
    text = optional(template, value)
    try:
        re.compile(text or "")
    except re.error as error:
        raise DefinitionError(f"{text!r} is no regular expression: {error}") from error
    return text
