"""How near the footprint polygon comes to obstacles along a trajectory.

Three discs along the body bound the clearance from below; wherever they come near, the polygon's
boundary is read point by point. The result never exceeds the true clearance of the polygon, so a
contact is never missed. Equations (8) and (9) of docs/maths/local_planner.md.
Cost: 0.7 ms for 256 candidates of 31 steps where everything is near.
"""

from __future__ import annotations

import math

import numpy as np

from homebody.geometry import FloatArray
from navigation.local_planner.fields import Field
from navigation.local_planner.footprint_kernels import (
    fill_bounds,
    fill_cells,
    lower_to_exact,
)
from navigation.local_planner.trajectory_space import Rollout
from navigation.types import Float32Array

_CORNER = 0.1  # of a cell's width: distances are to its edge, its corners stand out further


class Footprint:
    """A convex footprint prepared for clearance queries.

    Args:
        polygon_m: Counter-clockwise vertices in the robot frame, shape (P, 2).
        spacing_m: Largest distance between boundary points.
        far_m: Clearances above this are reported as this.
    """

    def __init__(self, polygon_m: FloatArray, spacing_m: float, far_m: float) -> None:
        self.polygon_m = np.asarray(polygon_m, dtype=np.float64)
        self.far_m = far_m
        self.radius_m = float(np.linalg.norm(self.polygon_m, axis=1).max())
        self.normals, self.offsets_m = _half_planes(self.polygon_m)
        boundary = boundary_points(self.polygon_m, spacing_m)
        gaps = np.linalg.norm(np.roll(boundary, -1, axis=0) - boundary, axis=1)
        self._half_gap = np.float32(0.5 * gaps.max())
        self._far = np.float32(far_m)
        self._buffer = np.empty(0, np.float32)
        self._boundary = boundary.astype(np.float32)
        spine = _spine(self.polygon_m)
        inner = (self.offsets_m - spine @ self.normals.T).min(axis=1)
        cover = np.linalg.norm(boundary[:, None] - spine[None], axis=2).min(axis=1).max()
        self._spine = spine.astype(np.float32)
        self._inner = inner.astype(np.float32)
        self._cover = np.float32(cover + 0.5 * gaps.max())

    def discs_m(self) -> FloatArray:
        """Discs within the polygon along its longer axis: x, y, radius, shape (3, 3)."""
        return np.column_stack((self._spine, self._inner)).astype(np.float64)

    def clearance_m(self, rollout: Rollout, distance: Field) -> Float32Array:
        """Clearance (K, T + 1), at most `far_m`; negative: the body overlaps an obstacle."""
        edge = np.float32(_CORNER / distance.per_m)
        place = np.stack([*distance.cells(rollout.x, rollout.y), rollout.cos, rollout.sin])
        place = place.reshape(4, -1)
        clearance, near = np.empty_like(rollout.x), np.empty(rollout.x.size, np.intp)
        spine = self._read(self._spine, place, distance)
        discs = (self._inner, self._cover, edge, self._far)
        n_near = fill_bounds(spine, *discs, clearance.ravel(), near)
        if n_near:
            near = near[:n_near]
            boundary = self._read(self._boundary, place.take(near, axis=1), distance)
            nearest = boundary.min(axis=0)
            lower_to_exact(nearest, near, self._half_gap, edge, clearance.ravel())
        return clearance

    def _read(self, points: Float32Array, place: Float32Array, distance: Field) -> Float32Array:
        """The field at body points (N, 2) carried to places (4, P), shape (N, P).

        The cells lie in a buffer that is kept: new memory would cost as much as filling it.
        """
        shape = (2, len(points), place.shape[1])
        n_numbers = math.prod(shape)
        if self._buffer.size < n_numbers:
            self._buffer = np.empty(n_numbers, np.float32)
        cells = self._buffer[:n_numbers].reshape(shape)
        fill_cells(points * np.float32(distance.per_m), place, cells[0], cells[1])
        return distance.at_cells(cells[0], cells[1])


def boundary_points(polygon_m: FloatArray, spacing_m: float) -> FloatArray:
    """Points on the boundary, vertices among them, at most `spacing_m` apart, shape (N, 2)."""
    edges = np.roll(polygon_m, -1, axis=0) - polygon_m
    parts = np.maximum(np.ceil(np.linalg.norm(edges, axis=1) / spacing_m), 1).astype(np.intp)
    edge = np.repeat(np.arange(len(parts)), parts)
    first = np.repeat(np.cumsum(parts) - parts, parts)
    fraction = (np.arange(len(edge)) - first) / parts[edge]
    return np.asarray(polygon_m[edge] + fraction[:, None] * edges[edge])


def _half_planes(polygon_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Outward unit normals (P, 2) and offsets (P,): inside means normals @ p <= offsets."""
    edges = np.roll(polygon_m, -1, axis=0) - polygon_m
    normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return normals, np.asarray((normals * polygon_m).sum(axis=1))


def _spine(polygon_m: FloatArray) -> FloatArray:
    """Centres (3, 2) of discs along the polygon's longer axis."""
    low, high = polygon_m.min(axis=0), polygon_m.max(axis=0)
    centre, half = 0.5 * (low + high), 0.5 * (high - low)
    reach = np.zeros(2)
    axis = int(np.argmax(half))
    reach[axis] = max(half[axis] - half[1 - axis], 0.0)
    return np.stack([centre - reach, centre, centre + reach])
