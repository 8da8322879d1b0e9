"""`homebody run` as a user meets it: it lives, obeys, explains, and ends without a trace."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from robot_process import COMMAND, RobotProcess, free_port

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def robot(tmp_path: Path) -> Iterator[RobotProcess]:
    running = RobotProcess(log=tmp_path / "run.log", HOMEBODY_ROBOT__AUTOSTART_TASK="")
    try:
        running.wait_until_it_lives()
        yield running
    finally:
        running.close()


def still_running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that have not ended; a dead one whose new parent has not reaped it has."""
    _, left = psutil.wait_procs(processes, timeout=3.0)
    return [p for p in left if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def change_rooms(robot: RobotProcess) -> None:
    """What was found is listed and renamed; what was not is refused."""
    renamed = robot.ask("room", "rename", "hall", "long hall")
    assert renamed.returncode == 0, renamed.stdout + renamed.stderr
    assert "hall is called long hall now" in renamed.stdout
    refused = robot.ask("room", "rename", "attic", "loft")
    assert refused.returncode == 2
    assert "long hall" in refused.stdout, "the rooms found are named"
    listed = robot.ask("room", "list")
    assert listed.returncode == 0
    assert "long hall" in listed.stdout
    assert "corridor" in listed.stdout
    assert "not yet found" in listed.stdout, "what was told of beforehand"


def test_tasks_are_followed_and_ctrl_c_leaves_nothing_behind(robot: RobotProcess) -> None:
    arrived = robot.ask("task", "go-to", "1.2,4.7")
    assert arrived.returncode == 0, arrived.stdout + arrived.stderr
    refused = robot.ask("task", "go-to", "attic")
    assert refused.returncode == 1
    assert "attic" in refused.stdout
    assert "kitchen" in refused.stdout, "the known rooms are named"
    bad = robot.ask("task", "dance")
    assert bad.returncode == 2
    assert "Traceback" not in bad.stderr
    assert robot.ask("task", "stop").returncode == 0
    change_rooms(robot)

    children = robot.children()
    code, seconds = robot.interrupt()
    assert code == 0, robot.log.read_text()
    assert seconds < 6.0, "3 s on an idle machine"
    assert still_running(children) == []


def test_a_dead_brain_stops_the_wheels_and_comes_back(robot: RobotProcess) -> None:
    robot.child("brain").send_signal(signal.SIGKILL)
    end_s = time.monotonic() + 30.0
    while "brain" not in {c.name().removeprefix("hb-") for c in robot.children()}:
        assert time.monotonic() < end_s
        time.sleep(0.1)
    robot.wait_until_it_lives()
    assert "started again" in robot.log.read_text()


def test_all_die_with_a_killed_supervisor(robot: RobotProcess) -> None:
    children = robot.children()
    robot.process.kill()
    assert still_running(children) == []


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        robot = RobotProcess(log=tmp_path / "run.log", HOMEBODY_WEB__PORT=str(port))
        try:
            assert robot.process.wait(timeout=60.0) == 1
        finally:
            robot.close()
    log = robot.log.read_text()
    assert f"web.port {port}" in log
    assert "Traceback" not in log


def test_a_broker_that_does_not_answer_is_named(tmp_path: Path) -> None:
    robot = RobotProcess(log=tmp_path / "run.log", HOMEBODY_MQTT__HOST="127.0.0.1")
    try:
        assert robot.process.wait(timeout=60.0) == 3
    finally:
        robot.close()
    log = robot.log.read_text()
    assert "broker" in log
    assert "Traceback" not in log


def test_without_a_robot_the_client_says_so() -> None:
    environment = os.environ | {"HOMEBODY_MQTT__PORT": str(free_port())}
    done = subprocess.run(
        [*COMMAND, "task", "explore"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
