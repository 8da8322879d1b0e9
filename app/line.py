"""The command line's connection to the robot: what it says on some topics, in order."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from rich.console import Console
from rich.markup import escape

from homebody.bus import Bus, BusConfig, Message
from homebody.errors import InputError, NoAnswerError
from homebody.settings import Settings, parse_json

ANSWER_S = 2.0
SOURCE = "command line"
_CONNECT_S = 2.0


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that the robot said, perhaps long ago."""

    value: Settings
    is_retained: bool


class Line:
    """The connection, and what the robot says on it."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self._heard: SimpleQueue[Heard] = SimpleQueue()

    def take(self, model: type[Settings], message: Message) -> None:
        """Hear a message; somebody else's nonsense on the topic is no answer."""
        try:
            value = parse_json(model, message.payload, message.topic)
        except InputError:
            return
        self._heard.put(Heard(value, message.is_retained))

    def next(self, timeout_s: float) -> Heard | None:
        """What is said next, None when nothing is for so long."""
        try:
            return self._heard.get(timeout=timeout_s)
        except Empty:
            return None

    def listen(self, duration_s: float) -> Iterator[Heard]:
        """What is said within a time."""
        end_s = time.monotonic() + duration_s
        while (left_s := end_s - time.monotonic()) > 0.0:
            heard = self.next(left_s)
            if heard is not None:
                yield heard


@contextmanager
def connected(
    config: BusConfig, models: Mapping[str, type[Settings]], console: Console
) -> Iterator[Line | None]:
    """A line to the robot, or None (and the reason on the console) where there is no broker.

    Args:
        models: What is listened to: a payload's model by its topic.
    """
    bus = Bus(config, f"homebody-cli-{os.getpid()}-{uuid.uuid4().hex[:6]}")
    line = Line(bus)
    for topic, model in models.items():
        bus.subscribe(topic, lambda message, model=model: line.take(model, message), qos=1)  # type: ignore[misc]  # mypy infers no lambda with a default
    try:
        bus.start(_CONNECT_S)
    except NoAnswerError as problem:
        console.print(f"[red]no robot answers:[/red] {escape(str(problem))}", soft_wrap=True)
        bus.stop()
        yield None
        return
    try:
        yield line
    finally:
        bus.stop()


def no_answer(console: Console) -> None:
    """Say that nobody answers."""
    console.print(f"[red]no robot answers within {ANSWER_S:.0f} s[/red]")
