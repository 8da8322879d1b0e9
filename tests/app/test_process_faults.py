"""Process faults of a scenario, with signals and in lock step."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

from app.config import load_config
from app.lockstep import LockStepRobot
from app.process_faults import ProcessFaults
from app.setting import make_setting
from drivers.simulation.scenario import ProcessFault
from homebody.payloads import TaskRequest


def fault(action: str, at_s: float) -> ProcessFault:
    return ProcessFault.model_validate({"process": "brain", "action": action, "at_s": at_s})


def await_stopped(process: psutil.Process, is_stopped: bool) -> None:
    """The kernel takes a moment to show what a signal has done."""
    end_s = time.monotonic() + 10.0
    while (process.status() == psutil.STATUS_STOPPED) != is_stopped:
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_signals_are_sent_when_they_are_due_and_once() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        faults = ProcessFaults([fault("kill", 3.0), fault("pause", 1.0), fault("resume", 2.0)])
        watched = psutil.Process(child.pid)
        faults.play(0.5, {"brain": child.pid})
        await_stopped(watched, False)
        faults.play(1.5, {"brain": child.pid})
        await_stopped(watched, True)
        faults.play(2.5, {"brain": child.pid})
        await_stopped(watched, False)
        faults.play(3.5, {"brain": child.pid})
        assert child.wait(timeout=10.0) == -9
    finally:
        child.kill()
        child.wait()


def test_a_brain_that_stops_thinking_lets_the_robot_stand_and_goes_on_when_it_thinks(
    tmp_path: Path,
) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(
        '[[process_faults]]\nprocess = "brain"\naction = "pause"\nat_s = 2.5\n'
        '[[process_faults]]\nprocess = "brain"\naction = "resume"\nat_s = 4.5\n'
    )
    config = load_config()
    robot = LockStepRobot(make_setting(config, None, scenario, None, 1), config)
    request = TaskRequest(v=1, id="t", type="go_to", args={"x": 5.0, "y": 4.7}, ts=0.0, ttl_s=60.0)
    robot.brain.submit(request, False, 0.0)
    speeds: dict[float, float] = {}
    events = []
    while robot.now_s < 14.0:
        output = robot.step()
        speeds[round(robot.now_s, 2)] = robot.truth.truth.speed_m_s
        events += output.events if output else []
    assert speeds[2.4] > 0.6, "it was fast when the brain stopped"
    assert abs(speeds[3.4]) < 0.02, "0.3 s of patience and 1 m/s at 3 m/s2 are over"
    assert events[-1].state == "succeeded"
    assert robot.truth.collisions == 0
