"""Saving beside the loop: newest wins, nothing is told before it is durable, faults are told."""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue

from app.brain_state import BrainState
from app.stores.saver import Saver
from app.task_journal import TaskJournal
from behaviours.task_queue import QueueState
from homebody.errors import StoreError
from homebody.payloads import TaskEvent


class FakeStore:
    """A store whose disk can be slow, or full."""

    def __init__(self) -> None:
        self.saved: list[object] = []
        self.problem = ""
        self.is_closed = False
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def load(self) -> None:
        return None

    def save(self, value: object) -> None:
        assert self.may_go_on.wait(10.0)
        if self.problem:
            raise StoreError(self.problem)
        self.saved.append(value)

    def close(self) -> None:
        self.is_closed = True


def test_what_is_put_is_saved_and_then_told() -> None:
    store, told = FakeStore(), SimpleQueue[tuple[str, int]]()
    saver = Saver[str](store, "a word")
    saver.put("one", lambda fault: told.put((fault, len(store.saved))))
    assert told.get(timeout=5.0) == ("", 1)
    saver.put(None, lambda fault: told.put((fault, len(store.saved))))
    assert told.get(timeout=5.0) == ("", 1)
    saver.close()
    assert store.is_closed
    assert store.saved == ["one"]


def test_a_slow_disk_delays_nobody_and_the_newest_wins() -> None:
    store, told = FakeStore(), SimpleQueue[int]()
    saver = Saver[int](store, "a number")
    store.may_go_on.clear()
    began_s = time.monotonic()
    for n in range(1000):
        saver.put(n, lambda _, n=n: told.put(n))  # type: ignore[misc]
    assert time.monotonic() - began_s < 0.5
    assert told.empty()
    saver._waiting_since_s = time.monotonic() - 2.0
    assert "the disk does not answer" in saver.fault
    store.may_go_on.set()
    assert [told.get(timeout=5.0) for _ in range(1000)] == list(range(1000))
    assert store.saved[-1] == 999
    assert len(store.saved) <= 2
    saver.close()
    assert saver.fault == ""


def test_a_full_disk_is_a_fault_until_a_later_try_succeeds() -> None:
    store, told = FakeStore(), SimpleQueue[str]()
    saver = Saver[str](store, "a word", retry_s=0.05)
    store.problem = "disk is full"
    saver.put("one", told.put)
    fault = told.get(timeout=5.0)
    assert fault == "a word cannot be stored (disk is full): a restart would forget it"
    assert saver.fault == fault
    store.problem = ""
    end_s = time.monotonic() + 5.0
    while saver.fault and time.monotonic() < end_s:
        time.sleep(0.01)
    assert store.saved == ["one"]
    assert saver.fault == ""
    saver.close()


def test_what_waits_is_saved_at_the_end() -> None:
    store = FakeStore()
    saver = Saver[int](store, "a number")
    for n in range(50):
        saver.put(n)
    saver.close()
    assert store.saved[-1] == 49


# --- the journal of tasks ---------------------------------------------------------------------


class FakeBrain:
    """Its state changes with its revision."""

    def __init__(self) -> None:
        self.revision = (0, 0)

    def state(self) -> BrainState:
        return BrainState(queue=QueueState(), stops_heard=self.revision[1])


def event(state: str, reason: str = "") -> TaskEvent:
    return TaskEvent.model_validate({"id": "a", "state": state, "reason": reason, "ts": 0.0})


def test_events_are_told_in_order_once_their_tasks_are_stored() -> None:
    store, brain, told = FakeStore(), FakeBrain(), SimpleQueue[tuple[str, int]]()
    journal = TaskJournal(store, lambda e: told.put((e.state, len(store.saved))))
    journal.note(brain, [event("accepted")])  # type: ignore[arg-type]
    assert told.get(timeout=5.0) == ("accepted", 1)
    brain.revision = (1, 0)
    journal.note(brain, [event("running"), event("succeeded")])  # type: ignore[arg-type]
    assert told.get(timeout=5.0) == ("running", 2)
    assert told.get(timeout=5.0) == ("succeeded", 2)
    journal.note(brain, [event("rejected")])  # type: ignore[arg-type]
    assert told.get(timeout=5.0) == ("rejected", 2), "a refusal changes nothing"
    journal.note(brain, [])  # type: ignore[arg-type]
    journal.close()
    assert len(store.saved) == 2


def test_what_cannot_be_stored_is_obeyed_with_a_warning() -> None:
    store, brain, told = FakeStore(), FakeBrain(), SimpleQueue[TaskEvent]()
    store.problem = "disk is full"
    journal = TaskJournal(store, told.put)
    journal.note(brain, [event("accepted", "asked by me"), event("running")])  # type: ignore[arg-type]
    accepted, running = told.get(timeout=5.0), told.get(timeout=5.0)
    assert accepted.reason.startswith("asked by me; what became of tasks cannot be stored (disk")
    assert running.reason == ""
    assert "disk is full" in journal.fault
    journal.close()
