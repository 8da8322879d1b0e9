"""Made 2-D worlds and a closed loop with perfect tracking, to watch the planner drive."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from skimage.graph import MCP_Geometric

from homebody.geometry import SE2, points_in_polygon
from homebody.grid import GridSpec
from homebody.messages import BodyDescription, default_body
from navigation.goals import Goal, PointGoal, PoseGoal
from navigation.local_planner.config import LocalPlannerConfig
from navigation.local_planner.planner import LocalPlanner
from navigation.local_planner.request import PlanRequest
from navigation.types import CostToGo, LocalMap, LocalPlan, MotionState, TrackedPerson

FINE_M = 0.025
BODY = default_body()
Box = tuple[float, float, float, float]  # x0, y0, x1, y1


@dataclass
class World:
    """Axis-parallel boxes in a rectangle with walls; later boxes appear at their times."""

    width_m: float
    height_m: float
    boxes: list[Box]
    appearing: list[tuple[float, Box]] = field(default_factory=list)

    def __post_init__(self) -> None:
        margin = 4.0
        self.spec = GridSpec.covering(
            (-margin, -margin), (self.width_m + margin, self.height_m + margin), FINE_M
        )
        base = np.ones(self.spec.shape, dtype=bool)
        self._paint(base, (0.0, 0.0, self.width_m, self.height_m), False)
        for box in self.boxes:
            self._paint(base, box, True)
        self._base = base

    def occupied(self, now_s: float = math.inf) -> np.ndarray:
        if not self.appearing:
            return self._base
        cells = self._base.copy()
        for since_s, box in self.appearing:
            if now_s >= since_s:
                self._paint(cells, box, True)
        return cells

    def _paint(self, cells: np.ndarray, box: Box, value: bool) -> None:
        r0, c0 = self.spec.cells_rc((box[0] + 1e-6, box[1] + 1e-6))
        r1, c1 = self.spec.cells_rc((box[2] - 1e-6, box[3] - 1e-6))
        cells[r0 : r1 + 1, c0 : c1 + 1] = value

    def local_map(self, pose: SE2, now_s: float) -> LocalMap:
        row, col = self.spec.cell_rc(pose.x_m, pose.y_m)
        row, col = (
            int(np.clip(row - 120, 0, self.spec.n_rows - 240)),
            int(np.clip(col - 120, 0, self.spec.n_cols - 240)),
        )
        occupied = self.occupied(now_s)[row : row + 240, col : col + 240]
        spec = GridSpec(
            self.spec.origin_x_m + col * FINE_M,
            self.spec.origin_y_m + row * FINE_M,
            FINE_M,
            *occupied.shape,
        )
        return LocalMap(spec, occupied, np.zeros_like(occupied), distance_m(occupied, FINE_M))

    def cost_to_go(self, goal_xy: tuple[float, float], now_s: float = -1.0) -> CostToGo:
        """Travel time on a 5 cm grid, slower near walls, of what is known at `now_s`."""
        fine = self.occupied(now_s)
        rows, cols = fine.shape[0] // 2 * 2, fine.shape[1] // 2 * 2
        coarse = fine[:rows, :cols].reshape(rows // 2, 2, cols // 2, 2).any(axis=(1, 3))
        spec = GridSpec(self.spec.origin_x_m, self.spec.origin_y_m, 0.05, *coarse.shape)
        clear = distance_m(coarse, 0.05)
        slow = 1.0 + 2.0 * np.clip((0.45 - clear) / 0.25, 0.0, 1.0) ** 2
        price = np.where(clear > 0.16, slow, -1.0)
        times, _ = MCP_Geometric(price, sampling=(0.05, 0.05)).find_costs([spec.cell_rc(*goal_xy)])
        return CostToGo(spec, times.astype(np.float32))


def distance_m(occupied: np.ndarray, resolution_m: float) -> np.ndarray:
    if not occupied.any():
        return np.full(occupied.shape, 10.0, dtype=np.float32)
    free = (~occupied).astype(np.uint8)
    cells = cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return (np.maximum(cells - 0.5, 0.0) * resolution_m).astype(np.float32)


@dataclass
class Run:
    """What happened: 50 Hz poses (N, 3), twists (N, 2), times (N,), plans and clearances."""

    time_s: np.ndarray
    xyt: np.ndarray
    twist: np.ndarray
    clearance_m: np.ndarray
    plans: list[LocalPlan]
    arrived_s: float

    @property
    def length_m(self) -> float:
        return float(np.linalg.norm(np.diff(self.xyt[:, :2], axis=0), axis=1).sum())

    @property
    def min_clearance_m(self) -> float:
        return float(self.clearance_m.min())


@dataclass
class Walker:
    """A person walking straight at constant speed."""

    start: tuple[float, float]
    velocity: tuple[float, float]

    def at(self, now_s: float) -> np.ndarray:
        return np.array(self.start) + now_s * np.array(self.velocity)

    def track(self, now_s: float) -> TrackedPerson:
        covariance = np.diag([0.03**2, 0.03**2, 0.1**2, 0.1**2])
        return TrackedPerson(
            1, now_s, self.at(now_s), np.array(self.velocity), covariance, facing_map_rad=None
        )


def drive(
    world: World,
    start: SE2,
    goal: Goal | None,
    *,
    limit_s: float = 30.0,
    walkers: tuple[Walker, ...] = (),
    config: LocalPlannerConfig | None = None,
    replan_every_s: float = math.inf,
    seed: int = 1,
    speed_limit_m_s: float = math.inf,
    body: BodyDescription = BODY,
    noise: float = 0.0,
) -> Run:
    """Follow the first 0.1 s of each plan exactly, ten times a second, until standing at goal.

    With `noise` the planner is told a state that is wrong by about 1 cm, 0.01 rad, 0.03 m/s and
    0.06 rad/s (times `noise`), with useless accelerations, and obstacles flicker at their edges.
    """
    errors = np.random.default_rng(seed + 1)
    planner = LocalPlanner(body, config or LocalPlannerConfig(), np.random.default_rng(seed))
    state = MotionState(start)
    field_to_goal, planned_s, replan_s = None, 0.0, 0.0
    times, poses, twists, gaps, plans = [], [], [], [], []
    arrived_s, now_s, n_still = math.inf, 0.0, 0
    while now_s < limit_s:
        if isinstance(goal, PointGoal | PoseGoal) and now_s - planned_s >= replan_s:
            field_to_goal = world.cost_to_go(_xy(goal), now_s)
            planned_s, replan_s = now_s, replan_every_s
        local_map = world.local_map(state.T_map_robot, now_s)
        told, seen = state, local_map
        if noise > 0.0:
            told, seen = _worsened(state, noise, errors), _flickering(local_map, errors)
        plan = planner.step(
            PlanRequest(
                now_s,
                told,
                seen,
                field_to_goal,
                goal,
                tuple(w.track(now_s) for w in walkers),
                speed_limit_m_s,
            )
        )
        plans.append(plan)
        for i in range(5):
            t = 0.02 * i
            xyt = [np.interp(t, plan.time_s, plan.xyt_map[:, k]) for k in range(3)]
            times.append(now_s + t)
            poses.append(xyt)
            v = float(np.interp(t, plan.time_s, plan.speed_m_s))
            w = float(np.interp(t, plan.time_s, plan.yaw_rate_rad_s))
            twists.append((v, w))
        gaps.append(exact_clearance_m(state.T_map_robot, local_map, body))
        start = state.T_map_robot
        state = after(plan, 0.1)
        if noise > 0.0:
            moved = told.T_map_robot.inverse() @ state.T_map_robot
            state = replace(state, T_map_robot=start @ moved)
        now_s = round(now_s + 0.1, 6)
        is_still = abs(state.speed_m_s) < 0.01 and abs(state.yaw_rate_rad_s) < 0.02
        n_still = n_still + 1 if is_still and _is_at(goal, state.T_map_robot) else 0
        if n_still == 1:
            arrived_s = now_s
        if n_still > 8:
            break
    return Run(np.array(times), np.array(poses), np.array(twists), np.array(gaps), plans, arrived_s)


def exact_clearance_m(pose: SE2, local_map: LocalMap, body: BodyDescription = BODY) -> float:
    """Slow and obvious: distance from the polygon to the nearest occupied cell's centre."""
    centres = local_map.spec.centres_m(np.argwhere(local_map.occupied))
    if len(centres) == 0:
        return math.inf
    near = centres[np.linalg.norm(centres - pose.translation(), axis=1) < 1.0]
    if len(near) == 0:
        return 1.0
    points = pose.inverse().apply(near)
    a = body.footprint_m
    b = np.roll(a, -1, axis=0)
    edge = b - a
    along = ((points[:, None] - a) * edge).sum(-1) / (edge**2).sum(-1)
    foot = a + np.clip(along, 0.0, 1.0)[..., None] * edge
    distance = np.linalg.norm(points[:, None] - foot, axis=-1).min(axis=1)
    inside = points_in_polygon(points, a)
    return float(np.where(inside, -distance, distance).min())


def after(plan: LocalPlan, t: float) -> MotionState:
    x, y, yaw = (float(np.interp(t, plan.time_s, plan.xyt_map[:, k])) for k in range(3))
    v, w = (np.interp(t, plan.time_s, a) for a in (plan.speed_m_s, plan.yaw_rate_rad_s))
    before = [np.interp(t - 0.04, plan.time_s, a) for a in (plan.speed_m_s, plan.yaw_rate_rad_s)]
    return MotionState(
        SE2(x, y, yaw),
        float(v),
        float(w),
        float(v - before[0]) / 0.04,
        float(w - before[1]) / 0.04,
    )


def _worsened(state: MotionState, noise: float, rng: np.random.Generator) -> MotionState:
    x, y, yaw, v, w = noise * rng.normal(0.0, (0.01, 0.01, 0.01, 0.03, 0.06))
    return MotionState(
        state.T_map_robot @ SE2(x, y, yaw),
        state.speed_m_s + v,
        state.yaw_rate_rad_s + w,
        noise * rng.normal(0.0, 0.3),
        noise * rng.normal(0.0, 1.0),
    )


def _flickering(local_map: LocalMap, rng: np.random.Generator) -> LocalMap:
    occupied = local_map.occupied.copy()
    edge = (local_map.distance_m > 0.0) & (local_map.distance_m < 1.5 * FINE_M)
    occupied |= edge & (rng.random(occupied.shape) < 0.2)
    return replace(local_map, occupied=occupied, distance_m=distance_m(occupied, FINE_M))


def _xy(goal: Goal) -> tuple[float, float]:
    if isinstance(goal, PoseGoal):
        return goal.T_map_goal.x_m, goal.T_map_goal.y_m
    return goal.x_m, goal.y_m


def _is_at(goal: Goal | None, pose: SE2) -> bool:
    if isinstance(goal, PointGoal):
        return math.hypot(goal.x_m - pose.x_m, goal.y_m - pose.y_m) <= goal.tolerance_m
    if isinstance(goal, PoseGoal):
        error = goal.T_map_goal.inverse() @ pose
        return (
            math.hypot(error.x_m, error.y_m) <= goal.tolerance_m
            and abs(error.wrapped().yaw_rad) <= goal.yaw_tolerance_rad
        )
    return False


def open_room() -> World:
    return World(8.0, 6.0, [])


def doorway(width_m: float) -> World:
    half = width_m / 2.0
    return World(8.0, 5.0, [(3.9, 0.0, 4.05, 2.5 - half), (3.9, 2.5 + half, 4.05, 5.0)])


def slalom() -> World:
    return World(
        9.0,
        3.0,
        [(2.0, 0.0, 2.3, 1.6), (4.0, 1.4, 4.3, 3.0), (6.0, 0.0, 6.3, 1.6)],
    )


def l_corridor() -> World:
    return World(6.0, 6.0, [(0.0, 1.0, 5.0, 6.0)])


def u_trap() -> World:
    return World(
        8.0,
        6.0,
        [(2.0, 1.8, 4.2, 2.0), (2.0, 4.0, 4.2, 4.2), (4.0, 1.8, 4.2, 4.2)],
    )
