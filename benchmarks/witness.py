"""Listens to a robot over MQTT like any client, and remembers what it said of each task."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from homebody.bus import Bus, BusConfig, Message
from homebody.errors import NoAnswerError
from homebody.payloads import (
    FINAL_STATES,
    BodyPayload,
    EstopEvent,
    EstopRequest,
    RobotState,
    StopRequest,
    TaskEvent,
    TaskRequest,
    Topics,
)
from homebody.room_payloads import RoomEvent
from homebody.settings import Settings, parse_json
from homebody.zone_payloads import ZoneEvent


class Witness:
    """One client; `close` it."""

    def __init__(self, mqtt_port: int) -> None:
        self.topics = Topics()
        self.events: list[TaskEvent] = []
        self.state: RobotState | None = None
        self.body: BodyPayload | None = None
        self.body_s = self.state_s = 0.0
        self.answers: list[ZoneEvent | RoomEvent | EstopEvent] = []
        self._lock = threading.Lock()
        config = BusConfig(port=mqtt_port, reconnect_min_s=1, reconnect_max_s=1)
        self._bus = Bus(config, f"witness-{time.monotonic_ns()}")
        self._bus.subscribe(self.topics.task_event, self._hear_event, qos=1)
        self._bus.subscribe(self.topics.state, self._hear_state)
        self._bus.subscribe(self.topics.body, self._hear_body)
        for topic, model in (
            (self.topics.zone_event, ZoneEvent),
            (self.topics.rooms_event, RoomEvent),
            (self.topics.estop_event, EstopEvent),
        ):
            self._bus.subscribe(topic, partial(self._hear_answer, model), qos=1)

    def connect(self, timeout_s: float = 40.0) -> None:
        end_s = time.monotonic() + timeout_s
        while True:
            try:
                self._bus.start(1.0)
            except NoAnswerError:
                assert time.monotonic() < end_s
            else:
                return

    def ask(self, name: str, x_m: float, y_m: float = 4.7) -> None:
        now_s = time.time()
        args = {"x": x_m, "y": y_m}
        request = TaskRequest(v=1, id=name, type="go_to", args=args, ts=now_s, ttl_s=60.0)
        self.say(self.topics.task_set, request)

    def stop(self) -> None:
        self.say(self.topics.stop, StopRequest())

    def estop(self, is_engaged: bool) -> None:
        self.say(self.topics.estop, EstopRequest(engaged=is_engaged, source="a test"))

    def say(self, topic: str, payload: Settings) -> None:
        self._bus.publish(topic, payload, qos=1)

    def send(self, topic: str, payload: bytes, is_retained: bool = False) -> None:
        """Anything at all."""
        self._bus.publish(topic, payload, qos=1, is_retained=is_retained)

    def story(self, name: str) -> list[TaskEvent]:
        with self._lock:
            return [event for event in self.events if event.id == name]

    @property
    def n_answers(self) -> int:
        """Answers about zones, rooms and the emergency stop so far."""
        return len(self.answers)

    def ends(self, name: str) -> list[str]:
        return [event.state for event in self.story(name) if event.state in FINAL_STATES]

    def close(self) -> None:
        self._bus.stop()

    def _hear_event(self, message: Message) -> None:
        with self._lock:
            self.events.append(parse_json(TaskEvent, message.payload, message.topic))

    def _hear_answer(
        self, model: type[ZoneEvent | RoomEvent | EstopEvent], message: Message
    ) -> None:
        with self._lock:
            self.answers.append(parse_json(model, message.payload, message.topic))

    def _hear_state(self, message: Message) -> None:
        if not message.is_retained:
            self.state = parse_json(RobotState, message.payload, message.topic)
            self.state_s = time.monotonic()

    def _hear_body(self, message: Message) -> None:
        self.body = parse_json(BodyPayload, message.payload, message.topic)
        self.body_s = time.monotonic()


def wait_until(is_so: Callable[[], bool], words: str, timeout_s: float = 40.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end_s, f"not so within {timeout_s:.0f} s: {words}"
        time.sleep(0.02)
