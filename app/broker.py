"""The embedded MQTT broker, so that nothing needs to be installed beside Homebody.

amqtt serves on loopback in a process of its own, without passwords: whoever can reach it is on this
machine. A real broker takes its place where `mqtt.host` is set.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections import UserDict
from collections.abc import ItemsView, Iterator
from multiprocessing.synchronize import Event
from typing import Any

from amqtt.broker import Broker
from amqtt.errors import BrokerError

from app.arguments import BrokerArguments
from app.listen import why_not_listen
from app.process import prepare_child
from homebody.errors import ResourceError

_log = logging.getLogger(__name__)

_ANONYMOUS = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
_SHUTDOWN_S = 0.5


def broker_main(arguments: BrokerArguments, ready: Event) -> None:
    """Entry point of the broker process."""
    prepare_child("broker")
    try:
        run_broker(arguments.host, arguments.port, ready)
    except ResourceError as problem:
        _log.error("%s", problem)
        raise SystemExit(int(problem.exit_code)) from problem


def run_broker(host: str, port: int, ready: Event) -> None:
    """Serve until SIGTERM.

    Args:
        ready: Set once clients can connect.

    Raises:
        ResourceError: The port cannot be used.
    """
    # amqtt tells every packet and every client that leaves without a goodbye.
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    _check_port(host, port)
    asyncio.run(_serve(host, port, ready))


async def _serve(host: str, port: int, ready: Event) -> None:
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, end.set)
    broker = Broker(_settings(host, port))
    # amqtt 0.12 iterates over this dictionary across awaits; a client that subscribes meanwhile
    # would make it drop the one being served, or the message being sent.
    broker._subscriptions = _SteadyDict()
    try:
        await broker.start()
    except BrokerError as problem:
        raise ResourceError(f"the broker cannot serve at {host}:{port}: {problem}") from problem
    ready.set()
    await end.wait()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(broker.shutdown(), _SHUTDOWN_S)


class _SteadyDict(UserDict[str, Any]):
    """Iterating shows what was there at the start, whatever comes or goes meanwhile."""

    def __iter__(self) -> Iterator[str]:
        return iter(list(self.data))

    def items(self) -> ItemsView[str, Any]:
        return dict(self.data).items()


def _settings(host: str, port: int) -> dict[str, object]:
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}", "max_connections": 0}},
        "plugins": _ANONYMOUS,
    }


def _check_port(host: str, port: int) -> None:
    """Find out in plain words; amqtt would log a traceback."""
    if problem := why_not_listen(host, port):
        raise ResourceError(
            f"the broker cannot serve at {host}:{port} ({problem});"
            " is another Homebody, or another broker, running there?"
        )
