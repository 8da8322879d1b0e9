"""Which solids a bundle of rays may meet, and how near the nearest of them can be.

Every solid is an upright box here. A point of it in the bundle's sector is at least as far away as
the box, and as the line through a face of the box along the sector's direction nearest to the
face's normal; the largest of these bounds counts. Static solids are judged again only when the
robot has moved, with a margin for it. Cost: 2 us, 50 us after a move, 15 us for what moves itself.
"""

from __future__ import annotations

import math

import mujoco
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.model import (
    GROUP_DOOR,
    GROUP_HIDDEN,
    GROUP_OBJECT,
    GROUP_PERSON,
    GROUP_STATIC,
)
from homebody.geometry import FloatArray

_MARGIN_M = 0.06
_MARGIN_RAD = 0.12
_EPSILON_M = 1e-6


class View:
    """The solids of a model as seen by a bundle of rays.

    Args:
        rays: Directions in the robot frame, shape (N, 3).
        height_m: Height of their common origin.
        pits_m: Where the floor is open, rows of (x low, y low, x high, y high), shape (P, 4); in
            the nearest distance they count as solids.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        rays: FloatArray,
        height_m: float,
        range_max_m: float,
        pits_m: FloatArray,
    ) -> None:
        mujoco.mj_kinematics(model, data)
        group = model.geom_group
        static = np.flatnonzero(np.isin(group, (GROUP_STATIC, GROUP_HIDDEN)))
        self._slot = _as_slice(static)
        self._group = group
        self._range_max_m = range_max_m
        self._middle_rad, self._half_rad = _sector(rays)
        is_met = ~_is_over_or_under(model, data, static, rays, height_m)
        self._met = np.flatnonzero(is_met)
        low, high = pits_m[:, :2], pits_m[:, 2:]
        met = static[self._met]
        self._half_m = np.concatenate([_half_sizes(model, met), (high - low).T / 2.0], axis=1)
        self._half_m += _MARGIN_M + _EPSILON_M
        self._xy = np.concatenate([data.geom_xpos[met, :2], (low + high) / 2.0])
        upright = np.tile(np.eye(3).ravel(), (len(pits_m), 1))
        self._normals = _normals(np.concatenate([data.geom_xmat[met], upright]))
        moving = np.flatnonzero(np.isin(group, (GROUP_DOOR, GROUP_PERSON, GROUP_OBJECT)))
        self._moving = moving
        self._moving_half_m = _half_sizes(model, moving) + _EPSILON_M
        self._geom_xpos, self._geom_xmat = data.geom_xpos, data.geom_xmat
        self._judged = (math.inf, math.inf, 1.0, 0.0)
        self._groups = np.full(len(static), GROUP_HIDDEN, dtype=group.dtype)
        self._nearest_static_m = 0.0

    def hide_what_is_outside(self, x_m: float, y_m: float, cos_yaw: float, sin_yaw: float) -> None:
        """Put static geoms that no ray from here can meet into the hidden group."""
        x0, y0, cos0, sin0 = self._judged
        if (
            math.hypot(x_m - x0, y_m - y0) > _MARGIN_M
            or cos_yaw * cos0 + sin_yaw * sin0 < _MARGIN_COS
        ):
            self._judge(x_m, y_m, cos_yaw, sin_yaw)
        self._group[self._slot] = self._groups

    def nearest_m(self, x_m: float, y_m: float, cos_yaw: float, sin_yaw: float) -> float:
        """No solid in the sector is nearer, in the plane; after `hide_what_is_outside`."""
        if not len(self._moving):
            return self._nearest_static_m
        bound_m = _nearest_bounds(
            self._geom_xpos[self._moving, :2] - (x_m, y_m),
            _normals(self._geom_xmat[self._moving]),
            self._moving_half_m,
            _edges(math.atan2(sin_yaw, cos_yaw) + self._middle_rad, self._half_rad),
        )
        return min(self._nearest_static_m, float(bound_m.min()))

    def _judge(self, x_m: float, y_m: float, cos_yaw: float, sin_yaw: float) -> None:
        self._judged = (x_m, y_m, cos_yaw, sin_yaw)
        bound_m = _nearest_bounds(
            self._xy - (x_m, y_m),
            self._normals,
            self._half_m,
            _edges(math.atan2(sin_yaw, cos_yaw) + self._middle_rad, self._half_rad + _MARGIN_RAD),
        )
        is_seen = bound_m[: len(self._met)] <= self._range_max_m
        self._groups[self._met] = np.where(is_seen, GROUP_STATIC, GROUP_HIDDEN)
        self._nearest_static_m = float(bound_m.min(initial=math.inf))


_MARGIN_COS = math.cos(_MARGIN_RAD)


def _nearest_bounds(
    away_m: FloatArray, normals: FloatArray, half_m: FloatArray, edges: FloatArray
) -> FloatArray:
    """Lower bounds of the distance to boxes' parts within a sector, shape (B,).

    Args:
        away_m: From the sector's tip to the boxes' centres, shape (B, 2).
        normals: Of the boxes' ends, then of their sides, shape (2, B, 2).
        half_m: Half lengths, then half widths, shape (2, B).
        edges: The sector's middle, left and right directions and, below, (cosine of its half
            width, 0, 0), shape (3, 3).
    """
    along = normals[..., 0] * away_m[:, 0] + normals[..., 1] * away_m[:, 1]
    over = np.maximum(np.abs(along) - half_m, 0.0)
    towards = (normals @ edges[:2]) * np.where(along < 0.0, -1.0, 1.0)[..., None]
    most = np.maximum(towards[..., 1], towards[..., 2])
    most[towards[..., 0] >= edges[2, 0]] = 1.0
    # A face that the whole sector turns away from comes out as very far.
    ahead = over / np.maximum(most, 1e-9)
    bound_m = np.hypot(over[0], over[1])
    return np.asarray(np.maximum(bound_m, np.maximum(ahead[0], ahead[1])))


def _normals(xmat: FloatArray) -> FloatArray:
    """Directions in the plane of the x and y axes of upright geoms (B, 9), shape (2, B, 2)."""
    return np.stack([xmat[:, [0, 3]], xmat[:, [1, 4]]])


def _edges(middle_rad: float, half_rad: float) -> FloatArray:
    """A sector as `_nearest_bounds` takes it, shape (3, 3)."""
    half_rad = min(half_rad, math.pi)
    angles = (middle_rad, middle_rad + half_rad, middle_rad - half_rad)
    cosines, sines = [math.cos(a) for a in angles], [math.sin(a) for a in angles]
    return np.array([cosines, sines, (math.cos(half_rad), 0.0, 0.0)])


def _sector(rays: FloatArray) -> tuple[float, float]:
    """Middle direction and half width of a bundle, in the plane; all round for steep rays."""
    flat = np.hypot(rays[:, 0], rays[:, 1])
    mean = rays[:, :2].mean(axis=0)
    if flat.min() < 0.05 or np.hypot(mean[0], mean[1]) < 0.05:
        return 0.0, math.pi
    middle = math.atan2(mean[1], mean[0])
    angles = np.arctan2(rays[:, 1], rays[:, 0]) - middle
    angles = (angles + np.pi) % (2.0 * np.pi) - np.pi
    return middle, float(np.abs(angles).max())


def _half_sizes(model: mujoco.MjModel, geoms: NDArray[np.intp]) -> FloatArray:
    """Half lengths and widths of upright geoms, shape (2, B)."""
    size = model.geom_size[geoms]
    is_box = model.geom_type[geoms] == mujoco.mjtGeom.mjGEOM_BOX
    return np.stack([size[:, 0], np.where(is_box, size[:, 1], size[:, 0])])


def _is_over_or_under(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    geoms: NDArray[np.intp],
    rays: FloatArray,
    height_m: float,
) -> NDArray[np.bool_]:
    """Which static geoms lie above rays that never rise, or below rays that never sink."""
    size = model.geom_size[geoms]
    is_box = model.geom_type[geoms] == mujoco.mjtGeom.mjGEOM_BOX
    half_m = np.where(is_box, size[:, 2], size[:, 1])
    z = data.geom_xpos[geoms, 2]
    is_outside = np.zeros(len(geoms), dtype=np.bool_)
    if rays[:, 2].max() <= 1e-9:
        is_outside |= z - half_m > height_m + _EPSILON_M
    if rays[:, 2].min() >= -1e-9:
        is_outside |= z + half_m < height_m - _EPSILON_M
    return is_outside


def _as_slice(geoms: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """The same geoms as a slice where they lie in one piece."""
    if len(geoms) and geoms[-1] - geoms[0] == len(geoms) - 1:
        return slice(int(geoms[0]), int(geoms[-1]) + 1)
    return geoms
