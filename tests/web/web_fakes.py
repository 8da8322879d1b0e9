"""A bus without a broker, and a panel on a free port, for the tests of the panel."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from homebody.clock import MonotonicClock
from homebody.payloads import Topics
from homebody.settings import Settings
from web.app import create_app
from web.bus_port import BusMessage
from web.config import WebConfig
from web.hub import Hub
from web.server import Server


@dataclass(frozen=True, slots=True)
class FakeMessage:
    topic: str
    payload: bytes
    is_retained: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    topic: str
    payload: Settings
    qos: int
    is_retained: bool


class FakeBus:
    """Keeps what was published; `deliver` plays the robot."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[[BusMessage], None]] = {}
        self.published: list[Published] = []
        self.is_connected = True

    def subscribe(self, topic: str, handler: Callable[[BusMessage], None], qos: int = 0) -> None:
        self.handlers[topic] = handler

    def publish(
        self, topic: str, payload: Settings, qos: int = 0, is_retained: bool = False
    ) -> None:
        self.published.append(Published(topic, payload, qos, is_retained))

    def deliver(self, topic: str, payload: Settings | bytes, is_retained: bool = False) -> None:
        data = payload if isinstance(payload, bytes) else payload.model_dump_json().encode()
        self.handlers[topic](FakeMessage(topic, data, is_retained))


@dataclass(frozen=True, slots=True)
class RunningPanel:
    bus: FakeBus
    hub: Hub
    topics: Topics
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def websocket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"


@contextmanager
def running_panel(port: int = 0, **settings: object) -> Iterator[RunningPanel]:
    """A real server on a (free) port of loopback, on a thread of its own, fed by a fake bus."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        port = listener.getsockname()[1]
        bus = FakeBus()
        hub = Hub(bus, "robot", MonotonicClock())
        hub.subscribe()
        server = Server(create_app(hub, WebConfig(port=port, **settings)))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        try:
            yield RunningPanel(bus, hub, hub.topics, port)
        finally:
            server.should_exit = True
            thread.join(10.0)
            assert not thread.is_alive()
