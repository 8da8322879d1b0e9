"""What every store promises: what was saved last is there, whoever dies when."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.brain_state import BrainState
from app.latch import Latch
from app.stores.latch_store import LatchStore
from app.stores.task_store import TaskStore
from behaviours.task_queue import QueueState
from homebody.payloads import TaskEvent, TaskPayload
from homebody.ports import Store


def made_tasks(n: int) -> BrainState:
    """State `n` of a queue in which a task ends at each step."""
    ended = [TaskEvent(id=f"t{k}", state="succeeded", ts=float(k)) for k in range(max(0, n - 9), n)]
    waiting = [TaskPayload(id=f"t{n + k}", type="explore", state="queued") for k in range(3)]
    recent = [TaskPayload(id=e.id, type="explore", state=e.state) for e in reversed(ended)]
    queue = QueueState(open=waiting, recent=recent[:5], ended=ended)
    return BrainState(queue=queue, stops_heard=n)


def made_latch(n: int) -> Latch:
    return Latch(estop_reason="" if n % 2 else f"the panel, for the {n}th time", stop_count=n)


@dataclass(frozen=True, slots=True)
class Kind:
    open: Callable[[Path], Store[Any]]
    make: Callable[[int], Any]
    number: Callable[[Any], int]


KINDS = {
    "tasks": Kind(TaskStore, made_tasks, lambda state: state.stops_heard),
    "latch": Kind(LatchStore, made_latch, lambda latch: latch.stop_count),
}


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def test_there_is_nothing_before_the_first_save(kind: Kind, tmp_path: Path) -> None:
    for _ in range(2):
        store = kind.open(tmp_path)
        assert store.load() is None
        store.close()
        store.close()


def test_the_newest_value_is_there_after_reopening(kind: Kind, tmp_path: Path) -> None:
    for n in range(0, 60, 7):
        store = kind.open(tmp_path)
        before = store.load()
        assert before is None or before == kind.make(n - 3)
        for k in range(n, n + 5):
            store.save(kind.make(k))
            assert store.load() == kind.make(k)
        store.close()


def test_two_robots_do_not_share(kind: Kind, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("ada", "bob")]
    for n, folder in enumerate(folders):
        folder.mkdir()
        store = kind.open(folder)
        store.save(kind.make(n))
        store.close()
    for n, folder in enumerate(folders):
        store = kind.open(folder)
        assert store.load() == kind.make(n)
        store.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_writer_killed_at_any_moment_leaves_what_it_said_was_saved(
    name: str, tmp_path: Path
) -> None:
    """The writer says each number after saving it; the file holds that one or the next."""
    kind, rng, first = KINDS[name], random.Random(6), 0
    for _ in range(4):
        command = [sys.executable, __file__, name, str(tmp_path), str(first)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=_environment()) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline()]
            time.sleep(rng.uniform(0.0, 0.1))
            writer.send_signal(signal.SIGKILL)
            said += writer.stdout.readlines()
        store = kind.open(tmp_path)
        stored = store.load()
        store.close()
        number = kind.number(stored)
        assert stored == kind.make(number)
        assert number in (int(said[-1]), int(said[-1]) + 1)
        first = number + 1


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


def _write_for_ever(name: str, folder: str, first: int) -> None:
    kind = KINDS[name]
    store = kind.open(Path(folder))
    store.load()
    for n in range(first, first + 100_000):
        store.save(kind.make(n))
        os.write(1, f"{n}\n".encode())


if __name__ == "__main__":
    _write_for_ever(sys.argv[1], sys.argv[2], int(sys.argv[3]))
