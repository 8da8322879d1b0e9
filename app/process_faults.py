"""Plays a scenario's process faults in `homebody run`: kills, pauses and resumes processes.

In lock step there are no processes; there a killed or paused brain simply does not think, and a
killed one stays dead.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence

from drivers.simulation.scenario import ProcessFault

_SIGNALS = {"kill": signal.SIGKILL, "pause": signal.SIGSTOP, "resume": signal.SIGCONT}


class ProcessFaults:
    """The faults of a scenario, in the order of their times."""

    def __init__(self, faults: Sequence[ProcessFault]) -> None:
        self._coming = deque(sorted(faults, key=lambda fault: fault.at_s))
        self._silenced: set[str] = set()

    def due(self, elapsed_s: float) -> list[ProcessFault]:
        """The faults whose time has come since the last call."""
        due = []
        while self._coming and self._coming[0].at_s <= elapsed_s:
            due.append(self._coming.popleft())
        return due

    def play(self, elapsed_s: float, pids: Mapping[str, int]) -> None:
        """Send the signals that are due to the processes by name; unknown ones are left out."""
        for fault in self.due(elapsed_s):
            if fault.process in pids:
                os.kill(pids[fault.process], _SIGNALS[fault.action])

    def is_silenced(self, process: str, elapsed_s: float) -> bool:
        """Whether a process does nothing now, for lock step."""
        for fault in self.due(elapsed_s):
            if fault.action == "resume":
                self._silenced.discard(fault.process)
            else:
                self._silenced.add(fault.process)
        return process in self._silenced
