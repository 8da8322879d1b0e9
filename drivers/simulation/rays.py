"""Casts rays into the MuJoCo world from one point, with arrays made once.

Rays see walls, furniture, doors, people and objects, never the robot. MuJoCo's cost is linear in
rays and geoms, so static geoms that no ray can meet are hidden first, and rays that meet the floor
before the nearest solid are not cast at all; the floor is no geom, its distance is closed form.
Cost: 30 us for a packet of 36 rays, 0.1 to 0.3 ms for 768 rays to the floor, among 70 boxes.
"""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.model import (
    GROUP_DOOR,
    GROUP_OBJECT,
    GROUP_PERSON,
    GROUP_STATIC,
    N_GROUPS,
)
from drivers.simulation.view import View
from homebody.geometry import FloatArray

SOLID_GROUPS = (GROUP_STATIC, GROUP_DOOR, GROUP_PERSON, GROUP_OBJECT)


class RayCaster:
    """A fixed number of rays, given in the robot frame, cast from wherever the robot is.

    Args:
        directions_robot: Unit directions, shape (N, 3).
        origin_robot_m: Where the rays start, shape (3,).
        reach_m: How far from the origin, in the plane, a ray can matter, shape (N,); what it meets
            beyond is not looked for if no solid and no pit is nearer. Unlimited by default.
        pits_m: Where a ray reaches farther, rows of (x low, y low, x high, y high), shape (P, 4).
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        directions_robot: FloatArray,
        origin_robot_m: FloatArray,
        range_max_m: float,
        reach_m: FloatArray | None = None,
        pits_m: FloatArray | None = None,
    ) -> None:
        self._model, self._data = model, data
        self._directions = np.asarray(directions_robot, dtype=np.float64).reshape(-1, 3)
        self._origin: list[float] = np.asarray(origin_robot_m, dtype=np.float64).tolist()
        self._cutoff = range_max_m
        self._sort(reach_m)
        n = len(self._rays)
        self._vectors = self._rays.copy()
        self._turn = np.eye(3)
        self._point = np.array([0.0, 0.0, self._origin[2]])
        self._geom = np.zeros(n, dtype=np.int32)
        self._distance = np.zeros(n)
        self._groups: NDArray[np.uint8] = np.zeros(N_GROUPS, dtype=np.uint8)
        self._groups[list(SOLID_GROUPS)] = 1
        pits_m = np.zeros((0, 4)) if pits_m is None else pits_m
        self._view = View(model, data, self._directions, self._origin[2], range_max_m, pits_m)

    def _sort(self, reach_m: FloatArray | None) -> None:
        """The rays that reach farthest come first, so that those to cast lie in one piece."""
        self._order: NDArray[np.intp] | None = None
        self._rays = np.ascontiguousarray(self._directions)
        if reach_m is not None:
            self._order = np.argsort(-reach_m, kind="stable")
            self._rays = np.ascontiguousarray(self._directions[self._order])
            self._minus_reach = -reach_m[self._order]

    @property
    def vectors_home(self) -> FloatArray:
        """Directions of the last cast in the home frame, shape (N, 3)."""
        return np.asarray(self._directions @ self._turn)

    @property
    def point_home_m(self) -> FloatArray:
        """Origin of the last cast in the home frame, shape (3,); overwritten by the next."""
        return self._point

    def cast(self, x_m: float, y_m: float, cos_yaw: float, sin_yaw: float) -> FloatArray:
        """Distance to the first solid [m], shape (N,), `inf` beyond the range; a fresh array."""
        origin, turn = self._origin, self._turn
        turn[0, 0] = turn[1, 1] = cos_yaw
        turn[0, 1], turn[1, 0] = sin_yaw, -sin_yaw
        x_m += cos_yaw * origin[0] - sin_yaw * origin[1]
        y_m += sin_yaw * origin[0] + cos_yaw * origin[1]
        self._point[0], self._point[1] = x_m, y_m
        self._view.hide_what_is_outside(x_m, y_m, cos_yaw, sin_yaw)
        if self._order is None:
            return self._cast_first(len(self._rays))
        nearest_m = self._view.nearest_m(x_m, y_m, cos_yaw, sin_yaw)
        n = int(np.searchsorted(self._minus_reach, -nearest_m, side="right"))
        distance = np.full(len(self._rays), np.inf)
        if n:
            distance[self._order[:n]] = self._cast_first(n)
        return distance

    def _cast_first(self, n: int) -> FloatArray:
        """Distances of the first n rays in the order of casting, shape (n,)."""
        vectors, distance = self._vectors[:n], self._distance[:n]
        np.matmul(self._rays[:n], self._turn, out=vectors)
        mujoco.mj_multiRay(
            self._model,
            self._data,
            self._point,
            vectors.ravel(),
            self._groups,
            1,
            -1,
            self._geom[:n],
            distance,
            None,
            n,
            self._cutoff,
        )
        return np.where((distance < 0.0) | (distance > self._cutoff), np.inf, distance)
