"""A toy of a home and of a lidar: rooms as rectangles, rays on a grid, a robot that is carried."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np

from homebody.geometry import SE2
from homebody.grid import GridSpec
from navigation.exploration.explorer import next_viewpoint
from navigation.exploration.memory import ExplorationMemory
from navigation.exploration.request import ExplorationRequest
from navigation.global_planner.planner import plan
from navigation.global_planner.request import GlobalPlanRequest
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot

RESOLUTION_M = 0.05
RADIUS_M = 0.125


def raster(width_m, height_m, solids):
    """Free space of a walled rectangle with solid boxes (x0, y0, x1, y1) [m] in it, (H, W)."""
    free = np.zeros((round(height_m / RESOLUTION_M), round(width_m / RESOLUTION_M)), dtype=bool)
    free[1:-1, 1:-1] = True
    for x0, y0, x1, y1 in solids:
        r0, r1, c0, c1 = (round(v / RESOLUTION_M) for v in (y0, y1, x0, x1))
        free[r0 : max(r1, r0 + 1), c0 : max(c1, c0 + 1)] = False
    return free


@dataclass
class ToyWorld:
    """The truth, and the map as far as it has been seen; a border of 2 m lies round the home."""

    free: np.ndarray
    seed: int = 0
    border: int = 40
    cells: np.ndarray = field(init=False)
    revision: int = 0

    def __post_init__(self):
        self.free = np.pad(self.free, self.border)
        self.cells = np.full(self.free.shape, UNKNOWN, dtype=np.uint8)
        self.spec = GridSpec(
            -self.border * RESOLUTION_M, -self.border * RESOLUTION_M, RESOLUTION_M, *self.free.shape
        )
        self.rng = np.random.default_rng(self.seed)

    def scan(self, xy_m, n_beams=360, free_range_m=5.0, hit_range_m=6.5):
        """See as the robot's lidar does: beams free cells to 5 m and mark hits."""
        step = 0.6 * RESOLUTION_M
        angle = 2 * np.pi * (np.arange(n_beams) + self.rng.random()) / n_beams
        reach = np.arange(1, round(hit_range_m / step) + 1) * step
        points = (
            np.array(xy_m)
            + reach[None, :, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)[:, None]
        )
        rc = self.spec.cells_rc(points)
        inside = self.spec.contains(rc)
        np.clip(rc, 0, np.array(self.spec.shape) - 1, out=rc)
        is_wall = ~self.free[rc[..., 0], rc[..., 1]] | ~inside
        hit = np.where(is_wall.any(axis=1), is_wall.argmax(axis=1), len(reach))
        before = np.arange(len(reach)) < hit[:, None]
        seen = rc[before & (reach <= free_range_m)]
        self.cells[seen[:, 0], seen[:, 1]] = FREE
        beams = np.flatnonzero(hit < len(reach))
        ends = rc[beams, hit[beams]]
        self.cells[ends[:, 0], ends[:, 1]] = OCCUPIED
        own = self.spec.cell_rc(*xy_m)
        self.cells[own] = FREE
        self.revision += 1

    def snapshot(self):
        return MapSnapshot(self.spec, self.cells.copy(), self.revision)

    def reachable_area(self, xy_m):
        """Cells that the centre can reach at the inscribed radius, widened by it."""
        distance = cv2.distanceTransform(self.free.astype(np.uint8), cv2.DIST_L2, 5) * RESOLUTION_M
        _, label = cv2.connectedComponents((distance >= RADIUS_M).astype(np.uint8), connectivity=4)
        centre = (label == label[self.spec.cell_rc(*xy_m)]).astype(np.uint8)
        reach = math.floor(RADIUS_M / RESOLUTION_M)
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        return (cv2.dilate(centre, disc) > 0) & self.free

    def coverage(self, area):
        return float((self.cells[area] == FREE).mean())


@dataclass
class Tour:
    """What an exploration was like."""

    viewpoints: list
    track: list
    length_m: float
    coverage: float
    is_done: bool
    memory: ExplorationMemory
    shares: list
    reached_m: dict
    gave_up: int = 0
    told_s: list = field(default_factory=list)
    at_m: list = field(default_factory=list)


def explore(world, start_xy, most_looks=80, drive_step_m=0.25, decide_every_m=1.0, **settings):
    """Carry a robot from viewpoint to viewpoint along planned paths, looking as it goes."""
    area = world.reachable_area(start_xy)
    here = np.array(start_xy, dtype=float)
    world.scan(here)
    memory = ExplorationMemory()
    tour = Tour([], [here], 0.0, 0.0, False, memory, [], {})
    target = None
    for _ in range(20 * most_looks):
        decision = next_viewpoint(
            ExplorationRequest(
                world.snapshot(),
                SE2(*here, 0.0),
                inscribed_radius_m=RADIUS_M,
                target_map_m=target,
                looked_from_map_m=memory.looked_from_map_m,
                blacklist_map_m=memory.blacklist_map_m,
                **settings,
            )
        )
        tour.shares.append(decision.explored_share)
        tour.told_s.append(decision.time_left_s)
        tour.at_m.append(tour.length_m)
        if decision.is_done or len(tour.viewpoints) >= most_looks:
            tour.is_done = decision.is_done
            break
        target = decision.viewpoint_map_m
        found = plan(
            GlobalPlanRequest(world.snapshot(), SE2(*here, 0.0), target, goal_tolerance_m=0.1)
        )
        if not found.is_found:
            memory = memory.after_failure(decision, world.snapshot())
            tour.gave_up += 1
            continue
        points = _spaced(found.path_map_m, drive_step_m)
        points = points[: round(decide_every_m / drive_step_m) + 1]
        for point in points[1:]:
            tour.length_m += float(np.linalg.norm(point - here))
            here = point
            world.scan(here)
            tour.track.append(here)
        share = world.coverage(area)
        for level in (0.9, 0.95, 0.99):
            if share >= level:
                tour.reached_m.setdefault(level, tour.length_m)
        if np.linalg.norm(here - found.goal_map_m) < 0.1:
            tour.viewpoints.append(target)
            memory = memory.after_look(decision)
            target = None
    tour.memory = memory
    tour.coverage = world.coverage(area)
    return tour


def _spaced(path_m, spacing_m):
    leg_m = np.linalg.norm(np.diff(path_m, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(leg_m)])
    at = np.arange(0.0, along[-1], spacing_m)
    at = np.append(at, along[-1])
    return np.stack([np.interp(at, along, path_m[:, axis]) for axis in (0, 1)], axis=1)
