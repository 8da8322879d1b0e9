"""Errors inside the local planner, written down for its developer: motion states, no sensor data.

One file per error that begins, `planner-fault-1.json` and so on, the newest few kept. Written
without waiting for the disk: it is a help, not a promise. Cost: 1 ms when an error begins.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from navigation.types import MotionState, PlannerFault

_KEPT = 5
_PATTERN = "planner-fault-*.json"

_log = logging.getLogger(__name__)


class PlannerFaultLog:
    """Takes each tick's fault, or that there was none.

    Args:
        folder: Exists; files of earlier runs in it count.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_going_on = False

    def note(self, fault: PlannerFault | None, wall_s: float) -> Path | None:
        """Write the fault down when it begins; the file, if one was written."""
        begins = fault is not None and not self._is_going_on
        self._is_going_on = fault is not None
        if fault is None or not begins:
            return None
        numbers = self._numbers()
        path = self._path(max(numbers, default=0) + 1)
        try:
            path.write_text(json.dumps(_told(fault, wall_s), indent=1), encoding="utf-8")
            path.chmod(0o600)
            for number in numbers[: max(len(numbers) + 1 - _KEPT, 0)]:
                self._path(number).unlink(missing_ok=True)
        except OSError as problem:
            _log.error("local planner: %s; it cannot be written down: %s", fault.reason, problem)
            return None
        _log.error("local planner: %s; its last states are in %s", fault.reason, path.name)
        return path

    def _path(self, number: int) -> Path:
        return self._folder / _PATTERN.replace("*", str(number))

    def _numbers(self) -> list[int]:
        """Of the files that are there, rising."""
        ends = (path.stem.rpartition("-")[2] for path in self._folder.glob(_PATTERN))
        return sorted(int(end) for end in ends if end.isdecimal())


def _told(fault: PlannerFault, wall_s: float) -> dict[str, Any]:
    states = [{"start_time_s": time_s, **_numbers_of(state)} for time_s, state in fault.states]
    return {"reason": fault.reason, "wall_time_s": wall_s, "states": states}


def _numbers_of(state: MotionState) -> dict[str, Any]:
    """Its fields; what is no finite number, which JSON lacks, as a word."""
    values = asdict(state) | asdict(state.T_map_robot)
    del values["T_map_robot"]
    return {k: v if math.isfinite(v) else str(v) for k, v in values.items()}
