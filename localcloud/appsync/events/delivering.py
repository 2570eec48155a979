"""From a published event to the frames of everybody who hears it: serialised once, written to many."""

import json
import logging
from collections.abc import Iterable

from localcloud.appsync.events.channels import Channel, Registry
from localcloud.appsync.events.publishing import EVENT_BYTES, exceeds
from localcloud.appsync.subscriptions import Outbox
from localcloud.appsync.wire import dumps

log = logging.getLogger(__name__)
REFUSAL = {"errorType": "MessageProcessingError", "message": f"The event is over {EVENT_BYTES} bytes."}
TOO_LARGE = f"{dumps([REFUSAL])}}}".encode()


class Subscription:
    """One live subscription. Frames for it begin with its id, and end as they do for everybody."""

    def __init__(self, id_: str, channel: Channel, outbox: Outbox) -> None:
        self.channel = channel
        self.outbox = outbox
        self.data = f'{{"type":"data","id":{json.dumps(id_)},"event":'.encode()
        self.error = f'{{"type":"broadcast_error","id":{json.dumps(id_)},"errors":'.encode()


def broadcast(registry: Registry[Subscription], channel: Channel, texts: Iterable[str]) -> None:
    """Every event is a frame of its own, with the event's JSON as a string in it.

    One that a handler has made too large is told to subscribers as an error: the publisher's is answered for.
    """
    listening = list(registry.listening(channel))
    for text in texts:
        if exceeds(text):
            log.warning("an event on %s over %d bytes was dropped", channel.path, EVENT_BYTES)
            for each in listening:
                each.outbox.share(each.error, TOO_LARGE)
            continue
        tail = f"{dumps(text)}}}".encode()
        for each in listening:
            each.outbox.share(each.data, tail)
