"""The values that flow between the rooms of navigation; all in the map frame unless named so."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray
from homebody.grid import GridSpec

Float32Array = NDArray[np.float32]

FREE: int = 0
UNKNOWN: int = 1
OCCUPIED: int = 2

NO_SURFACES: Float32Array = np.zeros((3, 4, 0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class PoseEstimate:
    """Where the robot was at `time_s`, as localization believes.

    Attributes:
        T_map_odom: Correction of dead reckoning; `T_map_odom @ T_odom_robot` is the newest pose.
        covariance: Of (x, y, yaw) in the map frame, shape (3, 3), [m^2, m rad, rad^2].
        quality: 0 (lost) to 1 (every beam explained).
    """

    time_s: float
    T_map_robot: SE2
    T_map_odom: SE2
    covariance: FloatArray
    quality: float


@dataclass(frozen=True, slots=True)
class MotionState:
    """Pose in the map frame with the first two derivatives of the body's motion."""

    T_map_robot: SE2
    speed_m_s: float = 0.0
    yaw_rate_rad_s: float = 0.0
    accel_m_s2: float = 0.0
    yaw_accel_rad_s2: float = 0.0


@dataclass(frozen=True, slots=True)
class MapSnapshot:
    """The occupancy map at one moment: cells (H, W) uint8 of FREE, UNKNOWN, OCCUPIED.

    A FREE cell has been seen by a ray of at most the mapping range. `revision` grows with change.
    `is_low` (H, W), where known, tells OCCUPIED cells that only the depth camera sees (low things,
    missing floor): a lidar that looks over them has not seen them gone.
    """

    spec: GridSpec
    cells: NDArray[np.uint8]
    revision: int
    is_low: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class LocalMap:
    """The 6 m x 6 m around the robot, from the newest ranges over the map.

    Attributes:
        occupied: Shape (H, W).
        unknown: Shape (H, W).
        distance_m: From each cell's centre to the nearest thing, shape (H, W); where it is near,
            exact to where in its cell the thing stands.
    """

    spec: GridSpec
    occupied: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    distance_m: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CostToGo:
    """Travel time [s] from each cell to the goal, shape (H, W), `inf` where there is no way."""

    spec: GridSpec
    time_s: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PoseToGo:
    """Travel time [s] from each pose of a lattice to the goal, `inf` where there is no way.

    Attributes:
        time_s: Shape (N, H, W): N headings counter-clockwise, see `close_quarters.kernels`.
        has_way: Whether there is one for the robot.
    """

    spec: GridSpec
    time_s: NDArray[np.float32]
    has_way: bool = True


@dataclass(frozen=True, slots=True)
class GlobalPlan:
    """Guidance to a goal, or why there is none.

    Attributes:
        path_map_m: From the robot to the goal, shape (N, 2); empty where there is no way.
        goal_map_m: Where the path ends, shape (2,): the goal or the nearest free point allowed.
        reason: In plain words, empty when a way was found.
        door_ids: Identities of the doors on the path, in its order.
    """

    path_map_m: FloatArray
    goal_map_m: FloatArray
    length_m: float
    cost_to_go: CostToGo | None
    reason: str = ""
    door_ids: tuple[int, ...] = ()

    @property
    def is_found(self) -> bool:
        return self.cost_to_go is not None


@dataclass(frozen=True, slots=True)
class TrackedPerson:
    """A person with identity; covariance of (x, y, vx, vy), shape (4, 4), at `time_s`."""

    identity: int
    time_s: float
    position_map_m: FloatArray  # (2,)
    velocity_map_m_s: FloatArray  # (2,)
    covariance: FloatArray
    facing_map_rad: float | None = None


@dataclass(frozen=True, slots=True)
class Mover:
    """Something that moves and is no person, as a disc; covariance of (x, y, vx, vy), (4, 4)."""

    identity: int
    time_s: float
    position_map_m: FloatArray  # (2,)
    velocity_map_m_s: FloatArray  # (2,)
    covariance: FloatArray
    radius_m: float


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody to keep up with, where and how fast at `time_s`, and where to stand beside them.

    Attributes:
        stand_m: From the target to the place to stand, shape (2,), in the map's axes; None:
            anywhere at `distance_m`.
        distance_m: Wanted between the robot's centre and the target's.
    """

    time_s: float
    position_map_m: FloatArray  # (2,)
    velocity_map_m_s: FloatArray  # (2,)
    distance_m: float
    stand_m: FloatArray | None = None

    def position_at(self, time_s: float) -> FloatArray:
        """Where they will be, shape (2,). Equation (31)."""
        return self.position_map_m + self.velocity_map_m_s * walked_s(time_s - self.time_s)

    def velocity_at(self, time_s: float) -> FloatArray:
        """How fast they will be, shape (2,)."""
        ahead_s = max(time_s - self.time_s, 0.0)
        return self.velocity_map_m_s * math.exp(-ahead_s / _WALKS_ON_S)


_WALKS_ON_S = 2.0


def walked_s(ahead_s: float) -> float:
    """For how long a walk goes on within a time ahead: people stop sometime. Equation (31)."""
    return _WALKS_ON_S * -math.expm1(-max(ahead_s, 0.0) / _WALKS_ON_S)


@dataclass(frozen=True, slots=True)
class PlannerFault:
    """An error inside the planner, for its developer: the last motion states, no sensor data.

    Attributes:
        states: Start time and motion state of the last cycles, the newest last.
    """

    reason: str
    states: tuple[tuple[float, MotionState], ...]


@dataclass(frozen=True, slots=True)
class LocalPlan:
    """The chosen trajectory from `start_time_s` on, and the others that were considered.

    Attributes:
        time_s: From 0 at `start_time_s`, shape (T,).
        xyt_map: Predicted poses, shape (T, 3).
        speed_m_s, yaw_rate_rad_s: Shape (T,).
        candidates_xy_map_m: A sample of the candidates, shape (C, T', 2), for people to look at.
        candidate_cost: Shape (C,), smaller is better.
        is_stopping: Nothing better than to brake was found.
        reason: Why the robot moves, or stops, like this.
        fault: What went wrong inside the planner, None: nothing.
    """

    start_time_s: float
    time_s: FloatArray
    xyt_map: FloatArray
    speed_m_s: FloatArray
    yaw_rate_rad_s: FloatArray
    candidates_xy_map_m: FloatArray = field(default_factory=lambda: np.zeros((0, 0, 2)))
    candidate_cost: FloatArray = field(default_factory=lambda: np.zeros(0))
    is_stopping: bool = False
    reason: str = ""
    fault: PlannerFault | None = None
