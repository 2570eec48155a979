"""Who may connect, publish and subscribe: every operation is authorised on its own.

https://docs.aws.amazon.com/appsync/latest/eventapi/configure-event-api-auth.html
"""

from dataclasses import dataclass
from enum import StrEnum

from localcloud.appsync.authorization import Authorizer, Presented
from localcloud.appsync.authorizer_function import Purpose
from localcloud.appsync.errors import Unauthorized
from localcloud.appsync.events.channels import Channel
from localcloud.appsync.identity import Identity, Mode, Principal


class Operation(StrEnum):
    """What is authorised, by the name that an authoriser function is told."""

    CONNECT = "EVENT_CONNECT"
    PUBLISH = "EVENT_PUBLISH"
    SUBSCRIBE = "EVENT_SUBSCRIBE"


ACTIONS = {
    Operation.CONNECT: "appsync:EventConnect",
    Operation.PUBLISH: "appsync:EventPublish",
    Operation.SUBSCRIBE: "appsync:EventSubscribe",
}


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """`arn` is the API's, under which policies name it and its namespaces."""

    authorizer: Authorizer
    arn: str

    async def admit(
        self, presented: Presented, operation: Operation, channel: Channel | None, modes: frozenset[Mode]
    ) -> Identity:
        """Raises Unauthorized, or BadRequest for a signature that does not match."""
        identity = await self.authorizer.identify(presented, lambda: purpose(operation, channel), modes)
        if isinstance(identity, Principal) and not self._permits(identity, operation, channel):
            raise Unauthorized("Permission denied")
        return identity

    def _permits(self, principal: Principal, operation: Operation, channel: Channel | None) -> bool:
        resource = f"{self.arn}/channelNamespace/{channel.namespace}" if channel else self.arn
        return principal.policy is None or principal.policy.allows(ACTIONS[operation], resource)


def purpose(operation: Operation, channel: Channel | None) -> Purpose:
    """A verdict is good for the same operation on the same channel, a wildcard being one of its own."""
    return Purpose(
        {
            "operation": operation.value,
            "channelNamespaceName": channel.namespace if channel else None,
            "channel": channel.path if channel else None,
        },
        bound_to=(operation.value, channel.path if channel else None),
    )
