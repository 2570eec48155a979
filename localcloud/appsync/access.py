"""Which modes and groups may use a field, after the `@aws_…` directives on types and fields."""

from collections.abc import Iterable
from dataclasses import dataclass

from localcloud.appsync.errors import Unauthorized
from localcloud.appsync.identity import Admitted, Identity, Mode, Principal
from localcloud.appsync.policies import Policy
from localcloud.appsync.schema import Coordinate, Directive, Schema

ACTION = "appsync:GraphQL"
MODES = {
    "aws_api_key": Mode.API_KEY,
    "aws_iam": Mode.IAM,
    "aws_cognito_user_pools": Mode.COGNITO,
    "aws_oidc": Mode.OIDC,
    "aws_lambda": Mode.LAMBDA,
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One mode is let in; with `groups`, only members of one of them."""

    mode: Mode
    groups: frozenset[str] | None = None

    def admits(self, identity: Identity) -> bool:
        if identity.mode is not self.mode:
            return False
        return self.groups is None or not self.groups.isdisjoint(identity.groups)


class Access:
    """Answers `may this caller use this field`, from grants worked out once per schema.

    `arn` is the API's, which the policies of IAM callers speak of.
    """

    def __init__(
        self, schema: Schema, default: Mode, additional: bool, default_action: str = "ALLOW", arn: str = ""
    ) -> None:
        self._schema = schema
        self._additional = additional
        self._unmarked = () if denies(default, default_action) else (Grant(default),)
        self._grants = {place: self._work_out(place) for place in schema.field_directives}
        self._roots = schema.roots
        self._arn = arn

    def allows(self, identity: Identity, parent: str, field: str) -> bool:
        """Introspection is open to every caller whose credentials are good."""
        if parent.startswith("__") or field.startswith("__"):
            return True
        granted = any(grant.admits(identity) for grant in self._grants.get((parent, field), ()))
        return granted and self._lets(identity, (parent, field))

    def check_roots(self, identity: Identity, parent: str, fields: Iterable[str]) -> None:
        """Raises Unauthorized when an IAM caller's policy allows none of an operation's root fields.

        Fields that the API's own function denies are null and an error each, were they all that is asked for.
        """
        asked = {field for field in fields if not field.startswith("__")}
        bound = isinstance(identity, Principal) and asked
        if bound and not any(self._lets(identity, (parent, field)) for field in asked):
            raise Unauthorized("Permission denied")

    def _lets(self, identity: Identity, place: Coordinate) -> bool:
        """What was decided for this caller alone. Policies name root fields, with all below."""
        match identity:
            case Admitted(denied=denied):
                return place not in denied
            case Principal(policy=Policy() as policy) if place[0] in self._roots:
                return policy.allows(ACTION, f"{self._arn}/types/{place[0]}/fields/{place[1]}")
        return True

    def _work_out(self, place: Coordinate) -> tuple[Grant, ...]:
        """A field's directives replace those of its type; without any, only the default mode may use it."""
        own = self._read(self._schema.field_directives[place])
        return own or self._read(self._schema.type_directives.get(place[0], ())) or self._unmarked

    def _read(self, directives: tuple[Directive, ...]) -> tuple[Grant, ...]:
        return tuple(self._grant(each) for each in directives if self._counts(each))

    def _counts(self, directive: Directive) -> bool:
        """`@aws_auth` works only while Cognito is the sole mode."""
        return directive.name in MODES or (directive.name == "aws_auth" and not self._additional)

    def _grant(self, directive: Directive) -> Grant:
        groups = frozenset(directive.values) if directive.values is not None else None
        return Grant(MODES.get(directive.name, Mode.COGNITO), groups)


def denies(default: Mode, action: str) -> bool:
    return default is Mode.COGNITO and action == "DENY"
