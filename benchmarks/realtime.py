"""The robot in real time: how fast it starts, plans and ends, how much CPU and memory it takes.

The last table is what the delays of lock step are fitted to (`app.jobs`, `app.lockstep`): the
median and the spread (standard deviation of the logarithm) per kind.

Starts `homebody run` as a user would, lets it explore, and looks at its processes from outside.
`--cases N` sets the seconds to watch (60 by default).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.common import Options, Row, Target, finish, main
from homebody.bus import Bus, BusConfig, Message
from homebody.payloads import DelayPayload, DelaysPayload, RobotState, Topics
from homebody.settings import parse_json

_WATCH_S = 60
_COLUMNS = ("process", "cpu_share", "pss_mb")
_START_TIMEOUT_S = 30.0


def run(options: Options) -> int:
    """The whole benchmark."""
    watch_s = int(options.cases) if options.cases else _WATCH_S
    port, mqtt_port = _free_port(), _free_port()
    folder = tempfile.TemporaryDirectory(prefix="homebody-realtime-")
    began = time.monotonic()
    robot = subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", "run"],
        env=_environment(port, mqtt_port, folder.name),
    )
    try:
        start_s = _await_state(port, began, robot)
        time.sleep(5.0)
        with _Listener(mqtt_port) as listener:
            rows = _watch(psutil.Process(robot.pid), watch_s)
    finally:
        asked = time.monotonic()
        robot.send_signal(signal.SIGINT)
        code = robot.wait(timeout=20.0)
        end_s = time.monotonic() - asked
        folder.cleanup()
    brain = next(row for row in rows if row["process"] == "brain")
    summary = {
        "start_s": start_s,
        "end_s": end_s,
        "exit_code": float(code),
        "memory_mb": float(sum(row["pss_mb"] for row in rows)),
        "brain_cpu": brain["cpu_share"],
        "plan_ms_p50": listener.state.plan_ms_p50,
        "plan_ms_p99": listener.state.plan_ms_p99,
        **_delay_summary(listener.delays),
    }
    targets = [
        Target("start [s]", 6.0, start_s, at_most=True),
        Target("Ctrl-C to the end [s]", 3.0, end_s, at_most=True),
        Target("exit code", 0.0, float(code), at_most=True),
        Target("memory of the robot [MB]", 600.0, summary["memory_mb"], at_most=True),
        Target("CPU of the brain, cores", 0.4, brain["cpu_share"], at_most=True),
        Target("planning cycle p99 [ms]", 15.0, listener.state.plan_ms_p99, at_most=True),
    ]
    _print_delays(listener.delays)
    return finish("realtime", options, rows, _COLUMNS, summary, targets)


class _Listener:
    """Hears what the robot says of its own timing; the newest of each."""

    def __init__(self, port: int) -> None:
        self._topics = Topics()
        self._payloads: dict[str, bytes] = {}
        self._bus = Bus(BusConfig(port=port), "benchmark-realtime")

    def __enter__(self) -> _Listener:
        for topic in (self._topics.state, self._topics.delays):
            self._bus.subscribe(topic, self._take)
        self._bus.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bus.stop()

    def _take(self, message: Message) -> None:
        self._payloads[message.topic] = message.payload

    @property
    def state(self) -> RobotState:
        topic = self._topics.state
        return parse_json(RobotState, self._payloads[topic], topic)

    @property
    def delays(self) -> list[DelayPayload]:
        topic = self._topics.delays
        return parse_json(DelaysPayload, self._payloads[topic], topic).delays


def _delay_summary(delays: list[DelayPayload]) -> dict[str, float]:
    figures = ("n", "median_ms", "log_sigma", "p99_ms")
    return {f"delay_{d.kind}_{name}": float(getattr(d, name)) for d in delays for name in figures}


def _print_delays(delays: list[DelayPayload]) -> None:
    table = Table("delay of", "n", "median [ms]", "sigma of the logarithm", "p99 [ms]")
    for d in delays:
        table.add_row(
            d.kind, str(d.n), f"{d.median_ms:.1f}", f"{d.log_sigma:.2f}", f"{d.p99_ms:.1f}"
        )
    Console().print(table)


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


def _environment(port: int, mqtt_port: int, folder: str) -> dict[str, str]:
    """Ports and a memory of its own: nothing here touches the user's robot."""
    own = {
        "HOMEBODY_WEB__PORT": str(port),
        "HOMEBODY_MQTT__PORT": str(mqtt_port),
        "HOMEBODY_STORAGE__FOLDER": folder,
    }
    return os.environ | own


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(np.sum([times.user, times.system]))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main(run, __doc__ or "")
