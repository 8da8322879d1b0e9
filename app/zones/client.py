"""The command line's side of the zones: ask, wait for the answer, and list what there is."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TypeVar

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from homebody.bus import Bus, BusConfig, Message
from homebody.errors import ExitCode, InputError, NoAnswerError
from homebody.payloads import PROTOCOL_VERSION, Topics
from homebody.settings import Settings, parse_json
from homebody.zone_payloads import ZoneEvent, ZonePayload, ZoneRequest, ZonesPayload

_ANSWER_S = 2.0
_SOURCE = "command line"
ModelT = TypeVar("ModelT", bound=Settings)


class ZoneClient:
    """Each call connects, does its work and returns the exit code of the command."""

    def __init__(self, config: BusConfig, robot: str, console: Console) -> None:
        self._config = config
        self._topics = Topics(robot)
        self._console = console

    def add(self, zone: ZonePayload) -> int:
        """Draw a zone: 0 done, 2 refused with the reason shown, 3 no robot answers."""
        return self._ask(self._request("set", zone=zone), f"{zone.kind} '{zone.name}' is in force")

    def remove(self, name: str) -> int:
        """Take a zone away; the same exit codes."""
        return self._ask(self._request("delete", name=name), f"'{name}' is gone")

    def list(self) -> int:
        """Show all zones: 0, or 3 where no robot has said which there are."""
        with self._heard(ZonesPayload, self._topics.zones) as (bus, heard):
            found = _next(heard) if bus is not None else None
        if found is None:
            return self._no_answer() if bus is not None else ExitCode.NO_ANSWER
        table = Table("name", "kind", "points [m]", "more")
        for zone in found.zones:
            points = " ".join(f"{x:g},{y:g}" for x, y in zone.points_m)
            table.add_row(escape(zone.name), zone.kind, points, _more(zone))
        self._console.print(table if found.zones else "there are no zones")
        return ExitCode.SUCCESS

    def _ask(self, request: ZoneRequest, words: str) -> int:
        with self._heard(ZoneEvent, self._topics.zone_event) as (bus, heard):
            if bus is None:
                return ExitCode.NO_ANSWER
            bus.publish(self._topics.zone_set, request, qos=1)
            end_s = time.monotonic() + _ANSWER_S
            while time.monotonic() < end_s:
                event = _next(heard)
                if event is None or event.id != request.id:
                    continue
                if event.state == "done":
                    more = f"; {escape(event.reason)}" if event.reason else ""
                    self._console.print(f"[green]{escape(words)}[/green]{more}")
                    return ExitCode.SUCCESS
                self._console.print(f"[red]refused:[/red] {escape(event.reason)}", soft_wrap=True)
                return ExitCode.BAD_REQUEST
        return self._no_answer()

    def _request(
        self, action: str, zone: ZonePayload | None = None, name: str | None = None
    ) -> ZoneRequest:
        return ZoneRequest.model_validate(
            {
                "v": PROTOCOL_VERSION,
                "id": uuid.uuid4().hex,
                "action": action,
                "zone": zone,
                "name": name,
                "source": _SOURCE,
            }
        )

    @contextmanager
    def _heard(
        self, model: type[ModelT], topic: str
    ) -> Iterator[tuple[Bus | None, SimpleQueue[ModelT]]]:
        """A connection (None, and the reason shown, where there is none) and what comes on it."""
        bus = Bus(self._config, f"homebody-zones-{os.getpid()}-{uuid.uuid4().hex[:6]}")
        heard: SimpleQueue[ModelT] = SimpleQueue()

        def take(message: Message) -> None:
            try:
                heard.put(parse_json(model, message.payload, message.topic))
            except InputError:
                return  # somebody else's nonsense on the topic is no answer

        bus.subscribe(topic, take, qos=1)
        try:
            bus.start(_ANSWER_S)
        except NoAnswerError as problem:
            bus.stop()
            self._console.print(f"[red]no robot answers:[/red] {escape(str(problem))}")
            yield None, heard
            return
        try:
            yield bus, heard
        finally:
            bus.stop()

    def _no_answer(self) -> int:
        self._console.print(f"[red]no robot answers within {_ANSWER_S:.0f} s[/red]")
        return ExitCode.NO_ANSWER


def _next(heard: SimpleQueue[ModelT]) -> ModelT | None:
    try:
        return heard.get(timeout=_ANSWER_S)
    except Empty:
        return None


def _more(zone: ZonePayload) -> str:
    if zone.kind == "slow":
        return f"at most {zone.speed_max_m_s:g} m/s"
    if zone.kind == "one_way":
        return f"{zone.width_m:g} m wide"
    return f"on the {zone.side}" if zone.kind == "keep_side" else ""
