"""The robot in real time: how fast it starts and ends, how much CPU and memory it takes.

Starts `homebody run` as a user would, lets it explore, and looks at its processes from outside.
`--cases N` sets the seconds to watch (60 by default).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import psutil

from benchmarks.common import Options, Row, Target, finish, main

_WATCH_S = 60
_COLUMNS = ("process", "cpu_share", "pss_mb")
_START_TIMEOUT_S = 30.0


def run(options: Options) -> int:
    """The whole benchmark."""
    watch_s = int(options.cases) if options.cases else _WATCH_S
    port, mqtt_port = _free_port(), _free_port()
    began = time.monotonic()
    robot = subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", "run"],
        env=_environment(port, mqtt_port),
    )
    try:
        start_s = _await_state(port, began, robot)
        time.sleep(5.0)
        rows = _watch(psutil.Process(robot.pid), watch_s)
    finally:
        asked = time.monotonic()
        robot.send_signal(signal.SIGINT)
        code = robot.wait(timeout=20.0)
        end_s = time.monotonic() - asked
    brain = next(row for row in rows if row["process"] == "brain")
    summary = {
        "start_s": start_s,
        "end_s": end_s,
        "exit_code": float(code),
        "memory_mb": float(sum(row["pss_mb"] for row in rows)),
        "brain_cpu": brain["cpu_share"],
    }
    targets = [
        Target("start [s]", 6.0, start_s, at_most=True),
        Target("Ctrl-C to the end [s]", 3.0, end_s, at_most=True),
        Target("exit code", 0.0, float(code), at_most=True),
        Target("memory of the robot [MB]", 600.0, summary["memory_mb"], at_most=True),
        Target("CPU of the brain, cores", 0.4, brain["cpu_share"], at_most=True),
    ]
    return finish("realtime", options, rows, _COLUMNS, summary, targets)


def _watch(robot: psutil.Process, duration_s: float) -> list[Row]:
    processes = [robot, *robot.children(recursive=True)]
    before = {p.pid: _cpu_s(p) for p in processes}
    began = time.monotonic()
    time.sleep(duration_s)
    elapsed_s = time.monotonic() - began
    names = _names(robot)
    return [
        {
            "process": names.get(p.pid, "worker or helper"),
            "cpu_share": (_cpu_s(p) - before[p.pid]) / elapsed_s,
            "pss_mb": p.memory_full_info().pss / 2**20,
        }
        for p in processes
    ]


def _names(robot: psutil.Process) -> dict[int, str]:
    """Each process says its name in its command line or title; see `app.process.prepare_child`."""
    names = {robot.pid: "supervisor"}
    for child in robot.children(recursive=True):
        title = child.name()
        if title.startswith("hb-"):
            names[child.pid] = title.removeprefix("hb-")
    return names


def _await_state(port: int, began: float, robot: subprocess.Popen[bytes]) -> float:
    """Seconds until the panel can show where the robot is."""
    url = f"http://127.0.0.1:{port}/api/state"
    while time.monotonic() - began < _START_TIMEOUT_S and robot.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1.0) as answer:  # loopback only
                if b"pose" in answer.read():
                    return time.monotonic() - began
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return float("nan")


def _environment(port: int, mqtt_port: int) -> dict[str, str]:
    ports = {"HOMEBODY_WEB__PORT": str(port), "HOMEBODY_MQTT__PORT": str(mqtt_port)}
    return os.environ | ports


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(np.sum([times.user, times.system]))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main(run, __doc__ or "")
