"""The newest value of each sensor, how late it came and how old it is. Cost: 20 us a tick."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np

from homebody.messages import BodyDescription, BrainInput

_SENSORS = ("odometry", "scan", "depth", "people", "landmarks")


class NewestInputs:
    """Keeps the last value of every sensor while others come."""

    def __init__(self, body: BodyDescription) -> None:
        self._has_ranges = body.lidar is not None or body.depth is not None
        self.values = BrainInput()
        self.delays_s: dict[str, float] = {}  # from capture to use, of what came in this tick

    def take(self, inputs: BrainInput, now_s: float) -> None:
        """What came in this tick."""
        values = {f.name: getattr(inputs, f.name) for f in fields(inputs)}
        came = {name: value for name, value in values.items() if value is not None}
        self.values = replace(self.values, **came)
        self.delays_s = {
            name: now_s - float(np.max(came[name].capture_time_s))
            for name in _SENSORS
            if name in came
        }

    def ranges_age_s(self, time_s: float) -> float:
        """How old the newest ranges are at a time; 0 for a body without any."""
        newest = self.values
        captured_s = [newest.scan.capture_time_s[-1]] if newest.scan is not None else []
        captured_s += [newest.depth.capture_time_s] if newest.depth is not None else []
        if not captured_s:
            return math.inf if self._has_ranges else 0.0
        return max(0.0, time_s - float(np.nanmax(captured_s)))

    @property
    def scanned_s(self) -> float:
        """Capture of the newest scan's newest beam; before all time where there is none."""
        scan = self.values.scan
        return -math.inf if scan is None else float(np.max(scan.capture_time_s))

    @property
    def stop_reason(self) -> str:
        """Why the body stops by itself; empty where it does not."""
        report = self.values.report
        return report.stop_reason if report is not None else ""
