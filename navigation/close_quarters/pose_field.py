"""The time to go from every pose: where the flat field leads into a corner.

The global planner's cost-to-go takes the robot for a disc that turns anywhere for nothing. Among
chair legs that is not so: a footprint that is longer than wide has to back out, turn where there is
room, and come again, or go another way. This is a search over poses on a lattice (after Pivtoraiko
and Kelly, "Efficient constrained path planning via search in state lattices", 2005): straight
steps along the headings and turns in place, from the goal backward until well behind the robot.
Equations (28) and (29) of docs/maths/local_planner.md. Cost: 0.3 s for a home of 60 m2, fit to run
as a job.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray, wrap_angles
from homebody.grid import GridSpec
from navigation.close_quarters.config import CloseQuartersConfig
from navigation.close_quarters.kernels import (
    HEADINGS_RAD,
    STEPS,
    pose_clearance,
    read_poses,
    times_to_go,
)
from navigation.goals import PointGoal, PoseGoal
from navigation.local_planner.footprint import Footprint, boundary_points
from navigation.mapping.distance import distance_on_map
from navigation.types import UNKNOWN, Float32Array, LocalMap, MapSnapshot, PoseToGo

_RATIO = 2  # fine cells per cell of the map, for distances
_BOUNDARY_SPACING_M = 0.03
_CORNER_DISC_M = 0.03
_BESIDE_M = 0.03
_BORDER_CELLS = 8
_NEAR_CELLS = 2  # how far from the lattice's pose the robot may be taken to stand
_SHUT_S = 6.0  # more than the farthest, where the footprint finds no way


@dataclass(frozen=True, slots=True)
class PoseFieldRequest:
    """What is asked of one search; everything in the map frame.

    Attributes:
        surfaces: Where surfaces lie in the map's cells, shape (3, 4, H, W).
        local_map: What is there now, over the map.
        footprint_m: Convex polygon in the robot frame, shape (P, 2).
    """

    snapshot: MapSnapshot
    surfaces: NDArray[np.float32]
    local_map: LocalMap
    T_map_robot: SE2
    goal: PointGoal | PoseGoal
    footprint_m: FloatArray
    config: CloseQuartersConfig


def pose_field(request: PoseFieldRequest) -> PoseToGo:
    """Search the whole map of the request; poses without a way have the time `inf`."""
    config = request.config
    spec = request.snapshot.spec
    price = _price(config, request.snapshot, _clearance(request))
    length_m = spec.resolution_m * np.hypot(STEPS[:, 0], STEPS[:, 1])
    turns_rad = np.abs(wrap_angles(np.roll(HEADINGS_RAD, -1) - HEADINGS_RAD))
    here = _open_pose(price, spec, request.T_map_robot)
    time_s = times_to_go(
        price,
        _seeds(request.goal, spec),
        STEPS,
        np.outer((1.0, 1.0 + config.reverse_price), length_m / config.speed_m_s),
        turns_rad / config.turn_rad_s,
        (here, config.further_s),
    )
    return PoseToGo(spec, time_s, here < 0 or math.isfinite(time_s.flat[here]))


def time_from(poses: PoseToGo, pose: SE2) -> float:
    """Time to go [s] from one pose."""
    at = np.array([[0.0]], dtype=np.float32)
    yaw = np.array([[pose.yaw_rad]], dtype=np.float32)
    place = place_of(poses, pose.x_m, pose.y_m)
    return float(read_poses(poses.time_s, at, at, yaw, place)[0, 0])


def place_of(poses: PoseToGo, x_m: float, y_m: float) -> tuple[float, float, float]:
    """Cells per metre, and column and row of the point (x_m, y_m)."""
    spec = poses.spec
    per_m = 1.0 / spec.resolution_m
    return per_m, (x_m - spec.origin_x_m) * per_m - 0.5, (y_m - spec.origin_y_m) * per_m - 0.5


def without_gaps(poses: PoseToGo) -> PoseToGo:
    """The same with finite times everywhere: more than the farthest where there is no way."""
    is_finite = np.isfinite(poses.time_s)
    farthest = poses.time_s[is_finite].max() if is_finite.any() else np.float32(0.0)
    times = np.where(is_finite, poses.time_s, farthest + np.float32(_SHUT_S))
    return replace(poses, time_s=times)


def cropped(request: PoseFieldRequest) -> PoseFieldRequest:
    """The same for the known part of the map, the robot and the goal, as a copy of its own."""
    snapshot, spec = request.snapshot, request.snapshot.spec
    known = np.argwhere(snapshot.cells != UNKNOWN)
    ends = np.array([spec.cell_rc(*_xy(request.goal)), spec.cell_rc(*_xy(request.T_map_robot))])
    corners = np.vstack([known.min(axis=0), known.max(axis=0), ends]) if len(known) else ends
    low = np.clip(corners.min(axis=0) - _BORDER_CELLS, 0, np.array(spec.shape) - 1)
    high = np.clip(corners.max(axis=0) + _BORDER_CELLS + 1, 1, spec.shape)
    rows, cols = slice(low[0], high[0]), slice(low[1], high[1])
    is_low = snapshot.is_low
    part = MapSnapshot(
        GridSpec(
            spec.origin_x_m + float(low[1]) * spec.resolution_m,
            spec.origin_y_m + float(low[0]) * spec.resolution_m,
            spec.resolution_m,
            int(high[0] - low[0]),
            int(high[1] - low[1]),
        ),
        np.ascontiguousarray(snapshot.cells[rows, cols]),
        snapshot.revision,
        None if is_low is None else np.ascontiguousarray(is_low[rows, cols]),
    )
    return replace(request, snapshot=part, surfaces=request.surfaces[:, :, rows, cols].copy())


def _clearance(request: PoseFieldRequest) -> Float32Array:
    """Of the footprint at every pose (N, H, W), by the map and by what is there now."""
    fine, distance_m = distance_on_map(request.snapshot, request.surfaces, _RATIO)
    _lower_to(distance_m, fine, request.local_map)
    return pose_clearance(
        distance_m,
        _RATIO,
        request.snapshot.spec.shape,
        HEADINGS_RAD,
        *footprint_in_cells(request.footprint_m, fine.resolution_m),
        (request.config.least_clearance_m, request.config.comfort_clearance_m),
    )


def footprint_in_cells(
    footprint_m: FloatArray, cell_m: float
) -> tuple[FloatArray, FloatArray, tuple[float, float, float]]:
    """Discs, boundary and sizes as `pose_clearance` wants them."""
    shape = Footprint(footprint_m, _BOUNDARY_SPACING_M, 1.0)
    discs_m = np.concatenate((shape.discs_m(), _corner_discs_m(footprint_m)))
    discs = discs_m / np.array([cell_m, cell_m, 1.0])
    boundary_m = boundary_points(footprint_m, _BOUNDARY_SPACING_M)
    gaps_m = np.linalg.norm(np.roll(boundary_m, -1, axis=0) - boundary_m, axis=1)
    sizes_m = (shape.radius_m, 0.5 * float(gaps_m.max()), _BESIDE_M)
    return discs, boundary_m / cell_m, sizes_m


def _corner_discs_m(footprint_m: FloatArray) -> FloatArray:
    """A small disc within each corner, where those along the axis do not reach, shape (P, 3)."""
    ahead = np.roll(footprint_m, -1, axis=0) - footprint_m
    back = np.roll(footprint_m, 1, axis=0) - footprint_m
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    back /= np.linalg.norm(back, axis=1, keepdims=True)
    inward = ahead + back
    half_sine = np.linalg.norm(ahead - back, axis=1) / 2.0
    inward *= (_CORNER_DISC_M / half_sine / np.linalg.norm(inward, axis=1))[:, None]
    return np.column_stack((footprint_m + inward, np.full(len(inward), _CORNER_DISC_M)))


def _lower_to(distance_m: Float32Array, fine: GridSpec, local_map: LocalMap) -> None:
    """Bring distances down to those of the window where that is nearer to something, in place."""
    window = local_map.spec
    row, col = fine.cell_rc(
        window.origin_x_m + 0.5 * window.resolution_m, window.origin_y_m + 0.5 * window.resolution_m
    )
    r0, c0 = max(row, 0), max(col, 0)
    r1, c1 = min(row + window.n_rows, fine.n_rows), min(col + window.n_cols, fine.n_cols)
    if r1 > r0 and c1 > c0:
        there = local_map.distance_m[r0 - row : r1 - row, c0 - col : c1 - col]
        np.minimum(distance_m[r0:r1, c0:c1], there, out=distance_m[r0:r1, c0:c1])


def _price(
    config: CloseQuartersConfig, snapshot: MapSnapshot, clearance_m: Float32Array
) -> Float32Array:
    """Factor on the time at each pose (28): rising toward contact, `inf` where it is shut."""
    narrow = np.clip(1.0 - clearance_m / config.comfort_clearance_m, 0.0, 1.0)
    short = np.clip(1.0 - clearance_m / config.margin_m, 0.0, 1.0)
    price = 1.0 + config.narrow_price * narrow**2 + config.margin_price * short**2
    price += np.where(snapshot.cells == UNKNOWN, config.unknown_price, 0.0)
    price[clearance_m < config.least_clearance_m] = np.inf
    return np.asarray(price, dtype=np.float32)


def _open_pose(price: Float32Array, spec: GridSpec, pose: SE2) -> int:
    """Flat index of the pose of the lattice that stands for the robot's; -1: none near is open."""
    row, col = spec.cell_rc(pose.x_m, pose.y_m)
    away_rad = np.abs(wrap_angles(HEADINGS_RAD - pose.yaw_rad))
    best, least = -1, math.inf
    for h in np.argsort(away_rad)[:3]:
        for r in range(max(row - _NEAR_CELLS, 0), min(row + _NEAR_CELLS + 1, spec.n_rows)):
            for c in range(max(col - _NEAR_CELLS, 0), min(col + _NEAR_CELLS + 1, spec.n_cols)):
                away = math.hypot(r - row, c - col) + 3.0 * float(away_rad[h])
                if price[h, r, c] < np.inf and away < least:
                    best = int(np.ravel_multi_index((int(h), r, c), price.shape))
                    least = away
    return best


def _seeds(goal: PointGoal | PoseGoal, spec: GridSpec) -> Float32Array:
    """Nothing is left from the poses that count as the goal; `inf` elsewhere."""
    x_m, y_m = _xy(goal)
    centres = spec.centres_m(np.argwhere(np.ones(spec.shape, dtype=bool)))
    away_m = np.hypot(centres[:, 0] - x_m, centres[:, 1] - y_m).reshape(spec.shape)
    is_goal = away_m <= max(0.7 * goal.tolerance_m, 0.75 * spec.resolution_m)
    is_facing = np.ones(len(HEADINGS_RAD), dtype=bool)
    if isinstance(goal, PoseGoal):
        turn_rad = np.abs(wrap_angles(HEADINGS_RAD - goal.T_map_goal.yaw_rad))
        is_facing = turn_rad <= max(goal.yaw_tolerance_rad, float(turn_rad.min()) + 1e-6)
    is_seed = is_facing[:, None, None] & is_goal
    return np.where(is_seed, np.float32(0.0), np.float32(np.inf))


def _xy(place: PointGoal | PoseGoal | SE2) -> tuple[float, float]:
    if isinstance(place, PoseGoal):
        place = place.T_map_goal
    return place.x_m, place.y_m
