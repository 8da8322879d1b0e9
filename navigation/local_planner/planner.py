"""The local planner: ten times a second, the best drivable motion of the next three seconds.

One cycle: go on from the last plan's own motion where the body follows it, look at the scene,
search the trajectory space, and say in plain words what was chosen. Whatever is wrong with the
input, the answer is a finite plan that brakes. Cost: about 5 ms on one core of a small server.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace

import cv2
import numpy as np

from homebody.geometry import SE2, FloatArray
from homebody.messages import BodyDescription
from navigation.goals import Goal, TargetGoal
from navigation.local_planner.aim import Aim
from navigation.local_planner.config import LocalPlannerConfig
from navigation.local_planner.explain import explain
from navigation.local_planner.facing import FacingPoint
from navigation.local_planner.fields import Field, signed_distance_m
from navigation.local_planner.footprint import Footprint
from navigation.local_planner.guidance import Guidance, Standing
from navigation.local_planner.jerk_limited import Profile
from navigation.local_planner.manoeuvres import BroadSample
from navigation.local_planner.objective import Objective
from navigation.local_planner.occlusions import Occlusions, find_occlusions
from navigation.local_planner.optimizer import Found, Optimizer
from navigation.local_planner.people import forecast
from navigation.local_planner.request import PlanRequest
from navigation.local_planner.scene import Scene, prepare
from navigation.local_planner.trajectory_space import (
    N_NUMBERS,
    Kind,
    Manoeuvres,
    Motion,
    Rollout,
    TrajectorySpace,
    follow,
)
from navigation.local_planner.trouble import trouble_with
from navigation.types import Float32Array, LocalMap, LocalPlan, MotionState, PlannerFault

_MEMORY_CYCLES = 20
_LAST_PLAN_MAX_AGE_S = 1.0
_UNKNOWN_BLUR_M = 0.125
_DISTANCE_MAX_M = 10.0


@dataclass(frozen=True, slots=True)
class _Last:
    """The last plan, so that this one can go on from it."""

    start_time_s: float
    manoeuvre: Manoeuvres
    profiles: Profile


class LocalPlanner:
    """Plans one cycle per `step`.

    Attributes:
        recent_states: Start time and motion state of the last cycles, for the developer's dump
            when a plan's reason speaks of an internal error; no sensor data.
    """

    def __init__(
        self, body: BodyDescription, config: LocalPlannerConfig, rng: np.random.Generator
    ) -> None:
        self._body = body
        self._config = config
        self._space = TrajectorySpace(body.limits, config.space)
        self._footprint = Footprint(
            body.footprint_m, config.footprint_spacing_m, config.hazard.clearance_far_m
        )
        self._objective = Objective(config, body.limits)
        self._broad = BroadSample(body.limits, self._space, config.optimizer.n_broad - 1, rng)
        self._optimizer = Optimizer(self._space, config.optimizer, rng)
        n_samples = round(config.space.horizon_s / config.plan_step_s) + 1
        self._aim = Aim(body)
        self._plan_times_s: FloatArray = np.linspace(0.0, config.space.horizon_s, n_samples)
        self.recent_states: deque[tuple[float, MotionState]] = deque(maxlen=_MEMORY_CYCLES)
        self.reset()

    def reset(self) -> None:
        """Forget the last plan and goal."""
        self._last: _Last | None = None
        self._last_plan: LocalPlan | None = None
        self._last_pose = SE2.identity()
        self._aim.reset()
        self.recent_states.clear()

    def step(self, request: PlanRequest) -> LocalPlan:
        """Plan from the predicted state on; never raises for bad input, never gives a NaN."""
        self.recent_states.append((request.start_time_s, request.state))
        trouble = trouble_with(request, self._config.ranges_age_max_s)
        if trouble:
            return self._brake(request, trouble)
        pose = request.state.T_map_robot
        self._last_pose = pose
        start = self._start_motion(request)
        guidance, facing = self._aim.step(request, start)
        if isinstance(guidance, str):
            return self._brake(request, guidance, Kind.COMFORT)
        if isinstance(guidance, Standing) and not (request.people or request.movers):
            return self._brake(request, guidance.reason, Kind.COMFORT)
        scene = self._scene(request, guidance, facing)
        limit = min(request.speed_limit_m_s, guidance.speed_limit_m_s)

        def roll(manoeuvres: Manoeuvres) -> Rollout:
            return self._space.rollout(manoeuvres, start, pose.yaw_rad)

        def score(rollout: Rollout) -> Float32Array:
            return self._objective.score(prepare(rollout, scene), scene)

        found = self._optimizer.search(self._candidates(request, guidance), limit, roll, score)
        best = found.best
        if not np.isfinite(found.score[best]):
            reason = "internal error: no candidate has a finite score"
            plan = self._brake(request, reason)
            return replace(plan, fault=PlannerFault(reason, tuple(self.recent_states)))
        winner = found.manoeuvres.take(np.array([best]))
        self._last = _Last(request.start_time_s, winner, self._space.profiles(winner, start))
        self._last_plan = self._plan(request, self._last, scene, found)
        return self._last_plan

    # --- what is known at the start ----------------------------------------------------------

    def _start_motion(self, request: PlanRequest) -> Motion:
        """The last plan's own motion where the body follows it, else the predicted one.

        Going on from the plan keeps the command continuous: measured speeds are noisy and lag,
        and a difference quotient of the command is a poor acceleration.
        """
        state = request.state
        start = Motion(
            state.speed_m_s, state.accel_m_s2, state.yaw_rate_rad_s, state.yaw_accel_rad_s2
        )
        late_s = self._since_last_s(request)
        if self._last is None or late_s is None:
            return start
        (v, w), (a, alpha) = (c.tolist() for c in self._last.profiles.state_at(late_s))
        is_kept = (
            abs(v - start.speed) <= self._config.keep_speed_m_s
            and abs(w - start.yaw_rate) <= self._config.keep_yaw_rate_rad_s
        )
        return Motion(v, a, w, alpha) if is_kept else start

    def _since_last_s(self, request: PlanRequest) -> float | None:
        if self._last is None:
            return None
        late_s = request.start_time_s - self._last.start_time_s
        return late_s if 0.0 <= late_s <= _LAST_PLAN_MAX_AGE_S else None

    def _scene(self, request: PlanRequest, guidance: Guidance, facing: FacingPoint | None) -> Scene:
        pose, hazard = request.state.T_map_robot, self._config.hazard
        distance, is_stuck = self._distance(request.local_map, pose)
        unknown = _unknown_field(request.local_map, pose)
        last_speed, last_yaw_rate = self._last_twists(request)
        return Scene(
            distance=distance,
            guidance=guidance,
            footprint=self._footprint,
            unknown=unknown,
            people=forecast(
                request.people,
                request.start_time_s,
                self._space.time_s,
                pose.translation(),
                hazard,
                request.movers,
                _served(request.goal),
            ),
            facing=facing,
            occlusions=self._occlusions(distance, unknown),
            last_speed=last_speed,
            last_yaw_rate=last_yaw_rate,
            pose_std_m=_position_std_m(request.pose_covariance),
            is_stuck_inside=is_stuck,
        )

    def _distance(self, local_map: LocalMap, pose: SE2) -> tuple[Field, bool]:
        """The distance field, signed where the body overlaps an obstacle, and whether it does."""
        spec = local_map.spec
        distance = np.minimum(local_map.distance_m, np.float32(_DISTANCE_MAX_M))
        field = Field.around(spec, distance, pose.x_m, pose.y_m)
        here = _standing_rollout(pose.yaw_rad)
        clearance_m = float(self._footprint.clearance_m(here, field)[0, 0])
        is_stuck = clearance_m < self._config.hazard.contact_margin_m
        if is_stuck:
            signed = signed_distance_m(distance, local_map.occupied, spec.resolution_m)
            field = Field.around(spec, signed, pose.x_m, pose.y_m)
        return field, is_stuck

    def _occlusions(self, distance: Field, unknown: Field | None) -> Occlusions | None:
        blind = self._config.blind
        return find_occlusions(distance, blind, unknown) if blind.per_s > 0.0 else None

    def _last_twists(self, request: PlanRequest) -> tuple[FloatArray | None, FloatArray | None]:
        """What the last plan says for the times of this one; its last values hold on."""
        late_s = self._since_last_s(request)
        if self._last_plan is None or late_s is None:
            return None, None
        times, last = self._space.time_s + late_s, self._last_plan
        return (
            np.interp(times, last.time_s, last.speed_m_s),
            np.interp(times, last.time_s, last.yaw_rate_rad_s),
        )

    def _candidates(self, request: PlanRequest, guidance: Guidance) -> Manoeuvres:
        """Warm start and broad sample."""
        state = request.state
        broad = self._broad.make(guidance, state.T_map_robot.yaw_rad, state.yaw_rate_rad_s)
        late_s = self._since_last_s(request)
        if self._last is None or late_s is None:
            return broad
        shifted = self._last.manoeuvre.shifted(late_s, self._space.horizon_s)
        return Manoeuvres.joined([shifted, broad])

    # --- what comes out ----------------------------------------------------------------------

    def _plan(
        self,
        request: PlanRequest,
        chosen: _Last,
        scene: Scene,
        found: Found,
    ) -> LocalPlan:
        pose = request.state.T_map_robot
        rollout = follow(chosen.profiles, pose.yaw_rad, self._plan_times_s)
        verdict = explain(request, chosen.manoeuvre, rollout, scene)
        shown = _sample(found, self._config.optimizer.n_shown)
        offset = np.array([pose.x_m, pose.y_m])
        candidates = np.stack([found.x[shown], found.y[shown]], axis=-1) + offset
        cost = (found.score[found.best] - found.score[shown]).astype(np.float64)
        return _local_plan(request.start_time_s, pose, rollout, (candidates, cost), verdict)

    def _brake(self, request: PlanRequest, reason: str, kind: Kind = Kind.EMERGENCY) -> LocalPlan:
        """A plan that ends in standing, from whatever part of the state makes sense."""
        state = request.state
        pose = state.T_map_robot if np.isfinite(state.T_map_robot.as_array()).all() else None
        twist = np.array(
            [state.speed_m_s, state.accel_m_s2, state.yaw_rate_rad_s, state.yaw_accel_rad_s2]
        )
        is_known = bool(np.isfinite(twist).all())
        start = Motion(*twist.tolist()) if is_known else Motion(0.0, 0.0, 0.0, 0.0)
        if is_known and pose is not None and trouble_with(request) == "":
            start = self._start_motion(request)
        stop = Manoeuvres(np.zeros((1, N_NUMBERS)), np.array([kind], dtype=np.intp))
        start_time_s = request.start_time_s if math.isfinite(request.start_time_s) else 0.0
        place = self._last_pose if pose is None else pose
        profiles = self._space.profiles(stop, start)
        rollout = follow(profiles, place.yaw_rad, self._plan_times_s)
        self._last = _Last(start_time_s, stop, profiles)
        nothing = (np.zeros((0, 0, 2)), np.zeros(0))
        self._last_plan = _local_plan(start_time_s, place, rollout, nothing, (True, reason))
        return self._last_plan


def _local_plan(
    start_time_s: float,
    pose: SE2,
    rollout: Rollout,
    candidates: tuple[FloatArray, FloatArray],
    verdict: tuple[bool, str],
) -> LocalPlan:
    xyt = np.stack(
        [pose.x_m + rollout.x[0], pose.y_m + rollout.y[0], rollout.yaw[0]], axis=1
    ).astype(np.float64)
    return LocalPlan(
        start_time_s=start_time_s,
        time_s=rollout.time_s.copy(),
        xyt_map=xyt,
        speed_m_s=rollout.speed[0].astype(np.float64),
        yaw_rate_rad_s=rollout.yaw_rate[0].astype(np.float64),
        candidates_xy_map_m=candidates[0],
        candidate_cost=candidates[1],
        is_stopping=verdict[0],
        reason=verdict[1],
    )


def _sample(found: Found, n_shown: int) -> np.ndarray:
    """The winner and others spread over all ranks."""
    ranked = np.argsort(-found.score, kind="stable")
    ranked = ranked[np.isfinite(found.score[ranked])]
    rows = np.linspace(0, len(ranked) - 1, min(n_shown, len(ranked))).astype(np.intp)
    return np.asarray(ranked[rows])


def _unknown_field(local_map: LocalMap, pose: SE2) -> Field | None:
    """Share of unknown cells within a few cells, smooth; None where all is known."""
    if not local_map.unknown.any():
        return None
    width = 2 * max(1, round(_UNKNOWN_BLUR_M / local_map.spec.resolution_m / 2.0)) + 1
    share = cv2.boxFilter(local_map.unknown.view(np.uint8), cv2.CV_32F, (width, width))
    return Field.around(local_map.spec, share.astype(np.float32, copy=False), pose.x_m, pose.y_m)


def _served(goal: Goal | None) -> int | None:
    return goal.identity if isinstance(goal, TargetGoal) else None


def _position_std_m(covariance: FloatArray | None) -> float:
    """Standard deviation of the position, the mean over directions."""
    if covariance is None:
        return 0.0
    variance = 0.5 * (float(covariance[0, 0]) + float(covariance[1, 1]))
    return math.sqrt(variance) if math.isfinite(variance) and variance > 0.0 else 0.0


def _standing_rollout(yaw_rad: float) -> Rollout:
    zero = np.zeros((1, 1), dtype=np.float32)
    yaw = np.full((1, 1), yaw_rad, dtype=np.float32)
    return Rollout(np.zeros(1), zero, zero, zero, zero, yaw, np.cos(yaw), np.sin(yaw))
