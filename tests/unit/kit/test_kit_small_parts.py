"""Numbers, packets, outbox, registry, addresses, start values."""

import asyncio
import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autowrx_jupyter.kit.errors import KitError
from autowrx_jupyter.kit.link import HubAddress
from autowrx_jupyter.kit.mocks import as_text, start_value
from autowrx_jupyter.kit.numbers import for_packet, shortest_float32
from autowrx_jupyter.kit.outbox import BATCH, Outbox
from autowrx_jupyter.kit.packets import FastJson, JsonPacket
from autowrx_jupyter.kit.registry import Command, CommandRegistry, command, commands_of
from autowrx_jupyter.vss import Signal


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_short_number_is_the_same_in_32_bits(value):
    short = shortest_float32(value)
    assert struct.pack("<f", short) == struct.pack("<f", value)
    assert len(repr(short)) <= len(repr(value))


@pytest.mark.parametrize("value", [55.2, 0.1, -3.75, 1e-7, 123456.7, 0.0])
def test_decimal_survives_32_bits(value):
    assert shortest_float32(struct.unpack("<f", struct.pack("<f", value))[0]) == value


def test_values_for_packets():
    assert for_packet("float")(1e300) == 1e300
    assert math.isnan(for_packet("float")(math.nan))
    assert for_packet("float[]")((55.20000076293945, 1.0)) == [55.2, 1.0]
    assert for_packet("uint8[]")((1, 2)) == [1, 2]
    assert for_packet("double")(55.20000076293945) == 55.20000076293945


def test_json_is_strict_and_takes_everything():
    packet = JsonPacket(data=["e", {"a": math.nan, "b": [math.inf], "c": "ü"}])
    assert packet.encode() == '2["e",{"a":null,"b":[null],"c":"ü"}]'
    assert json.loads(FastJson.dumps({"a": 1 << 70, "n": math.nan})) == {"a": 1 << 70, "n": None}
    assert json.loads(FastJson.dumps("\ud800")) == "\ud800"
    assert FastJson.loads('{"a": 1e400}') == {"a": math.inf}
    with pytest.raises(ValueError, match=r"truncated|Expecting"):
        FastJson.loads("{")


async def test_outbox_keeps_order_and_takes_batches():
    outbox = Outbox()
    for i in range(BATCH + 1):
        outbox.post("e", i)
    first, second = await outbox.take(), await outbox.take()
    assert [post.build() for post in first + second] == list(range(BATCH + 1))
    waiting = asyncio.ensure_future(outbox.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    outbox.post_late("e", lambda: "late")
    assert [post.build() for post in await waiting] == ["late"]


async def test_full_outbox_drops_the_oldest_and_says_so(caplog):
    outbox, sent = Outbox(limit=2), []
    for i in range(4):
        outbox.post("e", i, lambda i=i: sent.append(i))
    assert sent == [0, 1]
    assert outbox.dropped == 2
    assert [post.build() for post in await outbox.take()] == [2, 3]
    assert len(caplog.records) == 1


async def handler(kit, request):
    return None


def test_registry_finds_aliases_and_refuses_doubles():
    both = command("read-file", "read_file", ordered=False)(handler)
    registry = CommandRegistry([both])
    assert registry.get("read_file") is registry.get("read-file") is both
    assert list(registry) == ["read-file", "read_file"]
    assert registry.get("nope") is None
    with pytest.raises(KitError, match="read_file"):
        registry.add(Command("read_file", handler))


def test_what_an_entry_point_may_be():
    one = Command("a", handler)
    assert commands_of("x", one) == (one,)
    assert commands_of("x", [one]) == (one,)
    assert commands_of("x", handler) == (Command("x", handler),)
    for wrong in (lambda kit, request: None, 5, [5]):
        with pytest.raises(KitError, match="async function"):
            commands_of("x", wrong)


@pytest.mark.parametrize(
    ("url", "origin", "path", "shown"),
    [
        ("http://h:3090", "http://h:3090", "socket.io", "http://h:3090"),
        ("h:3090", "http://h:3090", "socket.io", "http://h:3090"),
        ("ws://h/", "http://h", "socket.io", "http://h"),
        (
            "https://h/base/autowrx?token=t",
            "https://h?token=t",
            "base/autowrx/socket.io",
            "https://h/base/autowrx",
        ),
        ("http://h/kit/socket.io", "http://h", "kit/socket.io", "http://h/kit/socket.io"),
        ("http://u:secret@h:1", "http://u:secret@h:1", "socket.io", "http://h:1"),
        ("http://[::1]:3090", "http://[::1]:3090", "socket.io", "http://[::1]:3090"),
    ],
)
def test_addresses(url, origin, path, shown):
    assert HubAddress.parse(url) == HubAddress(origin, path, shown)


@pytest.mark.parametrize("url", ["", "ftp://h", "http://", "http://h:x", "http://h:99999"])
def test_wrong_addresses(url):
    with pytest.raises(KitError, match="address of a hub"):
        HubAddress.parse(url)


@pytest.mark.parametrize(
    ("facts", "value"),
    [
        ({"datatype": "float"}, 0.0),
        ({"datatype": "uint8"}, 0),
        ({"datatype": "uint8", "min": 3}, 3),
        ({"datatype": "int8", "max": -2}, -2),
        ({"datatype": "int8", "min": -5, "max": 5}, 0),
        ({"datatype": "boolean"}, False),
        ({"datatype": "string"}, ""),
        ({"datatype": "string", "allowed": ("A", "B")}, "A"),
        ({"datatype": "string", "allowed": ("A", "B"), "default": "B"}, "B"),
        ({"datatype": "string[]"}, []),
        ({"datatype": "uint8", "default": 7}, 7),
    ],
)
def test_start_values_fit_their_signal(facts, value):
    signal = Signal("Vehicle.X", "actuator", **facts)
    assert start_value(signal) == value
    assert signal.coerce(start_value(signal)) == value
    assert signal.coerce(as_text(value)) == value
