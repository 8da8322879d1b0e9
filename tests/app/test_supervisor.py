"""Children are started, restarted, and ended in order; none is left behind."""

import multiprocessing
import os
import signal
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import psutil
import pytest

from app.child import Child
from app.process import StopFlag, prepare_child
from app.supervisor import Supervisor
from homebody.errors import ResourceError


def note_the_end(path: str, ready: Event) -> None:
    """A child that writes the time at which it was told to end."""
    prepare_child("test")
    stop = StopFlag()
    ready.set()
    while not stop.is_set:
        time.sleep(0.01)
    Path(path).write_text(str(time.monotonic()))


def die_at_once(_: str, ready: Event) -> None:
    ready.set()
    os._exit(3)


def die_with_words(_: str, ready: Event) -> None:
    ready.set()
    raise ResourceError("the cellar is flooded")


def hang(_: str, ready: Event) -> None:
    prepare_child("test")
    time.sleep(60.0)


def never_ready(_: str, ready: Event) -> None:
    os._exit(4)


def note_start_and_ready(path: str, ready: Event) -> None:
    """A child that takes a moment, and writes when it began and when it was ready."""
    prepare_child("test")
    stop = StopFlag()
    began_s = time.monotonic()
    time.sleep(0.3)
    Path(path).write_text(f"{began_s} {time.monotonic()}")
    ready.set()
    while not stop.is_set:
        time.sleep(0.01)


def make(tmp_path: Path, name: str, rank: int) -> Child:
    return Child(name, "test_supervisor:note_the_end", str(tmp_path / name), stop_rank=rank)


@pytest.mark.timeout(60)
def test_children_end_in_the_order_of_their_rank(tmp_path: Path) -> None:
    children = [make(tmp_path, "world", 2), make(tmp_path, "body", 0), make(tmp_path, "brain", 1)]
    supervisor = Supervisor(children)
    supervisor.start()
    pids = list(supervisor.pids().values())
    supervisor.stop()
    ended = [float((tmp_path / name).read_text()) for name in ("body", "brain", "world")]
    assert ended == sorted(ended)
    assert not any(psutil.pid_exists(pid) for pid in pids)


@pytest.mark.timeout(60)
def test_the_others_find_ready_who_starts_first(tmp_path: Path) -> None:
    main = "test_supervisor:note_start_and_ready"
    children = [
        Child("body", main, str(tmp_path / "body"), stop_rank=0),
        Child("broker", main, str(tmp_path / "broker"), stop_rank=0, starts_first=True),
    ]
    supervisor = Supervisor(children)
    supervisor.start()
    supervisor.stop()
    broker_ready_s = float((tmp_path / "broker").read_text().split()[1])
    body_began_s = float((tmp_path / "body").read_text().split()[0])
    assert body_began_s > broker_ready_s


@pytest.mark.timeout(60)
def test_a_killed_child_is_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor([make(tmp_path, "brain", 0)])
    supervisor.start()
    first = supervisor.pids()["brain"]
    os.kill(first, signal.SIGKILL)
    end_s = time.monotonic() + 20.0

    def is_waiting() -> bool:
        return supervisor.pids().get("brain") in (None, first) and time.monotonic() < end_s

    supervisor.watch(is_waiting)
    second = supervisor.pids()["brain"]
    supervisor.stop()
    assert second != first


@pytest.mark.timeout(60)
def test_a_crash_loop_ends_with_a_reason() -> None:
    child = Child("body", "test_supervisor:die_at_once", "", stop_rank=0, is_vital=True)
    supervisor = Supervisor([child])
    supervisor.start()
    child.crashes_s = [time.monotonic()] * 3
    with pytest.raises(ResourceError, match=r"body process died 5 times.*exit code 3"):
        supervisor.watch()
    supervisor.stop()


@pytest.mark.timeout(60)
def test_a_crash_loop_of_another_is_told_and_the_rest_live_on(tmp_path: Path) -> None:
    told: list[tuple[str, ...]] = []
    loop = Child("brain", "test_supervisor:die_with_words", "", stop_rank=1)
    supervisor = Supervisor([make(tmp_path, "body", 0), loop], told.append)
    supervisor.start()
    loop.crashes_s = [time.monotonic()] * 3
    end_s = time.monotonic() + 30.0
    supervisor.watch(lambda: not loop.is_given_up and time.monotonic() < end_s)
    first, last = told[0], told[-1]
    assert first == ("the brain process died (the cellar is flooded) and is started again",)
    assert last == (
        "the brain process died 5 times within 60 s (the cellar is flooded);"
        " it is tried again every 30 s",
    )
    assert set(supervisor.pids()) == {"body"}
    supervisor.stop()


def test_a_child_that_was_given_up_is_tried_until_it_proves_itself(tmp_path: Path) -> None:
    """Driven by hand, with a made clock."""
    context = multiprocessing.get_context("spawn")
    child = make(tmp_path, "brain", 0)
    child.is_given_up, child.trouble, child.retry_s = True, "it died too often", 130.0
    child.watch(context, 129.0)
    assert child.process is None
    child.watch(context, 131.0)
    assert child.ready is not None
    assert child.ready.wait(20.0)
    child.watch(context, 132.0)
    assert child.trouble == "it died too often"
    child.watch(context, 142.0)
    assert (child.trouble, child.is_given_up) == ("", False)
    Supervisor([child]).stop()


def test_a_child_that_hangs_while_it_starts_is_killed_and_tried_again() -> None:
    context = multiprocessing.get_context("spawn")
    child = Child("web", "test_supervisor:hang", "", stop_rank=0, start_timeout_s=5.0)
    child.spawn(context, 0.0)
    assert child.watch(context, 4.0) == ""
    assert child.watch(context, 6.0) == ""
    assert child.process is not None
    child.process.join(5.0)
    assert "it was not ready in time" in child.watch(context, 7.0)
    assert child.process is None
    child.watch(context, 8.0)
    child.watch(context, 8.0 + 1.5 * child.start_timeout_s)
    assert child.process is not None, "it is started again, and has twice the time now"
    assert child.process.is_alive()
    Supervisor([child]).stop()


@pytest.mark.timeout(60)
def test_a_child_that_dies_before_it_is_ready_ends_the_start(tmp_path: Path) -> None:
    good = make(tmp_path, "body", 0)
    supervisor = Supervisor([good, Child("web", "test_supervisor:never_ready", "", stop_rank=1)])
    with pytest.raises(ResourceError, match="web process"):
        supervisor.start()
    assert good.process is None
