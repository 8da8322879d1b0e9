"""Starts the processes in order, watches them, and ends them with the wheels first.

What is wrong with them is told in plain words to whoever still lives. The order of ending matters:
the body brakes while the world still moves it, then all the others go.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing.context import ForkServerContext, SpawnContext
from types import FrameType

from app.child import Child
from homebody.errors import ResourceError

_log = logging.getLogger(__name__)

_POLL_S = 0.1
_KILL_AFTER_S = 1.0


class Supervisor:
    """Runs a set of children until it is asked to stop.

    Args:
        tell: Called with all present troubles, whenever they change.
        context: How processes are started.
    """

    def __init__(
        self,
        children: Sequence[Child],
        tell: Callable[[tuple[str, ...]], object] = lambda _: None,
        context: SpawnContext | ForkServerContext | None = None,
    ) -> None:
        self._context = context or multiprocessing.get_context("spawn")
        self._children = list(children)
        self._tell = tell
        self._told: tuple[str, ...] = ()
        self._is_stopping = False

    def stop_on_signals(self) -> None:
        """Ctrl-C and SIGTERM end the run."""
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)

    def start(self) -> None:
        """Start who is needed by the others, then all others at once; wait until all are ready.

        Raises:
            ResourceError: One died or took too long; the others have been ended.
        """
        for is_first in (True, False):
            group = [child for child in self._children if child.starts_first == is_first]
            for child in group:
                child.spawn(self._context, time.monotonic())
            for child in group:
                self._await_ready(child)

    def watch(self, while_true: Callable[[], bool] = lambda: True) -> None:
        """Restart what dies, until a signal comes or `while_true` says otherwise.

        Raises:
            ResourceError: A vital child keeps dying.
        """
        while not self._is_stopping and while_true():
            for child in self._children:
                if event := child.watch(self._context, time.monotonic()):
                    _log.warning("%s", event)
            self._tell_troubles()
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """End all children in order of their rank; may be called twice."""
        self._is_stopping = True
        for rank in sorted({child.stop_rank for child in self._children}):
            _end([child for child in self._children if child.stop_rank == rank])

    def pids(self) -> dict[str, int]:
        """Process ids by name, of those that live."""
        return {
            c.name: c.process.pid
            for c in self._children
            if c.process is not None and c.process.pid is not None and c.process.is_alive()
        }

    def _await_ready(self, child: Child) -> None:
        assert child.ready is not None
        assert child.process is not None
        deadline_s = time.monotonic() + child.start_timeout_s
        while not child.ready.wait(_POLL_S / 2):
            is_dead = not child.process.is_alive()
            if is_dead or time.monotonic() > deadline_s or self._is_stopping:
                why = (
                    f"ended at once ({child.why_it_died()})" if is_dead else "is not ready in time"
                )
                self.stop()
                raise ResourceError(f"the {child.name} process {why}")

    def _tell_troubles(self) -> None:
        troubles = tuple(child.trouble for child in self._children if child.trouble)
        if troubles != self._told:
            self._told = troubles
            self._tell(troubles)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True


def _end(children: Sequence[Child]) -> None:
    """Ask all at once, and kill who has not gone within a second."""
    for child in children:
        if child.process is not None:
            child.process.terminate()
    deadline_s = time.monotonic() + _KILL_AFTER_S
    for child in children:
        if child.process is None:
            continue
        child.process.join(max(0.0, deadline_s - time.monotonic()))
        if child.process.is_alive():
            _log.warning("%s did not end by itself and is killed", child.name)
            child.process.kill()
            child.process.join()
        child.process = None
