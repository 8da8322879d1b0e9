"""What matters survives: tasks, emergency stop and reasons, whichever process is killed when.

The short forms; the long ones are a benchmark.
"""

from __future__ import annotations

import json
import math
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from robot_process import RobotProcess
from websockets.sync.client import connect

from benchmarks.household import Household
from benchmarks.witness import Witness, wait_until
from homebody.bus import PAYLOAD_MAX_BYTES

pytestmark = pytest.mark.timeout(480)

N_KILLS = 12
STOP_AT = 1
POWER_CUT_AT = 6  # this kill takes everything
SEED = 6
STEP_M = 0.25
_START_MAX_S = 120.0  # whatever else the machine has to do


@pytest.fixture
def household(tmp_path: Path) -> Iterator[Household]:
    home = Household(tmp_path, SEED)
    try:
        yield home
    finally:
        home.close()


def test_no_task_is_lost_or_run_twice_whenever_the_brain_is_killed(household: Household) -> None:
    """A task a life, asked for again and again; the autostart task is the first in the queue.

    The stop that ends it is said while there is no brain to hear it.
    """
    rng = random.Random(SEED)
    asked: list[str] = []
    household.start_all()
    household.witness.connect()
    wait_until(lambda: bool(household.witness.body and household.witness.events), "it lives", 100.0)
    for kill in range(N_KILLS):
        if kill % 3 == 0:  # the others die while they start
            household.await_ready()
            time.sleep(rng.uniform(0.0, 0.4))
        asked.append(f"t{kill}")
        ask_all(household.witness, asked)
        if kill == STOP_AT:
            household.witness.stop()
            asked.clear()
        time.sleep(rng.uniform(0.0, 0.8))
        if kill == POWER_CUT_AT:
            household.kill(*household.children)
            household.start_all()
        else:
            household.kill("brain")
            household.start("brain")
    household.await_ready()
    ask_until_done(household.witness, asked)
    check_stories(household.witness)
    assert household.witness.ends("t0") == ["cancelled"]
    see_one_go_on(household)
    check_stories(household.witness)


def see_one_go_on(household: Household) -> None:
    """Whatever the random moments hit: a task that runs when its brain is killed goes on."""
    witness = household.witness
    witness.ask("far", 4.0)
    wait_until(lambda: "running" in [e.state for e in witness.story("far")], "it runs")
    household.kill("brain")
    household.start("brain")
    resumed = "goes on after a restart"
    wait_until(lambda: any(e.reason.startswith(resumed) for e in witness.story("far")), resumed)
    assert "interrupted by a restart" in [e.reason for e in witness.story("far")]
    ask_until_done(witness, ["far"])


def ask_all(witness: Witness, names: list[str]) -> None:
    """Ask for short ways to and fro; what was taken on before is only told again."""
    for name in names:
        witness.ask(name, 4.0 if name == "far" else 1.0 + STEP_M * (int(name[1:]) % 2))


def ask_until_done(witness: Witness, names: list[str], timeout_s: float = 150.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not all(witness.ends(name) for name in names):
        left = [name for name in names if not witness.ends(name)]
        assert time.monotonic() < end_s, (left, witness.story(left[0])[:20])
        ask_all(witness, left)
        time.sleep(0.5)


def check_stories(witness: Witness) -> None:
    """Whatever was accepted has ended, in one way, and did not run after its end."""
    for name in {event.id for event in witness.events}:
        states = [event.state for event in witness.story(name)]
        ends = witness.ends(name)
        assert len(set(ends)) == 1, (name, states)
        assert "running" not in states[states.index(ends[0]) :], (name, states)
    autostarts = {e.id for e in witness.events if e.id.startswith("autostart")}
    assert len(autostarts) == 1, "a queue with work needs no autostart"


# --- the emergency stop, and a crash loop, on the robot as a user starts it --------------------


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "run.log"


def start_robot(log: Path) -> tuple[RobotProcess, Witness]:
    robot = RobotProcess(log=log, HOMEBODY_ROBOT__AUTOSTART_TASK="")
    witness = Witness(robot.mqtt_port)
    try:
        witness.connect(_START_MAX_S)
        wait_until(lambda: witness.state is not None, "it lives", _START_MAX_S)
    except BaseException:
        end(robot, witness)
        raise
    return robot, witness


def end(robot: RobotProcess, witness: Witness) -> None:
    """The children of a killed supervisor die with it."""
    robot.close()
    witness.close()


def is_estopped(witness: Witness) -> bool:
    """As body and brain say it now."""
    state, body = witness.state, witness.body
    is_new = min(witness.state_s, witness.body_s) > time.monotonic() - 0.7
    return is_new and state is not None and body is not None and state.estop and body.estop


def test_an_emergency_stop_outlives_everything_until_it_is_released(log: Path) -> None:
    robot, witness = start_robot(log)
    try:
        witness.ask("before", 3.0)
        wait_until(lambda: speed(witness) > 0.2, "it drives")
        witness.estop(True)
        wait_until(lambda: is_estopped(witness), "engaged")
        robot.child("body").send_signal(signal.SIGKILL)
        killed_s = time.monotonic()
        wait_until(lambda: witness.body_s > killed_s + 0.5, "the body is back")
        wait_until(lambda: is_estopped(witness), "engaged after the body was killed")
        assert witness.ends("before") == ["cancelled"]
        for name in ("brain", "web", "broker"):
            robot.child(name).send_signal(signal.SIGKILL)
        killed_s = time.monotonic()
        wait_until(lambda: min(witness.body_s, witness.state_s) > killed_s + 1.0, "all are back")
        wait_until(lambda: is_estopped(witness), "engaged after all others were killed")
        ask_for_nonsense(witness)
    finally:
        end(robot, witness)
    robot, witness = start_robot(log)
    try:
        wait_until(lambda: is_estopped(witness), "engaged after everything was killed")
        assert witness.body is not None
        assert witness.body.stop_reason == "the emergency stop was engaged by a test"
        witness.ask("between", 3.0)
        wait_until(lambda: witness.ends("between") == ["cancelled"], "nothing is begun")
        witness.estop(False)
        wait_until(lambda: not is_estopped(witness) and estop(witness) is False, "released")
        assert speed(witness) < 0.02, "a release by itself sets nothing in motion"
        witness.ask("after", 3.0)
        wait_until(lambda: speed(witness) > 0.2, "it drives again")
        crash_loop(robot, witness)
    finally:
        end(robot, witness)


def ask_for_nonsense(witness: Witness) -> None:
    """Whatever cannot be obeyed is answered, by a robot whose stop is engaged too."""
    topics, too_large = witness.topics, b"x" * (PAYLOAD_MAX_BYTES + 1)
    witness.send(topics.estop, b'{"v":1,"id":"bad","engaged":"perhaps"}')
    for topic in (topics.estop, topics.task_set, topics.zone_set, topics.rooms_set):
        witness.send(topic, too_large)
    wait_until(lambda: witness.n_answers >= 5 and bool(witness.story("")), "all are answered")
    reasons = [event.reason for event in (*witness.answers[-4:], *witness.story(""))]
    assert "engaged is 'perhaps'; allowed: " in reasons[0]
    assert all("allowed: at most 262144 bytes" in reason for reason in reasons[1:])


def crash_loop(robot: RobotProcess, witness: Witness) -> None:
    """A brain that keeps dying is given up: the wheels stand, and MQTT and panel say why."""
    why = "the brain process died 5 times within 60 s (killed by SIGKILL)"
    others = {child.pid for child in robot.children()} - {robot.child("brain").pid}
    end_s = time.monotonic() + 40.0
    while why not in faults(witness):
        assert time.monotonic() < end_s
        for child in robot.children():
            if child.pid not in others and child.ppid() == robot.process.pid:
                child.kill()
        time.sleep(0.02)
    assert faults(witness).endswith("tried again every 30 s")
    wait_until(lambda: "the newest command is" in stop_reason(witness), "the wheels are held")
    address = f"ws://127.0.0.1:{robot.web_port}/ws"
    with connect(address, origin=f"http://127.0.0.1:{robot.web_port}") as page:  # type: ignore[arg-type]
        heard = [json.loads(page.recv(5.0)) for _ in range(30)]
    processes = [m["data"]["faults"] for m in heard if m["channel"] == "processes"]
    assert why in processes[-1][0]
    assert {"body", "web", "world", "broker"} <= {c.name()[3:] for c in robot.children()}


def faults(witness: Witness) -> str:
    return "; ".join(witness.body.faults) if witness.body else ""


def stop_reason(witness: Witness) -> str:
    return witness.body.stop_reason if witness.body else ""


def speed(witness: Witness) -> float:
    return abs(witness.state.speed_m_s) if witness.state else math.nan


def estop(witness: Witness) -> bool | None:
    return witness.body.estop if witness.body else None
