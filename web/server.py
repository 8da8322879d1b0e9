"""Serves the panel on a listener that is opened first, and ends soon when told to.

It ends within a second of SIGTERM or SIGINT, whatever the browsers do.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from homebody.errors import ResourceError
from web.app import create_app
from web.config import WebConfig
from web.hub import Hub

GOODBYE_S: Any = 0.4  # uvicorn's types want whole seconds, its code does not
BACKLOG = 128
MESSAGE_MAX_BYTES = 1024  # browsers have nothing to say over the WebSocket


def open_listener(config: WebConfig) -> socket.socket:
    """A listening socket, so that a port in use shows before anything else has started.

    Raises:
        ResourceError: The address is in use or not to be had.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        raise ResourceError(
            f"the panel cannot listen on {config.host}:{config.port}: {problem.strerror}; "
            "allowed: a free port (web.port) on an address of this machine (web.host)"
        ) from problem
    return listener


async def serve(hub: Hub, config: WebConfig, listener: socket.socket) -> None:
    """Serve on an open listener until a signal, or until the task is cancelled."""
    server = Server(create_app(hub, config))
    with _ended_by_signals(server):
        await server.serve([listener])


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers, which would raise the signal again at the end."""

    def __init__(self, app: Any) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=GOODBYE_S,
                ws_max_size=MESSAGE_MAX_BYTES,
                ws_per_message_deflate=False,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def _ended_by_signals(server: Server) -> Iterator[None]:
    """On the main thread only: elsewhere whoever made the server ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, setattr, server, "should_exit", True)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
