"""People who walk given routes with swinging legs; a pose is closed form in time.

The route is a polyline walked at constant speed with a pause at each waypoint. A looping route
that does not end where it began is walked there and back, so that nobody walks through a wall.
Cost: about 4 us per person and call.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from drivers.simulation.homes.home import PersonRoute
from homebody.geometry import FloatArray

_STRIDE_M = 1.3  # two steps
_SWING_M = 0.22
_LEG_SPREAD_M = 0.10


@dataclass(frozen=True, slots=True)
class PersonState:
    """Where a person is: centre, direction faced, speed and the centres of the legs (2, 2)."""

    name: str
    x_m: float
    y_m: float
    yaw_rad: float
    speed_m_s: float
    legs_m: tuple[tuple[float, float], tuple[float, float]]


class Walker:
    """One person's walk along a route."""

    def __init__(self, route: PersonRoute) -> None:
        self.name = route.name
        points = np.asarray(route.waypoints_m, dtype=np.float64).reshape(-1, 2)
        is_closed = len(points) > 1 and bool(np.allclose(points[0], points[-1]))
        if route.is_looping and not is_closed:
            points = np.concatenate([points, points[-2::-1]])
        self._speed_m_s = route.speed_m_s
        self._start_s = route.start_time_s
        self._is_looping = route.is_looping and len(points) > 1
        self._build_legs(points, route.pause_s)

    def _build_legs(self, points: FloatArray, pause_s: float) -> None:
        """Knots (time, x, y, distance), two per waypoint, and the direction of each piece."""
        steps = np.diff(points, axis=0)
        lengths = np.hypot(steps[:, 0], steps[:, 1])
        durations = lengths / self._speed_m_s
        arrive = np.concatenate([[0.0], np.cumsum(durations + pause_s) - pause_s])
        leave = arrive + pause_s
        leave[0] = 0.0
        if not self._is_looping:
            leave[-1] = arrive[-1]
        travel_m = np.concatenate([[0.0], np.cumsum(lengths)])
        heading = np.arctan2(steps[:, 1], steps[:, 0]) if len(steps) else np.zeros(1)
        # Plain numbers, for one time at once.
        self._time_s: list[float] = np.column_stack([arrive, leave]).ravel().tolist()
        self._xy_travel_m: list[list[float]] = np.column_stack([points, travel_m]).tolist()
        self._heading_rad: list[float] = heading.tolist()
        self._arrive_s: list[float] = arrive.tolist()
        self._period_s = self._time_s[-1]

    def at(self, time_s: float) -> PersonState:
        """State at a time since the world's start."""
        t = max(0.0, time_s - self._start_s)
        if self._is_looping and self._period_s > 0.0:
            t %= self._period_s
        x, y, travel = self._where(t)
        piece = bisect_right(self._arrive_s, t) - 1
        yaw = self._heading_rad[min(max(piece, 0), len(self._heading_rad) - 1)]
        is_walking = time_s > self._start_s and self._is_walking(t)
        return PersonState(
            self.name,
            x,
            y,
            yaw,
            self._speed_m_s if is_walking else 0.0,
            _legs(x, y, yaw, travel, is_walking),
        )

    def _is_walking(self, t: float) -> bool:
        if t >= self._period_s:
            return False
        knot = bisect_right(self._time_s, t) - 1
        return knot % 2 == 1

    def _where(self, t: float) -> tuple[float, float, float]:
        """Position and distance walked at a time of the route; knots come in pairs of one place."""
        after = bisect_right(self._time_s, t)
        if after >= len(self._time_s):
            x, y, travel = self._xy_travel_m[-1]
            return x, y, travel
        before = max(after - 1, 0)
        x0, y0, travel0 = self._xy_travel_m[before // 2]
        if before // 2 == after // 2:
            return x0, y0, travel0
        x1, y1, travel1 = self._xy_travel_m[after // 2]
        share = (t - self._time_s[before]) / (self._time_s[after] - self._time_s[before])
        return x0 + share * (x1 - x0), y0 + share * (y1 - y0), travel0 + share * (travel1 - travel0)


def _legs(
    x: float, y: float, yaw: float, travel_m: float, is_walking: bool
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Left and right leg: half a stride apart while walking, side by side while standing."""
    swing = _SWING_M * math.sin(2.0 * math.pi * travel_m / _STRIDE_M) if is_walking else 0.0
    c, s = math.cos(yaw), math.sin(yaw)
    left = (x + c * swing - s * _LEG_SPREAD_M, y + s * swing + c * _LEG_SPREAD_M)
    right = (x - c * swing + s * _LEG_SPREAD_M, y - s * swing - c * _LEG_SPREAD_M)
    return left, right
