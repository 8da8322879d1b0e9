"""Faults of whole processes: a real robot, its processes stopped, killed and cut off.

Measured by what the world process tells of the truth every 50 ms, and by what a client hears over
MQTT. Times are therefore good to a tenth of a second, and depend on the machine's load.
"""

from __future__ import annotations

import math
import os
import random
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app.stores.map_keys import load_keys
from app.stores.map_store import MapStore
from benchmarks.common import Row
from benchmarks.faults_rogue import BURN, BURNING, FULL, HANG, REFUSED
from benchmarks.household import Household
from homebody.clock import wall_time_s
from homebody.errors import StoreError

FAULT_S = 5.0
_FAST_M_S = 0.6
_STANDING_M_S = 0.02
_FAR_M = (5.0, 4.7)
_PATIENCE_S = 90.0
_END_S = 60.0
_LOOP_WINDOW_S = 12.0  # the loop's own statistics look back on 10 s


@contextmanager
def driving(
    seed: int, mains: Mapping[str, str] | None = None, *, with_web: bool = False
) -> Iterator[Household]:
    """A robot on a long way, at full speed; `mains` are other entry points by process."""
    with TemporaryDirectory() as folder:
        home = Household(
            Path(folder), seed, autostart="", mains=mains, with_web=with_web, world_first=True
        )
        try:
            home.start_all()
            home.witness.connect()
            home.await_ready()
            wait(lambda: home.witness.state is not None and bool(home.truths), "it lives")
            speed_up(home, "far")
            yield home
        finally:
            home.close()


def speed_up(home: Household, name: str) -> None:
    """Ask for a long way, and wait until it is driven fast."""
    home.witness.ask(name, *_FAR_M)
    wait(lambda: home.speed_m_s > _FAST_M_S, "it drives fast")


def brain_row(how: str, seed: int) -> Row:
    """The brain is stopped, killed or hangs; then it is back."""
    rogue = {"brain": "benchmarks.faults_rogue:hanging_brain_main"} if how == "hangs" else {}
    with driving(seed, rogue) as home:
        began_s = time.monotonic()
        if how == "stopped":
            home.send(signal.SIGSTOP, ["brain"])
        elif how == "killed":
            home.kill("brain")
        else:
            (home.folder / HANG).touch()
        stand_s = _until(lambda: home.speed_m_s < _STANDING_M_S, began_s)
        said_s = _until(lambda: "the newest command is" in _stop_reason(home), began_s)
        words = _stop_reason(home)
        time.sleep(max(0.0, began_s + FAULT_S - time.monotonic()))
        if how == "stopped":
            home.send(signal.SIGCONT, ["brain"])
        elif how == "killed":
            home.start("brain")
        else:
            (home.folder / HANG).unlink()
        return _row(home, stand_s=stand_s, said_s=said_s, words=words, task=_end_of(home, "far"))


def body_row(seed: int) -> Row:
    """The body is killed: the motor controller stops by its own timeout."""
    with driving(seed) as home:
        began_s = time.monotonic()
        home.kill("body")
        stand_s = _until(lambda: home.speed_m_s < _STANDING_M_S, began_s)
        time.sleep(1.0)
        home.start("body")
        return _row(home, stand_s=stand_s, task=_end_of(home, "far"))


def broker_row(n: int, seed: int) -> Row:
    """The broker is killed and started again, `n` times, while the robot drives to and fro."""
    rng = random.Random(seed)
    with driving(seed) as home:
        served = 0
        for k in range(n):
            home.kill("broker")
            time.sleep(rng.uniform(0.05, 0.5))
            home.start("broker")
            ready = home.children["broker"].ready
            assert ready is not None
            ready.wait(40.0)
            heard_s = time.monotonic()
            _wait_until_heard(home, heard_s)
            name = f"b{k}"
            home.witness.ask(name, _FAR_M[0] if k % 2 else 1.5, _FAR_M[1])
            served += _is_so_within(lambda: bool(home.witness.story(name)), 20.0)  # noqa: B023
        return _row(home, runs=n, good=n, good_served=served, task=_end_of(home, "far"))


def _wait_until_heard(home: Household, since_s: float) -> None:
    """Whoever speaks again has subscribed before: what is asked of it from now on reaches it."""
    witness = home.witness
    wait(lambda: witness.body_s > since_s, "the body is heard again")
    wait(lambda: witness.state_s > since_s, "the brain is heard again")


def web_row(seed: int) -> Row:
    """The panel's process is killed: the robot goes on, it is said, and the panel comes back."""
    with driving(seed, with_web=True) as home:
        home.supervise()
        began_s, n = time.monotonic(), len(home.truths)
        home.send(signal.SIGKILL, ["web"])
        said_s = _until(lambda: bool(_web_words(home)), began_s)
        words = _web_words(home)
        slowest = min(abs(t.speed_m_s) for t in home.truths[n:])
        found_s = _until(lambda: _answers(home.web_port), began_s, _PATIENCE_S)
        note = f"panel back after {found_s:.1f} s; at least {slowest:.2f} m/s until it was said"
        end = _end_of(home, "far")
        return _row(home, said_s=said_s, found_s=found_s, words=words, task=end, note=note)


def busy_row(seed: int) -> Row:
    """The brain burns all the processors: the body's loop keeps its period."""
    with driving(seed, {"brain": "benchmarks.faults_rogue:burning_brain_main"}) as home:
        (home.folder / BURN).touch()
        wait((home.folder / BURNING).exists, "the processors are busy")
        time.sleep(_LOOP_WINDOW_S)
        body = home.witness.body
        assert body is not None
        end = _end_of(home, "far")
        return _row(
            home,
            period_p99_ms=body.period_p99_ms,
            period_jitter_ms=body.period_jitter_ms,
            words=body.scheduling,
            task=f"{end} {home.witness.story('far')[-1].reason}".strip(),
        )


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1.0) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def _web_words(home: Household) -> str:
    faults = home.witness.body.faults if home.witness.body else []
    return next((f for f in faults if "web process" in f), "")


def full_disk_row(seed: int) -> Row:
    """No room for tasks and maps: said, and the task goes on; room again: stored again."""
    with driving(seed, {"brain": "benchmarks.faults_rogue:full_disk_brain_main"}) as home:
        (home.folder / FULL).touch()
        home.witness.ask("on-a-full-disk", 1.5, _FAR_M[1])
        wait((home.folder / REFUSED).exists, "something is to be stored")
        said_s = _until(lambda: bool(_disk_words(home)), time.monotonic())
        words = _disk_words(home)
        end = _end_of(home, "on-a-full-disk")
        (home.folder / FULL).unlink()
        home.witness.ask("with-room", 2.5, _FAR_M[1])
        recovered = _is_so_within(lambda: not _disk_words(home), 30.0)
        return _row(home, said_s=said_s, words=words, recovered=recovered, task=end)


def power_cut_row(n: int, seed: int) -> Row:
    """Everything is killed at `n` random moments of an exploration with tasks queued."""
    rng = random.Random(seed)
    lost_s: list[float] = []
    unreadable = contacts = 0
    with TemporaryDirectory() as folder:
        home = Household(Path(folder), seed, autostart="explore", world_first=True)
        asked: list[str] = []
        try:
            for cut in range(n):
                home.start_all()
                if cut == 0:
                    home.witness.connect()
                home.await_ready()
                began_s = wall_time_s()
                asked.append(f"t{cut}")
                until_s = time.monotonic() + rng.uniform(0.5, 16.0)
                while time.monotonic() < until_s:
                    for name in asked:
                        home.witness.ask(name, 1.0 + 0.25 * (cut % 2))
                    time.sleep(0.5)
                contacts += home.touches
                cut_s = wall_time_s()
                home.kill_all()
                saved_s = _newest_map_s(home.folder)
                if saved_s is None:
                    lost_s.append(cut_s - began_s)
                elif math.isnan(saved_s):
                    unreadable += 1
                else:
                    lost_s.append(cut_s - max(saved_s, began_s))
            home.start_all()
            home.await_ready()
            stories = _finished_stories(home, asked)
        finally:
            home.close()
    return {
        "runs": n,
        "contacts": contacts,
        "unreadable": unreadable,
        "map_lost_max_s": max(lost_s, default=math.nan),
        "tasks_lost": sum(len(set(ends)) == 0 for _, ends in stories),
        "tasks_twice": sum(
            len(set(ends)) > 1 or (bool(ends) and "running" in states[states.index(ends[0]) :])
            for states, ends in stories
        ),
        "good": len(stories),
    }


def _finished_stories(home: Household, asked: list[str]) -> list[tuple[list[str], list[str]]]:
    """States and ends of every accepted task; the exploration is stopped to let them come."""
    accepted = [name for name in asked if home.witness.story(name)]
    until_s = time.monotonic() + _END_S
    while time.monotonic() < until_s and not all(home.witness.ends(name) for name in accepted):
        home.witness.stop()  # again and again: a brain that is not back yet does not hear it
        time.sleep(1.0)
    return [
        ([event.state for event in home.witness.story(name)], home.witness.ends(name))
        for name in accepted
    ]


def _newest_map_s(folder: Path) -> float | None:
    """When the newest map that can be read was saved; None where there is none yet, nan where
    there is one that cannot be read.
    """
    store = MapStore(folder, load_keys(folder, os.environ), wall_time_s)
    active = store.active_id
    if not active:
        return None
    try:
        return store.load(active).version.saved_s
    except StoreError:
        return math.nan


def _row(home: Household, **values: object) -> Row:
    return {"contacts": home.touches, **values}


def _end_of(home: Household, name: str) -> str:
    _is_so_within(lambda: bool(home.witness.ends(name)), _PATIENCE_S)
    return (home.witness.ends(name) or ["not over"])[0]


def _stop_reason(home: Household) -> str:
    return home.witness.body.stop_reason if home.witness.body else ""


def _disk_words(home: Household) -> str:
    faults = home.witness.state.faults if home.witness.state else []
    return next((f for f in faults if "space" in f or "full" in f), "")


def _until(is_so: Callable[[], bool], began_s: float, timeout_s: float = 10.0) -> float:
    """Seconds from the beginning until it is so; nan for never."""
    is_in_time = _is_so_within(is_so, timeout_s)
    return time.monotonic() - began_s if is_in_time else math.nan


def _is_so_within(is_so: Callable[[], bool], timeout_s: float) -> bool:
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        if is_so():
            return True
        time.sleep(0.01)
    return False


def wait(is_so: Callable[[], bool], words: str, timeout_s: float = _PATIENCE_S) -> None:
    """Wait for what must come.

    Raises:
        TimeoutError: It did not.
    """
    if not _is_so_within(is_so, timeout_s):
        raise TimeoutError(f"not so within {timeout_s:.0f} s: {words}")
