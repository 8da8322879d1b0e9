"""The 6 m x 6 m around the robot: the map, corrected by the newest ranges.

Occupied is what the map holds, what was hit within the last second and what was bumped into, but
not what the newest scan looks through. Things stand where their surfaces are, not in whole cells;
a hit beside a surface is noise of that surface. The window is aligned with the map's cells, so
that one map cell is a whole number of window cells. Cost: 1 ms per call.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray
from homebody.grid import GridSpec
from navigation.mapping.beams import Beams
from navigation.mapping.cell_kernels import fill_window
from navigation.mapping.config import LocalMapConfig
from navigation.mapping.distance import distance_to_things
from navigation.mapping.point_kernels import place_hits, place_walls
from navigation.mapping.see_through import SeeThrough
from navigation.types import NO_SURFACES, LocalMap, MapSnapshot

_NEVER_S = np.float64(-1e18)
_NO_POINTS = np.zeros((0, 2))
_NO_BEAMS = np.zeros(0)
Offset = tuple[int, int]
Things = tuple[NDArray[np.uint8], NDArray[np.float32]]  # kind and offset, see `place_walls`


class LocalMapper:
    """Keeps the hits of the last moment in a window that moves with the robot."""

    def __init__(self, config: LocalMapConfig | None = None) -> None:
        self._config = config or LocalMapConfig()
        shape = (self._config.n_cells, self._config.n_cells)
        self._lidar_until_s = np.full(shape, _NEVER_S)
        self._depth_until_s = np.full(shape, _NEVER_S)
        self._corner: Offset | None = None
        self._see_through: SeeThrough | None = None

    def step(
        self,
        snapshot: MapSnapshot,
        T_map_robot: SE2,
        now_s: float,
        *,
        beams_map: Beams | None = None,
        depth_points_map_m: FloatArray = _NO_POINTS,
        bumps_map_m: FloatArray = _NO_POINTS,
        people_map_m: FloatArray = _NO_POINTS,
        surfaces: NDArray[np.float32] = NO_SURFACES,
    ) -> LocalMap:
        """The window now.

        Args:
            beams_map: The newest scan, None where there is none since the last call.
            depth_points_map_m: Obstacles in the newest depth frame, shape (D, 2).
            bumps_map_m: Where something was touched, shape (B, 2).
            people_map_m: Tracked people (M, 2): hits on them leave no trail.
            surfaces: Weight, x and y of the mean hit of each side and cell of the map, shape
                (3, 4, H, W); where there is none the whole cell counts.

        Raises:
            ValueError: The map's cells are no multiple of the window's.
        """
        spec = self._follow(snapshot, T_map_robot)
        if beams_map is not None:
            self._see_through = SeeThrough(beams_map)
        walls = self._walls(snapshot, spec, surfaces)
        # what the depth camera sees may be low: nothing that the lidar looks over and clears
        aside = (walls[0].copy(), walls[1].copy())
        seen_m = _unexplained(depth_points_map_m, aside, spec)
        self._mark(self._depth_until_s, seen_m, spec, now_s + self._config.memory_s)
        occupied, unknown = self._fill(snapshot, walls[0], spec, now_s)
        if beams_map is not None:
            hits_m = _unexplained(beams_map.hits_m, walls, spec)
            self._mark_hits(occupied, hits_m, people_map_m, spec, now_s)
        self._mark_discs(occupied, bumps_map_m, spec)
        np.greater(unknown, occupied, out=unknown)
        distance_m = distance_to_things(occupied, *walls, spec.resolution_m, self._config.exact_m)
        return LocalMap(spec, occupied, unknown, distance_m)

    # --- the window --------------------------------------------------------------------------

    def _follow(self, snapshot: MapSnapshot, T_map_robot: SE2) -> GridSpec:
        """Move the window's corner to the map cell that centres it on the robot."""
        config, cell_m = self._config, snapshot.spec.resolution_m
        ratio = round(cell_m / config.resolution_m)
        if ratio < 1 or abs(ratio * config.resolution_m - cell_m) > 1e-9:
            raise ValueError(
                f"local map: resolution_m is {config.resolution_m}; "
                f"allowed: a whole part of the map's {cell_m}"
            )
        half_m = 0.5 * config.n_cells * config.resolution_m
        origin_row = round(snapshot.spec.origin_y_m / cell_m)
        origin_col = round(snapshot.spec.origin_x_m / cell_m)
        row, col = snapshot.spec.cell_rc(
            T_map_robot.x_m - half_m + 0.5 * cell_m, T_map_robot.y_m - half_m + 0.5 * cell_m
        )
        corner = ((origin_row + row) * ratio, (origin_col + col) * ratio)
        if self._corner is not None and corner != self._corner:
            shift = (corner[0] - self._corner[0], corner[1] - self._corner[1])
            self._lidar_until_s = _shifted(self._lidar_until_s, shift)
            self._depth_until_s = _shifted(self._depth_until_s, shift)
        self._corner = corner
        return GridSpec(
            snapshot.spec.origin_x_m + col * cell_m,
            snapshot.spec.origin_y_m + row * cell_m,
            config.resolution_m,
            config.n_cells,
            config.n_cells,
        )

    def _walls(
        self, snapshot: MapSnapshot, spec: GridSpec, surfaces: NDArray[np.float32]
    ) -> Things:
        """What the map has in each cell of the window (H, W), and where in it (2, H, W)."""
        corner_rc, ratio = _corner_in(snapshot, spec)
        return place_walls(
            snapshot.cells,
            _is_low(snapshot),
            surfaces,
            corner_rc,
            ratio,
            spec.shape,
            (spec.origin_x_m, spec.origin_y_m),
            spec.resolution_m,
        )

    def _fill(
        self, snapshot: MapSnapshot, wall_kind: NDArray[np.uint8], spec: GridSpec, now_s: float
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Occupied and unknown cells (H, W) by the map, the memory and the newest scan."""
        config, see = self._config, self._see_through
        corner_rc, ratio = _corner_in(snapshot, spec)
        occupied, unknown = fill_window(
            snapshot.cells,
            _is_low(snapshot),
            wall_kind,
            corner_rc,
            ratio,
            self._lidar_until_s,
            self._depth_until_s,
            (now_s, float(_NEVER_S)),
            _NO_BEAMS if see is None else see.bearing_rad,
            _NO_BEAMS if see is None else see.clear_m,
            (
                spec.origin_x_m - (0.0 if see is None else float(see.origin_m[0])),
                spec.origin_y_m - (0.0 if see is None else float(see.origin_m[1])),
                spec.resolution_m,
                config.see_through_range_m,
                config.see_through_margin_m,
            ),
        )
        return occupied.view(np.bool_), unknown.view(np.bool_)

    # --- what is there -----------------------------------------------------------------------

    def _mark_hits(
        self,
        occupied: NDArray[np.bool_],
        hits_m: FloatArray,
        people_map_m: FloatArray,
        spec: GridSpec,
        now_s: float,
    ) -> None:
        """Hits are occupied now and for a moment; those on people now only."""
        cells = spec.cells_rc(hits_m)
        is_inside = spec.contains(cells)
        occupied[cells[is_inside, 0], cells[is_inside, 1]] = True
        if len(people_map_m):
            away = np.linalg.norm(hits_m[:, None] - people_map_m[None], axis=2).min(axis=1)
            is_inside &= away > self._config.person_radius_m
        kept = cells[is_inside]
        self._lidar_until_s[kept[:, 0], kept[:, 1]] = now_s + self._config.memory_s

    def _mark(
        self, until_s: FloatArray, points_m: FloatArray, spec: GridSpec, time_s: float
    ) -> None:
        cells = spec.cells_rc(points_m)
        cells = cells[spec.contains(cells)]
        until_s[cells[:, 0], cells[:, 1]] = time_s

    def _mark_discs(
        self, occupied: NDArray[np.bool_], points_m: FloatArray, spec: GridSpec
    ) -> None:
        if not len(points_m):
            return
        reach = np.arange(-1.0, 1.01, 0.2) * self._config.bump_radius_m
        disc = np.stack(np.meshgrid(reach, reach), axis=-1).reshape(-1, 2)
        disc = disc[np.linalg.norm(disc, axis=1) <= self._config.bump_radius_m]
        cells = spec.cells_rc((points_m[:, None] + disc).reshape(-1, 2))
        cells = cells[spec.contains(cells)]
        occupied[cells[:, 0], cells[:, 1]] = True


def _corner_in(snapshot: MapSnapshot, spec: GridSpec) -> tuple[tuple[int, int], int]:
    """The map's cell at the window's corner, and how many window cells make one of the map's."""
    half_m = 0.5 * spec.resolution_m
    corner_rc = snapshot.spec.cell_rc(spec.origin_x_m + half_m, spec.origin_y_m + half_m)
    return corner_rc, round(snapshot.spec.resolution_m / spec.resolution_m)


def _unexplained(points_m: FloatArray, things: Things, spec: GridSpec) -> FloatArray:
    """The points (N, 2) that are not beside a thing; they are put among the things."""
    points_m = np.ascontiguousarray(points_m, dtype=np.float64)
    corner_m = (spec.origin_x_m, spec.origin_y_m)
    return points_m[place_hits(*things, points_m, corner_m, spec.resolution_m)]


def _is_low(snapshot: MapSnapshot) -> NDArray[np.bool_]:
    low = snapshot.is_low
    return np.zeros(snapshot.cells.shape, dtype=np.bool_) if low is None else low


def _shifted(values: FloatArray, shift: Offset) -> FloatArray:
    """The window moved by whole cells; what comes in was never hit."""
    moved = np.full_like(values, _NEVER_S)
    n = np.array(values.shape)
    s = np.array(shift)
    if (np.abs(s) >= n).any():
        return moved
    to, source = np.maximum(-s, 0), np.maximum(s, 0)
    size = n - np.abs(s)
    moved[to[0] : to[0] + size[0], to[1] : to[1] + size[1]] = values[
        source[0] : source[0] + size[0], source[1] : source[1] + size[1]
    ]
    return moved
