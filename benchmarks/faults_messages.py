"""Malformed, oversized, out-of-order and retained messages: nothing falls over, each is answered.

A seeded mutator spoils good messages; between them come good ones that must be served. Most go to
the parsers and the task queue in this process, some through the broker to a whole robot.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from app.room_desk import RoomDesk
from app.zones.desk import ZoneDesk
from behaviours.config import TaskQueueConfig
from behaviours.task_queue import TaskQueue
from behaviours.task_types import task_types
from benchmarks.common import Row
from benchmarks.household import Household
from homebody.bus import PAYLOAD_MAX_BYTES
from homebody.errors import HomebodyError, MessageError
from homebody.messages import default_body
from homebody.payloads import EstopRequest, TaskRequest
from homebody.settings import parse_json
from homebody.zone_payloads import ZoneEvent
from navigation.exploration.explorer import next_viewpoint
from navigation.zones.book import ZoneBook
from skills.config import SkillsConfig

_KINDS = ("task", "zone", "estop", "room")
_GOOD_EVERY = 51  # all kinds in turn
_WARM_SHARE = 0.2
_TOO_LARGE_SHARE = 0.01
_SETTLE_S = 3.0
_WARM_N = 1000
_WAIT_EVERY, _BEHIND_MAX = 50, 100
_WALL_S = 1_700_000_000.0
_TOKENS = (
    b"NaN",
    b"Infinity",
    b"-1e999",
    b"null",
    b"[]",
    b"{}",
    b"true",
    b'"',
    b"\\u0000",
    b"\xff",
)
_DEPTHS = (10, 1000, 50_000)


class Mutator:
    """Spoils good messages in many ways, the same ones for a seed."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def good(self, topic: str, number: int) -> bytes:
        """A message that must be served."""
        if topic == "task":
            args = {"x": 1.0, "y": 1.0}
            task = {"v": 1, "id": f"g{number}", "type": "go_to", "args": args, "ts": _WALL_S}
            return json.dumps(task).encode()
        if topic == "room":
            edit = {"op": "rename", "room": "kitchen", "name": "galley"}
            room = {"v": 1, "id": f"g{number}", "edit": edit, "ts": _WALL_S}
            return json.dumps(room).encode()
        if topic == "estop":
            return b'{"v":1,"engaged":false,"source":"a fuzzer"}'
        zone = {"name": "rug", "kind": "slow", "points_m": [[1, 1], [2, 1], [2, 2]]}
        return json.dumps({"v": 1, "id": f"g{number}", "action": "set", "zone": zone}).encode()

    def bad(self, topic: str, number: int) -> bytes:
        """A message that is most likely wrong."""
        data = self.good(topic, number).replace(b'"g', b'"b')
        for _ in range(int(self._rng.integers(1, 4))):
            data = self._spoil(data)
        return data

    def _spoil(self, data: bytes) -> bytes:
        rng, kind = self._rng, int(self._rng.integers(8))
        at = int(rng.integers(len(data) + 1))
        if kind == 0:
            return data[:at]
        if kind == 1:
            return data[:at] + bytes([int(rng.integers(256))]) + data[at + 1 :]
        if kind == 2:
            return data[:at] + _TOKENS[int(rng.integers(len(_TOKENS)))] + data[at:]
        if kind == 3:
            return data.replace(b'":', b'x":', 1)
        if kind == 4:
            return data.replace(b"1", _TOKENS[int(rng.integers(6))])
        if kind == 5:
            return rng.bytes(int(rng.integers(200)))
        if kind == 6:
            depth = _DEPTHS[int(rng.integers(3))]
            return b'{"v":' + b"[" * depth + b"]" * depth + b"}"
        return data[:-1] + b',"more":"' + b"x" * int(rng.integers(100_000)) + b'"}'


def parser_row(n: int, seed: int) -> Row:
    """`n` messages to task queue, zone desk and emergency stop in this process."""
    mutator, rng = Mutator(seed), np.random.default_rng(seed)
    logging.disable(logging.CRITICAL)  # each bad message is a warning
    serve = _servers()
    process, uss_mb, crashes = psutil.Process(), math.nan, []
    silent = good_served = good = bad = rejected = 0
    for number in range(n):
        topic = _KINDS[number % len(_KINDS)]
        is_good = number % _GOOD_EVERY == 0
        payload = mutator.good(topic, number) if is_good else mutator.bad(topic, number)
        is_retained = not is_good and bool(rng.random() < 0.1)
        try:
            verdict, reason = serve[topic](payload, is_retained)
        except Exception as problem:  # whatever it is, it is what is looked for
            crashes.append(f"{type(problem).__name__}: {problem}"[:200])
            continue
        good, bad = good + is_good, bad + (not is_good)
        good_served += is_good and verdict == "served"
        rejected += not is_good and verdict == "rejected"
        silent += verdict == "rejected" and not reason
        if number == int(_WARM_SHARE * n):
            uss_mb = _uss_mb(process)
    return {
        "runs": n,
        "crashes": len(crashes),
        "unanswered": silent,
        "rejected": rejected,
        "good": good,
        "good_served": good_served,
        "growth_mb": _uss_mb(process) - uss_mb,
        "words": crashes[0] if crashes else "",
    }


def _servers() -> dict[str, Callable[[bytes, bool], tuple[str, str]]]:
    """What happens to a message of each topic: (served or rejected, why)."""
    queue = TaskQueue(task_types(default_body(), next_viewpoint, SkillsConfig()), TaskQueueConfig())
    answers: list[ZoneEvent] = []
    desk = ZoneDesk(ZoneBook(), lambda then: then(""), answers.append)
    rooms = RoomDesk(_NoRooms())  # type: ignore[arg-type]  # the keeper needs a whole map

    def task(payload: bytes, is_retained: bool) -> tuple[str, str]:
        try:
            request = parse_json(TaskRequest, payload, "task/set", MessageError)
        except MessageError as problem:
            event = queue.reject_malformed(payload, problem, _WALL_S)
            return "rejected", event.reason
        events = queue.submit(request, is_retained, _WALL_S)
        queue.stop(_WALL_S)
        refused = events[0].state in ("rejected", "expired")
        return ("rejected" if refused else "served"), events[0].reason

    def zone(payload: bytes, is_retained: bool) -> tuple[str, str]:
        desk.take(payload, "zone/set", is_retained, _WALL_S)
        event = answers.pop()
        return ("rejected" if event.state == "rejected" else "served"), event.reason

    def estop(payload: bytes, _is_retained: bool) -> tuple[str, str]:
        try:
            parse_json(EstopRequest, payload, "estop", MessageError)
        except HomebodyError as problem:
            return "rejected", str(problem)
        return "served", ""

    def room(payload: bytes, is_retained: bool) -> tuple[str, str]:
        event = rooms.answer(payload, "rooms/set", is_retained, _WALL_S)
        return ("rejected" if event.state == "rejected" else "served"), event.reason

    return {"task": task, "zone": zone, "estop": estop, "room": room}


class _NoRooms:
    """Renames nothing."""

    def rename(self, room: str, name: str) -> None:
        """Say that it was done."""


def broker_row(n: int, seed: int) -> Row:
    """`n` spoilt messages through the broker to a whole robot that has to serve good ones.

    A first flood, uncounted, warms the robot: what its memory grows by from then on is measured.
    """
    mutator, rng = Mutator(seed), np.random.default_rng(seed)
    with TemporaryDirectory() as folder:
        home = Household(Path(folder), seed, autostart="", world_first=True)
        try:
            home.start_all()
            home.witness.connect()
            home.await_ready()
            _await(lambda: home.witness.body is not None and home.witness.state is not None, 40.0)
            pids = _pids(home)
            warm = _flood(home, mutator, rng, range(-_WARM_N, 0))
            _settle(home, warm)
            before_mb = _robot_mb(home)
            sent = _flood(home, mutator, rng, range(n))
            _settle(home, sent)
            served = sum(bool(home.witness.story(name)) for name in sent.good)
            rejected = [e for e in home.witness.story("") if e.state == "rejected"]
            return {
                "runs": n,
                "crashes": len(set(pids) ^ set(_pids(home))),
                "good": len(sent.good),
                "good_served": served,
                "rejected": len(rejected),
                "unanswered": sent.expected - home.witness.n_answers + _without_reason(home),
                "too_large": sent.too_large,
                "growth_mb": _robot_mb(home) - before_mb,
                "contacts": home.touches,
            }
        finally:
            home.close()


@dataclass
class _Sent:
    """What was sent.

    Attributes:
        expected: Answers on the topics of zones, rooms and emergency stop, since the start.
        too_large: Messages over the limit, on any topic.
    """

    good: list[str]
    expected: int
    too_large: int = 0


def _flood(home: Household, mutator: Mutator, rng: np.random.Generator, numbers: range) -> _Sent:
    topics, sent = home.witness.topics, _Sent([], home.witness.n_answers)
    for number in numbers:
        if number % 100 == 99:
            name = f"good{number}"
            home.witness.ask(name, 1.0)
            home.witness.stop()
            sent.good.append(name)
        kind = number % len(_KINDS)
        topic = (topics.task_set, topics.zone_set, topics.estop, topics.rooms_set)[kind]
        data = mutator.bad(_KINDS[kind], number)
        if rng.random() < _TOO_LARGE_SHARE:
            data = b"x" * (PAYLOAD_MAX_BYTES + 1)
            sent.too_large += 1
        home.witness.send(topic, data, is_retained=bool(rng.random() < 0.05))
        sent.expected += kind != 0
        time.sleep(0.002)
        if number % _WAIT_EVERY == 0:  # a sender drops what its own queue does not hold
            _await(lambda: sent.expected - home.witness.n_answers < _BEHIND_MAX, 30.0)
    return sent


def _settle(home: Household, sent: _Sent) -> None:
    """Wait until all that can be served and answered was."""
    _await(lambda: all(home.witness.story(name) for name in sent.good), 60.0)
    _await(lambda: home.witness.n_answers >= sent.expected, 30.0)
    time.sleep(_SETTLE_S)


def _without_reason(home: Household) -> int:
    """Refusals that do not say why."""
    answers = [*home.witness.story(""), *home.witness.answers]
    return sum(event.state == "rejected" and not event.reason for event in answers)


def _pids(home: Household) -> list[int]:
    processes = [child.process for child in home.children.values()]
    return [p.pid for p in processes if p is not None and p.pid is not None and p.is_alive()]


def _robot_mb(home: Household) -> float:
    """Resident: what is private grows by itself as forked processes part from the fork server."""
    return sum(float(psutil.Process(pid).memory_info().rss) / 2**20 for pid in _pids(home))


def _uss_mb(process: psutil.Process) -> float:
    return float(process.memory_full_info().uss) / 2**20


def _await(is_so: Callable[[], bool], timeout_s: float) -> bool:
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        if is_so():
            return True
        time.sleep(0.05)
    return False
