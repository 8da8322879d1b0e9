"""One planning cycle that every scorer gets alike: a furnished room, five people, unknown corners.

The scene is what `LocalPlanner` works out of its request; here it is laid open, so that the same
cost terms can be computed by others from the same samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.graph import MCP_Geometric

from homebody.geometry import SE2, FloatArray
from homebody.grid import GridSpec
from homebody.messages import BodyDescription, default_body
from navigation.goals import PointGoal
from navigation.local_planner.config import LocalPlannerConfig, OptimizerConfig
from navigation.local_planner.fields import Field, filled_cost_to_go
from navigation.local_planner.footprint import Footprint
from navigation.local_planner.guidance import FieldGuidance
from navigation.local_planner.kernels import fill_poses
from navigation.local_planner.objective import Objective
from navigation.local_planner.people import forecast
from navigation.local_planner.request import PlanRequest
from navigation.local_planner.scene import Scene, prepare
from navigation.local_planner.trajectory_space import Manoeuvres, Motion, Rollout, TrajectorySpace
from navigation.types import CostToGo, Float32Array, LocalMap, MotionState, TrackedPerson

N_CELLS = 240
CELL_M = 0.025
N_PEOPLE = 5
_BOX_RANGES_M = (0.2, 0.9)
_KEEP_FREE_M = 0.5


@dataclass(frozen=True, slots=True)
class PlanningCase:
    """A scene with K samples in it: speeds and yaw rates at T + 1 times, (K, T + 1) each.

    Attributes:
        occupied: The local map's cells (240, 240), from which the distance field is made.
        to_goal: Travel times, with the place of its cells, counted from the robot.
        goal_m: Relative to the robot.
    """

    body: BodyDescription
    config: LocalPlannerConfig
    occupied: NDArray[np.bool_]
    unknown_share: Float32Array
    to_goal: Field
    goal_m: tuple[float, float]
    goal_tolerance_m: float
    request: PlanRequest
    scene: Scene
    speed: Float32Array
    yaw_rate: Float32Array

    def rollout(self) -> Rollout:
        """The samples' poses by the trapezoid rule, the same for every scorer."""
        time_s = TrajectorySpace(self.body.limits, self.config.space).time_s
        step = np.float32(time_s[1] - time_s[0])
        way, turn = (_integral(rate, step) for rate in (self.speed, self.yaw_rate))
        poses = np.empty((5, *self.speed.shape), np.float32)
        fill_poses(way, turn, self.request.state.T_map_robot.yaw_rad, *poses)
        return Rollout(time_s, self.speed, self.yaw_rate, *poses)

    def scores(self) -> Float32Array:
        """What our objective says of the samples, (K,)."""
        return Objective(self.config).score(prepare(self.rollout(), self.scene), self.scene)


def make_case(seed: int, n_samples: int = 608) -> PlanningCase:
    """A case with samples spread over the trajectory space; the same for the same seed."""
    rng = np.random.default_rng(seed)
    body, config = default_body(), config_for(n_samples)
    pose = SE2(3.0, 3.0, 0.3)
    spec = GridSpec(0.0, 0.0, CELL_M, N_CELLS, N_CELLS)
    occupied = _furnished(spec, rng)
    goal_m = (float(rng.uniform(4.6, 5.2)), float(rng.uniform(3.6, 4.6)))
    goal = PointGoal(*goal_m)
    to_goal = _travel_times(spec, occupied, goal_m)
    unknown = np.zeros(spec.shape, bool)
    unknown[:, :30] = unknown[:36, :] = True
    local_map = LocalMap(spec, occupied, unknown, distance_m(occupied))
    people = _people(rng)
    state = MotionState(pose, 0.5, 0.2)
    request = PlanRequest(0.0, state, local_map, to_goal, goal, people)
    space = TrajectorySpace(body.limits, config.space)
    samples = space.rollout(_drawn(n_samples, rng), Motion(0.5, 0.0, 0.2, 0.0), pose.yaw_rad)
    filled = filled_cost_to_go(to_goal)
    assert filled is not None
    times = Field.around(spec, filled, pose.x_m, pose.y_m)
    share = cv2.boxFilter(unknown.view(np.uint8), cv2.CV_32F, (5, 5)).astype(np.float32)
    scene = Scene(
        distance=Field.around(spec, local_map.distance_m, pose.x_m, pose.y_m),
        guidance=FieldGuidance(times, goal, pose.x_m, pose.y_m, body.limits.speed_max_m_s),
        footprint=Footprint(
            body.footprint_m, config.footprint_spacing_m, config.hazard.clearance_far_m
        ),
        unknown=Field.around(spec, share, pose.x_m, pose.y_m),
        people=forecast(people, 0.0, space.time_s, pose.translation(), config.hazard),
        last_speed=np.linspace(0.5, 0.8, len(space.time_s)),
        last_yaw_rate=np.linspace(0.2, -0.1, len(space.time_s)),
    )
    return PlanningCase(
        body, config, occupied, share, times,
        (goal_m[0] - pose.x_m, goal_m[1] - pose.y_m), goal.tolerance_m,
        request, scene, samples.speed, samples.yaw_rate,
    )  # fmt: skip


def config_for(n_samples: int) -> LocalPlannerConfig:
    """The planner's settings with about so many candidates, in the usual shares."""
    usual = OptimizerConfig()
    n_all = usual.n_broad + 2 * usual.n_refine
    n_broad = max(96, round(n_samples * usual.n_broad / n_all))
    n_refine = max(16, (n_samples - n_broad) // 2)
    optimizer = usual.model_copy(update={"n_broad": n_broad, "n_refine": n_refine})
    return LocalPlannerConfig(optimizer=optimizer)


def distance_m(occupied: NDArray[np.bool_]) -> Float32Array:
    """The distance field (H, W), part of every timed cycle."""
    free = (~occupied).view(np.uint8)
    cells = cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance: Float32Array = (np.maximum(cells - 0.5, 0.0) * np.float32(CELL_M)).astype(np.float32)
    return distance


def _integral(rate: Float32Array, step: np.float32) -> Float32Array:
    """From zero by the trapezoid rule, (K, T + 1)."""
    steps = np.float32(0.5) * step * (rate[:, 1:] + rate[:, :-1])
    return np.pad(np.cumsum(steps, axis=1, dtype=np.float32), ((0, 0), (1, 0)))


def _furnished(spec: GridSpec, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Walls around and a dozen boxes, with room for the robot in the middle."""
    cells = np.zeros(spec.shape, bool)
    cells[:6], cells[-6:], cells[:, :6], cells[:, -6:] = True, True, True, True
    for _ in range(12):
        row, col = rng.integers(10, N_CELLS - 30, 2)
        height, width = (rng.uniform(*_BOX_RANGES_M, 2) / CELL_M).astype(int)
        cells[row : row + height, col : col + width] = True
    rows, cols = np.indices(spec.shape)
    away_m = np.hypot(rows - N_CELLS / 2, cols - N_CELLS / 2) * CELL_M
    cells[away_m < _KEEP_FREE_M] = False
    return cells


def _travel_times(
    spec: GridSpec, occupied: NDArray[np.bool_], goal_m: tuple[float, float]
) -> CostToGo:
    room_m = distance_m(occupied)
    price = np.where(room_m > 0.14, 1.0 + 0.5 / np.maximum(room_m, 0.1), 20.0)
    times, _ = MCP_Geometric(price, sampling=(CELL_M, CELL_M)).find_costs([spec.cell_rc(*goal_m)])
    return CostToGo(spec, times.astype(np.float32))


def _people(rng: np.random.Generator) -> tuple[TrackedPerson, ...]:
    covariance = np.diag([0.03**2, 0.03**2, 0.15**2, 0.15**2])
    angles = rng.uniform(-np.pi, np.pi, N_PEOPLE)
    places = 3.0 + rng.uniform(1.0, 2.6, N_PEOPLE)[:, None] * np.stack(
        [np.cos(angles), np.sin(angles)], axis=1
    )
    walks: FloatArray = rng.normal(0.0, 0.5, (N_PEOPLE, 2))
    return tuple(
        TrackedPerson(i, 0.0, places[i], walks[i], covariance, None) for i in range(N_PEOPLE)
    )


def _drawn(n_samples: int, rng: np.random.Generator) -> Manoeuvres:
    low, high = np.array([-0.3, -0.3, -1.8, -1.8, 0, 0]), np.array([1, 1, 1.8, 1.8, 3, 3])
    numbers = rng.uniform(low, high, (n_samples, 6))
    numbers[:, 4:].sort(axis=1)
    return Manoeuvres(numbers, np.zeros(n_samples, dtype=np.intp))
