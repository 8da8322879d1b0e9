"""How far the exact footprint can go along a commanded motion before it touches a point.

The convex footprint is a set of half-planes, so its distance to N points from J poses is one matrix
product. A clearance that is small already may stay so, but not shrink much further: whatever
increases it is free, which is what guarantees the way out.
Cost: about 60 us for 15 poses and 200 points.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE2, FloatArray
from homebody.messages import Command

# The share of a clearance below the margin that must be kept.
_SHARE_KEPT = 0.8
# So far inside the footprint a wall alongside may seem to be, by noise alone.
_NOISE_M = 0.005
_TOLERANCE_M = 1e-3
# The share of its way by which a motion must lead away from a drop to count as leaving it.
_LEAVING_SHARE = 0.1
_WHEEL_OVER_M = 1.0  # deep enough to count in any case


class Kind(IntEnum):
    """What a point is."""

    OBSTACLE = 0
    DROP = 1
    BUMP = 2


@dataclass(frozen=True, slots=True)
class Path:
    """Poses in the odometry frame and the way travelled to each of them.

    Attributes:
        xyt: x, y [m] and yaw [rad] as rows, shape (3, J).
        travel_m: Way of the footprint's farthest corner, shape (J,).
    """

    xyt: FloatArray
    travel_m: FloatArray


@dataclass(frozen=True, slots=True)
class Contact:
    """The first touch along a path: the way to it (`inf`: none) and the point's index (-1)."""

    travel_m: float
    point: int
    clearance_m: float


@dataclass(frozen=True, slots=True)
class Braking:
    """What the wheels do now, and how fast they can shed it."""

    speed_m_s: float
    yaw_rate_rad_s: float
    decel_m_s2: float
    yaw_decel_rad_s2: float


@dataclass(frozen=True, slots=True)
class Wheels:
    """On an axle through the body's origin: how far to the outer side of each, and their radius."""

    half_axle_m: float
    radius_m: float


class FootprintPlanes:
    """Half-planes ``normal . p <= offset`` of a convex polygon, its corners bevelled.

    `normals` has shape (E, 2), `offsets_m` (E,). Without the bevels the distance beyond a sharp
    corner would be far too small; with them it is at most 8 % too small for a rectangle.
    """

    def __init__(self, footprint_m: FloatArray) -> None:
        edges = np.roll(footprint_m, -1, axis=0) - footprint_m
        normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        bevels = normals + np.roll(normals, 1, axis=0)
        bevels /= np.linalg.norm(bevels, axis=1, keepdims=True)
        self.normals = np.concatenate([normals, bevels])
        self.offsets_m = np.sum(self.normals * np.tile(footprint_m, (2, 1)), axis=1)
        self.radius_m = float(np.max(np.linalg.norm(footprint_m, axis=1)))

    def distances_m(self, xyt: FloatArray, points_m: FloatArray) -> FloatArray:
        """Signed distance (negative inside) from each pose (3, J) to each point (N, 2): (J, N)."""
        x, y, yaw = xyt[:, :, None]
        c, s = np.cos(yaw), np.sin(yaw)
        nx, ny = self.normals[:, 0], self.normals[:, 1]
        turned = np.empty((len(x), len(nx), 2))  # the normals at each pose
        turned[..., 0] = c * nx - s * ny
        turned[..., 1] = s * nx + c * ny
        shift = turned[..., 0] * x + turned[..., 1] * y + self.offsets_m
        beyond = turned.reshape(-1, 2) @ points_m.T
        beyond -= shift.reshape(-1, 1)
        return np.asarray(beyond.reshape(len(x), len(nx), -1).max(axis=1))

    def reach_m(self, direction: FloatArray) -> FloatArray:
        """Distance from the origin to the outline along unit directions (N, 2), shape (N,)."""
        towards = direction @ self.normals.T
        with np.errstate(divide="ignore"):
            ways = np.where(towards > 1e-9, self.offsets_m / towards, np.inf)
        return np.asarray(ways.min(axis=1))


def commanded_path(
    T_odom_robot: SE2,
    command: Command | None,
    twist: tuple[float, float],
    *,
    braking: Braking | None = None,
    start_s: float,
    horizon_s: float,
    n_steps: int,
    radius_m: float,
) -> Path:
    """The motion that a command asks for, from a pose on; without one, a constant twist.

    What the wheels do beyond the command they shed no faster than in full braking, eq. (11).

    Beyond the command's end its last twist is kept up: the body cannot stop at once. Travel counts
    the way of the footprint's farthest corner, at `radius_m`, so that turning in place counts too.
    """
    dt_s = horizon_s / n_steps
    if command is None:
        speed, yaw_rate = np.full(n_steps, twist[0]), np.full(n_steps, twist[1])
    else:
        t = (start_s - command.start_time_s) + (np.arange(n_steps) + 0.5) * dt_s
        speed = np.interp(t, command.time_s, command.speed_m_s)
        yaw_rate = np.interp(t, command.time_s, command.yaw_rate_rad_s)
    if braking is not None:
        times_s: FloatArray = np.arange(1.0, n_steps + 1.0) * dt_s
        speed = _shed(speed, braking.speed_m_s, braking.decel_m_s2 * times_s)
        yaw_rate = _shed(yaw_rate, braking.yaw_rate_rad_s, braking.yaw_decel_rad_s2 * times_s)
    yaw = yaw_rate.cumsum() * dt_s + T_odom_robot.yaw_rad
    middle = yaw - (0.5 * dt_s) * yaw_rate
    steps = np.zeros((3, n_steps + 1))
    steps[0, 1:] = speed * np.cos(middle)
    steps[1, 1:] = speed * np.sin(middle)
    steps[2, 1:] = np.abs(speed) + radius_m * np.abs(yaw_rate)
    steps = steps.cumsum(axis=1)
    steps *= dt_s
    travel = steps[2].copy()
    steps[0] += T_odom_robot.x_m
    steps[1] += T_odom_robot.y_m
    steps[2, 0] = T_odom_robot.yaw_rad
    steps[2, 1:] = yaw
    return Path(steps, travel)


def free_from_drops(
    distances_m: FloatArray, path: Path, points_m: FloatArray, is_drop: NDArray[np.bool_]
) -> None:
    """A drop may come under the body's rim where the wheels clearly leave it; in place.

    A drop is nothing to bump into: what counts is the way to the body's middle, where the wheels
    are. Judged by the rim alone, leaving an edge on an arc would be refused.
    """
    drops = np.flatnonzero(is_drop)
    if drops.size:
        to = points_m[drops].T[:, None] - path.xyt[:2, :, None]
        radius_m = np.hypot(to[0], to[1])
        gained_m = radius_m - radius_m[0] - _LEAVING_SHARE * path.travel_m[:, None]
        leaving_m = distances_m[0, drops] + gained_m
        distances_m[:, drops] = np.maximum(distances_m[:, drops], leaving_m)


def keep_wheels_off_drops(
    distances_m: FloatArray,
    path: Path,
    points_m: FloatArray,
    is_drop: NDArray[np.bool_],
    wheels: Wheels,
) -> None:
    """No wheel comes nearer to a drop than its radius, or nearer still where it is so; in place.

    A drop under the rim may pass along the body's side without nearing the rim, as when the robot
    drives along an edge, and yet lie where a wheel will be. Equation (14).
    """
    drops = np.flatnonzero(is_drop)
    if drops.size:
        x, y, yaw = path.xyt[:, :, None]
        to_x, to_y = points_m[drops, 0] - x, points_m[drops, 1] - y
        along = np.abs(np.cos(yaw) * to_x + np.sin(yaw) * to_y)
        aside = np.abs(np.cos(yaw) * to_y - np.sin(yaw) * to_x)
        off_m = np.hypot(along, np.maximum(aside - wheels.half_axle_m, 0.0)) - wheels.radius_m
        is_over = off_m < np.minimum(off_m[0], 0.0) - _TOLERANCE_M
        distances_m[:, drops] = np.where(is_over, -_WHEEL_OVER_M, distances_m[:, drops])


def _slack_of_gain(
    slacks_m: FloatArray, distances_m: FloatArray, is_seen: NDArray[np.bool_]
) -> FloatArray:
    """Slack at each pose, shape (J,), where deep noise counts: to gain clearance is always free."""
    nearest_m = distances_m[:, is_seen].min(axis=1)
    of_seen = np.maximum(slacks_m[:, is_seen].min(axis=1), nearest_m - nearest_m[0])
    of_felt = np.min(slacks_m, axis=1, where=~is_seen, initial=np.inf)
    return np.asarray(np.minimum(of_seen, of_felt))


def _shed(wanted: FloatArray, now: float, change: FloatArray) -> FloatArray:
    if now > 0.0:
        return np.maximum(wanted, now - change)
    return np.minimum(wanted, now + change) if now < 0.0 else wanted


def first_contact(
    distances_m: FloatArray, travel_m: FloatArray, is_seen: NDArray[np.bool_], margin_m: float
) -> Contact:
    """Where along a path the first point comes closer than it may.

    The clearance as a whole may shrink to the margin, and where it is less already, hardly at all.
    A point that was felt (a touch, a drop) counts for itself: it may lie inside the footprint, and
    that is no licence for all the others.

    Args:
        distances_m: From each pose to each point, shape (J, N), N > 0.
        travel_m: Way to each pose, shape (J,).
        is_seen: Which points a range sensor measured, shape (N,); the others were felt.
        margin_m: Wanted clearance.
    """
    now_m = distances_m[0]
    clearance_m = float(now_m.min())
    seen_m = float(np.min(now_m, where=is_seen, initial=np.inf))
    whole_m = _SHARE_KEPT * seen_m if seen_m > 0.0 else max(seen_m, -_NOISE_M)
    allowed_m = np.minimum(now_m, _SHARE_KEPT * now_m)
    allowed_m = np.minimum(min(margin_m, whole_m), allowed_m) - _TOLERANCE_M
    slacks_m = distances_m - allowed_m
    slack_m = slacks_m.min(axis=1)
    if seen_m < -_NOISE_M and slack_m.min() < 0.0:
        slack_m = _slack_of_gain(slacks_m, distances_m, is_seen)
    touching = np.flatnonzero(slack_m < 0.0)
    if touching.size == 0:
        return Contact(float("inf"), -1, clearance_m)
    j = int(touching[0])
    share = slack_m[j - 1] / (slack_m[j - 1] - slack_m[j])
    way_m = float(travel_m[j - 1] + share * (travel_m[j] - travel_m[j - 1]))
    return Contact(way_m, int(np.argmin(distances_m[j] - allowed_m)), clearance_m)
