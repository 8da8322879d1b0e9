"""Carried somewhere in a known home: whether the robot is found, and whether it is wrongly sure.

`python -m benchmarks.relocalization --data DIR` takes the default home and the HouseExpo, ROS-map
and Valetudo homes below DIR. In each the lidar's map is made from scans all over the floor; then
the robot stands at random places with moved furniture (boxes that the map does not know), looks,
moves a little, looks again, and is searched for in the whole map from those scans alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Options, Row, Target, choose, finish, main, run_cases, wilson_interval
from benchmarks.homes import find_cases as find_homes
from drivers.simulation.homes.load import load_home
from drivers.simulation.homes.raster import reachable_free_area, solid_grid
from homebody.errors import HomebodyError
from homebody.geometry import SE2, wrap_angle
from homebody.grid import GridSpec
from homebody.messages import LidarScan, default_body
from navigation.graph_slam.relocalization import PosedScan, relocalize
from navigation.mapping.beams import Beams
from navigation.mapping.occupancy import OccupancyMap
from navigation.slam.calibration import OdometryScale
from navigation.slam.deskew import Deskewer

_N_CARRIES = 15
_N_MOVED = 4  # boxes that the map does not know
_MAP_SPACING_M = 0.8
_CLEARANCE_M = 0.25
_NOISE_M = 0.015
_STEP_M = 0.01
_FOUND_M, _FOUND_RAD = 0.10, 0.10
_LOOKS = (SE2(0.0, 0.0, 0.0), SE2(0.0, 0.0, 0.7), SE2(0.25, 0.0, 0.7))
_COLUMNS = (
    "home", "area_m2", "carries", "found", "unsure", "wrong", "error_m", "ms_median", "ms_max",
    "note",
)  # fmt: skip

BoolGrid = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    path: Path
    seed: int


@dataclass(frozen=True, slots=True)
class Room:
    """A home as the lidar sees it, and where the robot can stand."""

    spec: GridSpec
    solid: BoolGrid
    standing_m: NDArray[np.float64]  # (n, 2)


def find_cases(options: Options) -> list[Case]:
    """The homes of `benchmarks.homes`."""
    return [Case(c.name, c.path, c.seed) for c in find_homes(options)]


def look(room: Room, pose: SE2, rng: np.random.Generator) -> Beams:
    """One turn of the default lidar by marching along its beams."""
    lidar = default_body().lidar
    assert lidar is not None
    T_home_lidar = pose @ lidar.T_robot_lidar.to_se2()
    angle = lidar.beam_angles_rad() + T_home_lidar.yaw_rad
    along = np.arange(lidar.range_min_m, lidar.range_max_m, _STEP_M)
    x = T_home_lidar.x_m + np.cos(angle)[:, None] * along
    y = T_home_lidar.y_m + np.sin(angle)[:, None] * along
    cells = room.spec.cells_rc(np.stack((x, y), axis=-1))
    inside = room.spec.contains(cells)
    row = np.clip(cells[..., 0], 0, room.spec.n_rows - 1)
    col = np.clip(cells[..., 1], 0, room.spec.n_cols - 1)
    is_hit = room.solid[row, col] & inside
    ranges = np.where(is_hit.any(axis=1), along[np.argmax(is_hit, axis=1)], np.inf)
    ranges = ranges + rng.normal(0.0, _NOISE_M, len(ranges))
    scan = LidarScan(0, np.zeros(len(ranges)), ranges, np.zeros((len(ranges), 3)))
    return Deskewer(lidar).step(scan, OdometryScale()).beams_robot


def run_case(case: Case) -> Row:
    """A row of the table."""
    row: Row = {"home": case.name, "seed": case.seed}
    try:
        room, area_m2 = _room(case.path)
    except HomebodyError as problem:
        return row | {"note": str(problem), "skipped": True}
    if not len(room.standing_m):
        return row | {"note": "nowhere to stand", "skipped": True}
    rng = np.random.default_rng(case.seed)
    snapshot = _mapped(room, rng).snapshot()
    found, wrong, errors_m, took_ms = 0, 0, [], []
    for _ in range(_N_CARRIES):
        now = _moved(room, rng)
        start = SE2(*_choice(now.standing_m, rng), float(rng.uniform(-np.pi, np.pi)))
        poses = [start @ step for step in _LOOKS]
        scans = [PosedScan(look(now, p, rng), SE2(5.0, 2.0, 1.0) @ p) for p in poses]
        began_s = time.process_time()
        result = relocalize(snapshot, scans)
        took_ms.append(1e3 * (time.process_time() - began_s))
        if not result.is_believed:
            continue
        here = result.candidates[0].T_map_robot
        turn_rad = abs(wrap_angle(here.yaw_rad - poses[-1].yaw_rad))
        is_right = here.distance_m(poses[-1]) < _FOUND_M and turn_rad < _FOUND_RAD
        found, wrong = found + is_right, wrong + (not is_right)
        errors_m += [here.distance_m(poses[-1])] if is_right else []
    return row | {
        "area_m2": area_m2,
        "carries": _N_CARRIES,
        "found": found,
        "wrong": wrong,
        "unsure": _N_CARRIES - found - wrong,
        "error_m": float(np.mean(errors_m)) if errors_m else float("nan"),
        "ms_median": float(np.median(took_ms)),
        "ms_max": float(np.max(took_ms)),
    }


def _room(path: Path) -> tuple[Room, float]:
    home = load_home(path)
    spec, solid = solid_grid(home, resolution_m=0.025, with_drops=False)
    reachable = reachable_free_area(spec, solid, home.start, default_body().inscribed_radius_m)
    return _standing(spec, solid, reachable), float(reachable.sum() * spec.resolution_m**2)


def _standing(spec: GridSpec, solid: BoolGrid, reachable: BoolGrid) -> Room:
    away_m = cv2.distanceTransform((~solid).astype(np.uint8), cv2.DIST_L2, 5) * spec.resolution_m
    cells = np.argwhere(reachable & (away_m > _CLEARANCE_M))
    return Room(spec, solid, spec.centres_m(cells))


def _mapped(room: Room, rng: np.random.Generator) -> OccupancyMap:
    """A map from places all over the floor."""
    occupancy = OccupancyMap()
    left = room.standing_m
    while len(left):
        here = _choice(left, rng)
        for yaw in rng.uniform(-np.pi, np.pi, 3):
            pose = SE2(*here, float(yaw))
            occupancy.integrate(look(room, pose, rng).transformed(pose))
        left = left[np.hypot(*(left - here).T) > _MAP_SPACING_M]
    return occupancy


def _moved(room: Room, rng: np.random.Generator) -> Room:
    """The room with boxes that were not there before."""
    solid = room.solid.copy()
    for _ in range(_N_MOVED):
        row, col = room.spec.cell_rc(*_choice(room.standing_m, rng))
        half = rng.integers(4, 14, 2)
        solid[max(0, row - half[0]) : row + half[0], max(0, col - half[1]) : col + half[1]] = True
    reachable = np.zeros_like(solid)
    cells = room.spec.cells_rc(room.standing_m)
    reachable[cells[:, 0], cells[:, 1]] = True
    moved = _standing(room.spec, solid, reachable)
    return moved if len(moved.standing_m) else room


def _choice(points_m: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float]:
    x_m, y_m = points_m[int(rng.integers(len(points_m)))]
    return float(x_m), float(y_m)


def run(options: Options) -> int:
    """The whole benchmark."""
    cases = choose(find_cases(options), options.cases, lambda case: case.name)
    rows = run_cases(run_case, cases, options.jobs, "relocalization")
    done = [row for row in rows if not row.get("skipped")]
    carries = sum(row["carries"] for row in done)
    found, wrong = (sum(row[k] for row in done) for k in ("found", "wrong"))
    low, high = wilson_interval(found, carries)
    summary = {
        "homes": float(len(done)),
        "carries": float(carries),
        "found_rate": found / max(1, carries),
        "found_low": low,
        "found_high": high,
        "wrong_rate": wrong / max(1, carries),
        "ms_median": float(np.median([row["ms_median"] for row in done] or [np.nan])),
    }
    targets = [
        Target("found at once", 0.95, summary["found_rate"]),
        Target("believed in a wrong place", 0.0, float(wrong), at_most=True),
        Target("homes", 1.0, float(len(done))),
    ]
    return finish("relocalization", options, rows, _COLUMNS, summary, targets)


if __name__ == "__main__":
    main(run, __doc__ or "")
