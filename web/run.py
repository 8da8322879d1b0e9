"""The web process: one listener, one bus client, one event loop."""

from __future__ import annotations

import asyncio
import os

from homebody.bus import Bus, BusConfig
from homebody.clock import MonotonicClock
from web.config import WebConfig
from web.hub import Hub
from web.server import open_listener, serve

CONNECT_TIMEOUT_S = 5.0


def run_web(config: WebConfig, bus_config: BusConfig, robot_name: str = "robot") -> None:
    """Serve the panel until SIGTERM or SIGINT.

    Raises:
        ResourceError: The address is in use or not to be had.
        NoAnswerError: The broker does not answer.
    """
    listener = open_listener(config)
    bus = Bus(bus_config, client_id=f"homebody-{robot_name}-panel-{os.getpid()}")
    hub = Hub(bus, robot_name, MonotonicClock())
    hub.subscribe()
    try:
        bus.start(CONNECT_TIMEOUT_S)
        asyncio.run(serve(hub, config, listener))
    finally:
        bus.stop()
        listener.close()
