"""The mailboxes between body and brain: one per sensor, one for the report, one for the command."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from homebody.mailbox import Mailbox
from homebody.messages import BrainInput, Command

_CAPACITY_BYTES = {"scan": 1 << 16, "depth": 1 << 15, "landmarks": 1 << 18}
_SMALL_BYTES = 1 << 13


def _sensor_mailboxes() -> dict[str, Mailbox[Any]]:
    names = [f.name for f in fields(BrainInput)]
    return {name: Mailbox(name, _CAPACITY_BYTES.get(name, _SMALL_BYTES)) for name in names}


def _command_mailbox() -> Mailbox[Command]:
    return Mailbox("command", _SMALL_BYTES)


@dataclass(frozen=True, slots=True)
class BrainLink:
    """Shared by the body process, which sends what it senses, and the brain, which commands."""

    sensors: dict[str, Mailbox[Any]] = field(default_factory=_sensor_mailboxes)
    command: Mailbox[Command] = field(default_factory=_command_mailbox)

    def send(self, messages: Iterable[tuple[str, object]]) -> None:
        """Body side: publish what is new, by the name of its field in `BrainInput`."""
        for name, value in messages:
            self.sensors[name].put(value)

    def receive(self) -> BrainInput:
        """Brain side: the newest of everything that has come since the last call."""
        return BrainInput(**{name: box.take() for name, box in self.sensors.items()})
