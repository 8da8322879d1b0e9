"""Children are started, restarted, and ended in order; none is left behind."""

import os
import signal
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import psutil
import pytest

from app.process import StopFlag, prepare_child
from app.supervisor import Child, Supervisor
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


def never_ready(_: str, ready: Event) -> None:
    os._exit(4)


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
def test_a_killed_child_is_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor([make(tmp_path, "brain", 0)])
    supervisor.start()
    first = supervisor.pids()["brain"]
    os.kill(first, signal.SIGKILL)
    end_s = time.monotonic() + 20.0
    supervisor.watch(lambda: supervisor.pids()["brain"] == first and time.monotonic() < end_s)
    second = supervisor.pids()["brain"]
    supervisor.stop()
    assert second != first


@pytest.mark.timeout(60)
def test_a_crash_loop_ends_with_a_reason() -> None:
    supervisor = Supervisor([Child("brain", "test_supervisor:die_at_once", "", stop_rank=0)])
    supervisor.start()
    with pytest.raises(ResourceError, match=r"brain process died 5 times.*exit code 3"):
        supervisor.watch()
    supervisor.stop()


@pytest.mark.timeout(60)
def test_a_child_that_dies_before_it_is_ready_ends_the_start(tmp_path: Path) -> None:
    good = make(tmp_path, "body", 0)
    supervisor = Supervisor([good, Child("web", "test_supervisor:never_ready", "", stop_rank=1)])
    with pytest.raises(ResourceError, match="web process"):
        supervisor.start()
    assert good.process is None
