"""Starts the processes in order, watches them, and ends them with the wheels first.

A child that dies is started again with back-off; one that keeps dying ends the run with a reason.
The order of ending matters: the body brakes while the world still moves it, then all the others go.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.synchronize import Event
from types import FrameType
from typing import Any

from app.process import run_main
from homebody.errors import ResourceError

_log = logging.getLogger(__name__)

_POLL_S = 0.1
_KILL_AFTER_S = 1.0
_CRASH_WINDOW_S = 60.0
_CRASHES_ALLOWED = 4
_BACKOFF_S = (0.2, 0.5, 1.0, 2.0)


@dataclass(slots=True)
class Child:
    """A process to be kept alive.

    Attributes:
        main: Its entry point as "module:function", so that the supervisor itself loads none of
            it; called with the arguments and an event to set when the process is ready.
        stop_rank: Children of a lower rank are ended first.
        start_timeout_s: How long it may take until it is ready.
    """

    name: str
    main: str
    arguments: Any
    stop_rank: int
    start_timeout_s: float = 15.0
    process: SpawnProcess | None = None
    ready: Event | None = None
    crashes_s: list[float] = field(default_factory=list)


class Supervisor:
    """Runs a set of children until it is asked to stop."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._context: SpawnContext = multiprocessing.get_context("spawn")
        self._children = list(children)
        self._is_stopping = False

    def stop_on_signals(self) -> None:
        """Ctrl-C and SIGTERM end the run."""
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)

    def start(self) -> None:
        """Start all children at once and wait until each says that it is ready.

        Raises:
            ResourceError: One died or took too long; the others have been ended.
        """
        for child in self._children:
            self._spawn(child)
        for child in self._children:
            self._await_ready(child)

    def watch(self, while_true: Callable[[], bool] = lambda: True) -> None:
        """Restart what dies, until a signal comes or `while_true` says otherwise.

        Raises:
            ResourceError: A child keeps dying.
        """
        while not self._is_stopping and while_true():
            for child in self._children:
                if child.process is not None and not child.process.is_alive():
                    self._restart(child)
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """End all children in order of their rank; may be called twice."""
        self._is_stopping = True
        for rank in sorted({child.stop_rank for child in self._children}):
            group = [c for c in self._children if c.stop_rank == rank and c.process is not None]
            for child in group:
                _process(child).terminate()
            deadline_s = time.monotonic() + _KILL_AFTER_S
            for child in group:
                process = _process(child)
                process.join(max(0.0, deadline_s - time.monotonic()))
                if process.is_alive():
                    _log.warning("%s did not end by itself and is killed", child.name)
                    process.kill()
                    process.join()
                child.process = None

    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        return {
            c.name: c.process.pid
            for c in self._children
            if c.process is not None and c.process.pid is not None
        }

    def _spawn(self, child: Child) -> None:
        child.ready = self._context.Event()
        child.process = self._context.Process(
            target=run_main,
            args=(child.main, child.arguments, child.ready),
            name=f"homebody-{child.name}",
        )
        child.process.start()

    def _await_ready(self, child: Child) -> None:
        assert child.ready is not None
        deadline_s = time.monotonic() + child.start_timeout_s
        while not child.ready.wait(_POLL_S / 2):
            is_dead = not _process(child).is_alive()
            if is_dead or time.monotonic() > deadline_s or self._is_stopping:
                self.stop()
                why = "ended at once, see the message above" if is_dead else "is not ready in time"
                raise ResourceError(f"the {child.name} process {why}")

    def _restart(self, child: Child) -> None:
        now_s = time.monotonic()
        code = _process(child).exitcode
        child.crashes_s = [t for t in child.crashes_s if now_s - t < _CRASH_WINDOW_S] + [now_s]
        n = len(child.crashes_s)
        if n > _CRASHES_ALLOWED:
            raise ResourceError(
                f"the {child.name} process died {n} times within {_CRASH_WINDOW_S:.0f} s"
                f" (last exit code {code})"
            )
        _log.warning("the %s process died (exit code %s) and is started again", child.name, code)
        time.sleep(_BACKOFF_S[min(n, len(_BACKOFF_S)) - 1])
        self._spawn(child)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True


def _process(child: Child) -> SpawnProcess:
    assert child.process is not None
    return child.process
