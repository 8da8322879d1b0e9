"""The web process: one listener, one bus client, one event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from homebody.bus import Bus, BusConfig
from homebody.clock import MonotonicClock
from homebody.errors import NoAnswerError
from homebody.payloads import TEXT_MAX, ProcessesPayload
from homebody.ports import Inbox
from web.config import WebConfig
from web.hub import Hub
from web.server import open_listener, serve

CONNECT_TIMEOUT_S = 2.0
TROUBLES_PERIOD_S = 0.2

_log = logging.getLogger(__name__)


def run_web(
    config: WebConfig,
    bus_config: BusConfig,
    robot_name: str = "robot",
    troubles: Inbox[tuple[str, ...]] | None = None,
) -> None:
    """Serve the panel until SIGTERM or SIGINT, with a broker or, for the time being, without.

    Args:
        troubles: What is wrong with the robot's processes, the broker's among them.

    Raises:
        ResourceError: The address is in use or not to be had.
    """
    listener = open_listener(config)
    bus = Bus(bus_config, client_id=f"homebody-{robot_name}-panel-{os.getpid()}")
    hub = Hub(bus, robot_name, MonotonicClock())
    hub.subscribe()
    try:
        with _passed_on(troubles, hub):
            _connect(bus)
            asyncio.run(serve(hub, config, listener))
    finally:
        bus.stop()
        listener.close()


def _connect(bus: Bus) -> None:
    """The bus goes on trying by itself; until then the page says what is missing."""
    try:
        bus.start(CONNECT_TIMEOUT_S)
    except NoAnswerError as problem:
        _log.warning("the panel shows no robot yet: %s", problem)


@contextmanager
def _passed_on(troubles: Inbox[tuple[str, ...]] | None, hub: Hub) -> Iterator[None]:
    """Let the hub hear of troubles from a thread, as it hears the bus."""
    is_over = threading.Event()

    def pass_on() -> None:
        while troubles is not None and not is_over.wait(TROUBLES_PERIOD_S):
            news = troubles.take()
            if news is not None:
                hub.tell_processes(ProcessesPayload(faults=[text[:TEXT_MAX] for text in news]))

    thread = threading.Thread(target=pass_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
