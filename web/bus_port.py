"""What the panel needs of the message bus: to hear topics and to publish payloads.

`homebody.bus.Bus` fits it, and so does the fake bus of the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from homebody.settings import Settings


class BusMessage(Protocol):
    """One message as it arrived."""

    @property
    def topic(self) -> str: ...

    @property
    def payload(self) -> bytes: ...

    @property
    def is_retained(self) -> bool: ...


class BusPort(Protocol):
    """The two verbs of the bus; handlers may run on a thread of the bus."""

    @property
    def is_connected(self) -> bool: ...

    def subscribe(
        self, topic: str, handler: Callable[[BusMessage], None], qos: int = 0
    ) -> None: ...

    def publish(
        self, topic: str, payload: Settings, qos: int = 0, is_retained: bool = False
    ) -> None:
        """Hand a payload to the broker; may keep it for later where there is no connection."""
        ...
