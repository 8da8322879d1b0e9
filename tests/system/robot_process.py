"""A whole robot as a user starts it, in processes of its own, on ports of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

COMMAND = [sys.executable, "-W", "default", "-c", "from app.cli import main; main()"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RobotProcess:
    """`homebody run` with its environment; ended by `interrupt` or, at the latest, by `close`."""

    def __init__(self, *options: str, log: Path, **settings: str) -> None:
        self.web_port, self.mqtt_port = free_port(), free_port()
        self.environment = os.environ | {
            "HOMEBODY_WEB__PORT": str(self.web_port),
            "HOMEBODY_MQTT__PORT": str(self.mqtt_port),
            "HOMEBODY_STORAGE__FOLDER": str(log.with_name("state")),
            **settings,
        }
        self.log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "run", *options],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ask(self, *words: str, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run another `homebody` command against this robot."""
        return subprocess.run(
            [*COMMAND, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def wait_until_it_lives(self, timeout_s: float = 40.0) -> None:
        end_s = time.monotonic() + timeout_s
        while self.ask("status").returncode != 0:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end_s, self.log.read_text()

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, name: str) -> psutil.Process:
        return next(child for child in self.children() if child.name() == f"hb-{name}")

    def interrupt(self) -> tuple[int, float]:
        """Ctrl-C: the exit code and how long the end took [s]."""
        began_s = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20.0), time.monotonic() - began_s

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
