"""Every request about the emergency stop is answered, also one that cannot be read."""

from __future__ import annotations

import pytest
from paho.mqtt.client import MQTTMessage

from app.body_loop import BodyLoop
from app.estop_desk import answer
from benchmarks.kinematic_body import KinematicBody
from benchmarks.plane_geometry import box
from homebody.bus import PAYLOAD_MAX_BYTES, Bus, BusConfig, Message
from navigation.reactive import ReactiveLayer

TOPIC = "homebody/robot/estop"


@pytest.fixture
def loop() -> BodyLoop:
    body = KinematicBody(box(-5.0, -5.0, 5.0, 5.0))
    loop = BodyLoop(body, ReactiveLayer(body.description))
    loop.step(None, 0.02)
    return loop


def say(loop: BodyLoop, payload: bytes, is_retained: bool = False) -> tuple[str, str, str]:
    event = answer(loop, Message(TOPIC, payload, is_retained), 5.0)
    assert event.engaged is loop.is_estopped
    return event.id, event.state, event.reason


def test_engaging_and_releasing_are_confirmed_by_their_ids(loop: BodyLoop) -> None:
    assert say(loop, b'{"v":1,"id":"a","engaged":true}') == ("a", "done", "")
    assert loop.is_estopped
    assert say(loop, b'{"v":1,"id":"b","engaged":false}') == ("b", "done", "")
    assert not loop.is_estopped


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (b"", "the whole"),
        (b'{"v":1,"id":"c"}', "engaged"),
        (b'{"v":1,"id":"c","engaged":"perhaps"}', "engaged"),
        (b'{"v":2,"id":"c","engaged":true}', "v"),
    ],
)
def test_a_malformed_request_is_refused_with_the_field(
    loop: BodyLoop, payload: bytes, field: str
) -> None:
    identity, state, reason = say(loop, payload)
    assert identity == ("c" if b'"c"' in payload else "")
    assert state == "rejected"
    assert f"{TOPIC}: {field} is" in reason
    assert "allowed:" in reason
    assert not loop.is_estopped


def test_a_retained_release_is_refused_and_a_retained_stop_is_not(loop: BodyLoop) -> None:
    assert say(loop, b'{"engaged":true}', is_retained=True)[1] == "done"
    _, state, reason = say(loop, b'{"engaged":false}', is_retained=True)
    assert state == "rejected"
    assert "retained" in reason
    assert loop.is_estopped


def test_what_is_too_large_reaches_those_who_answer_without_its_payload(loop: BodyLoop) -> None:
    bus = Bus(BusConfig(), "nobody")
    heard: list[Message] = []
    bus.subscribe("#", lambda _: pytest.fail("it is too large to be handled"))
    bus.on_refused(heard.append)
    message = MQTTMessage(topic=TOPIC.encode())
    message.payload = b"x" * (PAYLOAD_MAX_BYTES + 1)
    bus._received(bus._client, None, message)
    assert bus.refused == 1
    assert heard[0].payload == b""
    event = answer(loop, heard[0], 5.0)
    assert event.state == "rejected"
    assert event.reason == f"{TOPIC}: the whole is '262145 bytes'; allowed: at most 262144 bytes"
