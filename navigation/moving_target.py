"""Whom a target goal speaks of: where they walk, where to stand beside them, where to plan to.

A person out of sight is believed to walk on for a while and to stop (equation (31)). A place in
front of somebody is chosen among bearings to both sides, where there is room, near the robot, and
not another one every moment. Cost: 0.1 ms per call.
"""

from __future__ import annotations

import math

import numpy as np

from homebody.geometry import SE2, FloatArray, wrap_angle
from homebody.messages import BodyDescription
from navigation.goals import NavigationState, NavigationStatus, TargetGoal
from navigation.local_planner.arrival import End
from navigation.navigator_config import NavigatorConfig
from navigation.types import FREE, MapSnapshot, Target, TrackedPerson

_BEARINGS_RAD = (0.0, 0.35, -0.35, 0.7, -0.7, 1.0, -1.0)
_PER_RAD_M = 2.0  # how much further the robot would drive to stand straight in front
_AROUND_RAD = 0.9  # around somebody it goes in steps of this, never through them
_CHANGE_M = 0.5  # what another bearing must be better by
_WALKING_M_S = 0.3  # who walks faces where they go
_PLAN_AHEAD_S = 0.7
_MOVED_M = 0.3


class TargetWatch:
    """Follows one target goal from tick to tick."""

    def __init__(self, body: BodyDescription, config: NavigatorConfig) -> None:
        self._front_m = float(body.footprint_m[:, 0].max())
        self._room_m = body.circumscribed_radius_m
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Another goal."""
        self._last: TrackedPerson | None = None
        self._seen_s = -math.inf
        self._bearing_rad = 0.0
        self._is_going_round = False
        self._planned_m: FloatArray | None = None
        self._stood_m: FloatArray | None = None
        self._moved_s = -math.inf

    def step(
        self,
        goal: TargetGoal,
        people: tuple[TrackedPerson, ...],
        T_map_robot: SE2,
        snapshot: MapSnapshot,
        now_s: float,
    ) -> Target | None:
        """Where they are, None as long as nobody knows."""
        seen = goal.given or next((p for p in people if p.identity == goal.identity), None)
        if seen is not None and math.isfinite(seen.time_s):
            self._last, self._seen_s = seen, now_s
        self._watch_motion(T_map_robot, now_s)
        if self._last is None:
            return None
        distance_m = goal.distance_m + self._front_m + self._config.person_radius_m
        stand_m = self._stand_m(goal, self._last, distance_m, T_map_robot, snapshot)
        last = self._last
        return Target(last.time_s, last.position_map_m, last.velocity_map_m_s, distance_m, stand_m)

    def wants_plan(self, target: Target | None, planned_s: float, now_s: float) -> bool:
        """Whether the way must be planned anew because the target has moved on."""
        if target is None or now_s - planned_s < self._config.target_replan_period_s:
            return False
        aim_m = aim_of(target, now_s)
        is_new = self._planned_m is None or math.dist(aim_m, self._planned_m) > _MOVED_M
        if is_new:
            self._planned_m = aim_m
        return is_new

    def status(
        self,
        goal: TargetGoal,
        target: Target | None,
        T_map_robot: SE2,
        is_still: bool,
        now_s: float,
    ) -> NavigationStatus:
        """How well the target is kept up with."""
        if target is None or now_s - self._seen_s > self._config.target_lost_after_s:
            reason = "I have lost sight of whom I go to"
            return NavigationStatus(goal, NavigationState.BLOCKED, reason)
        end = End.beside(goal, target, now_s)
        away_m = math.hypot(end.x_m - T_map_robot.x_m, end.y_m - T_map_robot.y_m) - end.ring_m
        if is_still and not self._is_going_round and end.is_met(T_map_robot):
            self._moved_s = now_s
            return NavigationStatus(goal, NavigationState.ARRIVED, "beside them", 0.0)
        remaining_m = max(away_m, 0.0)
        if now_s - self._moved_s > self._config.stuck_after_s:
            reason = "no motion brings me nearer"
            return NavigationStatus(goal, NavigationState.BLOCKED, reason, remaining_m)
        return NavigationStatus(goal, NavigationState.DRIVING, "keeping up", remaining_m)

    def _watch_motion(self, T_map_robot: SE2, now_s: float) -> None:
        here_m = T_map_robot.translation()
        if self._stood_m is None or math.dist(here_m, self._stood_m) > _MOVED_M:
            self._stood_m, self._moved_s = here_m, now_s

    def _stand_m(
        self,
        goal: TargetGoal,
        person: TrackedPerson,
        distance_m: float,
        T_map_robot: SE2,
        snapshot: MapSnapshot,
    ) -> FloatArray | None:
        """From the person to the best place around the wanted bearing, None: any side will do."""
        facing_rad = _facing_rad(person)
        self._is_going_round = False
        if goal.bearing_rad is None or facing_rad is None:
            return None
        best_rad, best_cost = None, math.inf
        chosen_rad = self._bearing_rad
        for aside_rad in _BEARINGS_RAD:
            yaw = facing_rad + goal.bearing_rad + aside_rad
            place_m = person.position_map_m + _on_circle(yaw, distance_m)
            if not _is_free(snapshot, place_m, self._room_m):
                continue
            cost = _PER_RAD_M * abs(aside_rad) + math.dist(place_m, T_map_robot.translation())
            cost -= _CHANGE_M if aside_rad == chosen_rad else 0.0
            if cost < best_cost:
                best_rad, best_cost, self._bearing_rad = yaw, cost, aside_rad
        if best_rad is None:
            return None
        here_m = T_map_robot.translation() - person.position_map_m
        robot_rad = math.atan2(here_m[1], here_m[0])
        turn_rad = wrap_angle(best_rad - robot_rad)
        self._is_going_round = abs(turn_rad) > _AROUND_RAD
        step_rad = min(max(turn_rad, -_AROUND_RAD), _AROUND_RAD)
        return _on_circle(robot_rad + step_rad, distance_m)


def aim_of(target: Target, now_s: float) -> FloatArray:
    """Where to plan to: where the target, or the place beside it, will be soon, shape (2,)."""
    stand_m = np.zeros(2) if target.stand_m is None else target.stand_m
    return target.position_at(now_s + _PLAN_AHEAD_S) + stand_m


def _on_circle(angle_rad: float, radius_m: float) -> FloatArray:
    return radius_m * np.array((math.cos(angle_rad), math.sin(angle_rad)))


def _facing_rad(person: TrackedPerson) -> float | None:
    velocity = person.velocity_map_m_s
    if math.hypot(*velocity.tolist()) > _WALKING_M_S:
        return math.atan2(float(velocity[1]), float(velocity[0]))
    return person.facing_map_rad


def _is_free(snapshot: MapSnapshot, place_m: FloatArray, room_m: float) -> bool:
    """Whether all cells about a place are seen and free."""
    low = snapshot.spec.cell_rc(float(place_m[0]) - room_m, float(place_m[1]) - room_m)
    high = snapshot.spec.cell_rc(float(place_m[0]) + room_m, float(place_m[1]) + room_m)
    if not (snapshot.spec.has_cell(low) and snapshot.spec.has_cell(high)):
        return False
    return bool((snapshot.cells[low[0] : high[0] + 1, low[1] : high[1] + 1] == FREE).all())
