"""Frames against botocore's decoder, which checks both checksums."""

import struct
from typing import Any
from zlib import crc32

import pytest
from botocore.eventstream import ChecksumMismatch, EventStreamBuffer

from localcloud.bedrock import frames


def decoded(data: bytes) -> list[Any]:  # Any: the stubs have headers and payload wrong
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return list(buffer)


def test_an_event_is_decoded_by_botocore() -> None:
    (message,) = decoded(frames.event("contentBlockDelta", {"delta": {"text": "xin chào"}}))
    assert message.headers == {
        ":event-type": "contentBlockDelta",
        ":content-type": "application/json",
        ":message-type": "event",
    }
    assert message.payload == '{"delta":{"text":"xin chào"}}'.encode()


def test_frames_may_follow_each_other_and_arrive_byte_by_byte() -> None:
    data = frames.event("messageStart", {"role": "assistant"}) + frames.event("messageStop", {})
    buffer = EventStreamBuffer()
    names: list[Any] = []
    for byte in data:
        buffer.add_data(bytes([byte]))
        names.extend(message.headers[":event-type"] for message in list[Any](buffer))
    assert names == ["messageStart", "messageStop"]


def test_an_exception_is_named_as_in_the_services_model() -> None:
    (message,) = decoded(frames.exception("ThrottlingException", "slow down"))
    assert message.headers[":exception-type"] == "throttlingException"
    assert message.headers[":message-type"] == "exception"
    assert message.payload == b'{"message":"slow down"}'


def test_both_checksums_are_those_of_the_published_layout() -> None:
    data = frames.message({"name": "value"}, {})
    total, header_length, prelude_crc = struct.unpack("!III", data[:12])
    assert (total, header_length) == (len(data), 1 + 4 + 1 + 2 + 5)
    assert prelude_crc == crc32(data[:8])
    assert struct.unpack("!I", data[-4:])[0] == crc32(data[:-4])


def test_a_flipped_bit_is_noticed() -> None:
    data = bytearray(frames.event("messageStop", {"stopReason": "end_turn"}))
    data[-8] ^= 1
    with pytest.raises(ChecksumMismatch):
        decoded(bytes(data))
