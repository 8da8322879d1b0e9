"""Keeps the newest message of each channel, and wakes the browsers' streams when one has come.

Nothing is queued: a message replaces the one before it. Messages arrive on the bus's thread and are
checked once, however many browsers look on. Cost: about 0.1 ms per kilobyte of message.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from pydantic import ValidationError

from homebody.clock import Clock
from homebody.payloads import (
    Availability,
    BodyPayload,
    EstopEvent,
    MapPayload,
    PlanPayload,
    ProcessesPayload,
    RobotState,
    TaskEvent,
    Topics,
    TreePayload,
)
from homebody.room_payloads import RoomEvent, RoomsPayload
from homebody.settings import Settings, as_input_error
from homebody.zone_payloads import DoorsPayload, ZoneEvent, ZonesPayload
from web.bus_port import BusMessage, BusPort

logger = logging.getLogger(__name__)

PayloadT = TypeVar("PayloadT", bound=Settings)

CHANNELS: dict[str, type[Settings]] = {
    "state": RobotState,
    "map": MapPayload,
    "plan": PlanPayload,
    "tree": TreePayload,
    "body": BodyPayload,
    "task_event": TaskEvent,
    "estop_event": EstopEvent,
    "rooms": RoomsPayload,
    "rooms_event": RoomEvent,
    "availability": Availability,
    "zones": ZonesPayload,
    "zone_event": ZoneEvent,
    "doors": DoorsPayload,
}
EVENT_CHANNELS = ("task_event", "rooms_event", "estop_event")
N_EVENTS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """The newest message of one channel, or of one request on a channel of events.

    Attributes:
        received_s: When it came; None where the broker had kept it, so that its age is unknown.
    """

    key: str
    channel: str
    revision: int
    received_s: float | None
    payload: Settings
    json: str

    def age_s(self, now_s: float) -> float | None:
        return None if self.received_s is None else max(0.0, now_s - self.received_s)

    def envelope(self, now_s: float) -> str:
        """The message as a browser gets it: channel, age [s] and data."""
        age_s = self.age_s(now_s)
        age = "null" if age_s is None else f"{age_s:.3f}"
        return f'{{"channel":"{self.channel}","age_s":{age},"data":{self.json}}}'


class Hub:
    """Between the bus, whose thread calls in, and the streams, which live on an event loop."""

    def __init__(self, bus: BusPort, robot: str, clock: Clock) -> None:
        self.robot = robot
        self.topics = Topics(robot)
        self.bus = bus
        self.clock = clock
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._revision = 0
        self._watchers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def subscribe(self) -> None:
        """Ask the bus for every channel."""
        for channel in CHANNELS:
            topic: str = getattr(self.topics, channel)
            self.bus.subscribe(topic, partial(self._receive, channel), qos=0)

    def entries(self) -> tuple[Entry, ...]:
        """The newest message of each channel, and of each of the latest requests."""
        with self._lock:
            return tuple(self._entries.values())

    def newest(self, channel: str, model: type[PayloadT]) -> tuple[PayloadT, float | None] | None:
        """The newest payload of a channel with its age [s], or None before the first."""
        with self._lock:
            entry = self._entries.get(channel)
        if entry is None or not isinstance(entry.payload, model):
            return None
        return entry.payload, entry.age_s(self.clock.now_s())

    def tell_processes(self, payload: ProcessesPayload) -> None:
        """What the supervisor says, which needs no broker; on the channel `processes`."""
        self._keep("processes", payload, self.clock.now_s())

    @contextmanager
    def watch(self) -> Iterator[asyncio.Event]:
        """An event on the running loop that is set whenever something new has come."""
        news = asyncio.Event()
        with self._lock:
            self._watchers[news] = asyncio.get_running_loop()
        try:
            yield news
        finally:
            with self._lock:
                del self._watchers[news]

    @property
    def n_watchers(self) -> int:
        with self._lock:
            return len(self._watchers)

    def _receive(self, channel: str, message: BusMessage) -> None:
        try:
            payload = CHANNELS[channel].model_validate_json(message.payload)
        except ValidationError as problem:
            logger.warning("ignored a message: %s", as_input_error(problem, message.topic))
            return
        received_s = None if message.is_retained else self.clock.now_s()
        self._keep(channel, payload, received_s)

    def _keep(self, channel: str, payload: Settings, received_s: float | None) -> None:
        key = channel
        if isinstance(payload, TaskEvent | RoomEvent | EstopEvent):
            key = f"{channel} {payload.id}"
        text = payload.model_dump_json()
        with self._lock:
            self._revision += 1
            self._entries.pop(key, None)
            self._entries[key] = Entry(key, channel, self._revision, received_s, payload, text)
            self._forget_old_events()
            for news, loop in self._watchers.items():
                _wake(loop, news)

    def _forget_old_events(self) -> None:
        for channel in EVENT_CHANNELS:
            events = [key for key, entry in self._entries.items() if entry.channel == channel]
            for key in events[:-N_EVENTS_KEPT]:
                del self._entries[key]


def _wake(loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    """Set an event from another thread; a loop that has just closed has nobody to wake."""
    if not loop.is_closed():
        callback: Any = news.set
        loop.call_soon_threadsafe(callback)
