"""The inner loops of localization, compiled: each is one plain pass over the beams of a scan.

Their NumPy forms, which say the same more slowly, are kept in the tests as references. Arrays are
C-contiguous and float64 unless said otherwise; nothing is checked here.
Cost: 5 to 30 us each; the first call ever compiles for about a second, then a cache is read.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from navigation.compiled import compiled
from navigation.types import OCCUPIED, UNKNOWN

BoolArray = NDArray[np.bool_]


@compiled
def deskew(
    ranges_m: FloatArray,
    odom_xyt: FloatArray,
    newest: int,
    origin_m: FloatArray,
    directions: FloatArray,
    limits_m: tuple[float, float],
    scale: tuple[float, float],
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Origins (n, 2), ends (n, 2) and hits (n,) of the usable beams, where the robot is at the end.

    Args:
        ranges_m: Shape (N,), with the pose of each beam `odom_xyt` (N, 3); `newest` is the end.
        origin_m: Of the beams in the robot frame, (2,), with their `directions` (N, 2).
        limits_m: Least and most range.
        scale: True over dead-reckoned way and turn.
    """
    n, n_used = len(ranges_m), 0
    origins, ends = np.empty((n, 2)), np.empty((n, 2))
    hits = np.empty(n, dtype=np.bool_)
    c_end, s_end = math.cos(odom_xyt[newest, 2]), math.sin(odom_xyt[newest, 2])
    for i in range(n):
        range_m = ranges_m[i]
        is_hit = range_m <= limits_m[1]
        if not range_m >= limits_m[0]:  # nan is neither
            continue
        if not is_hit and (ranges_m[i - 1] <= limits_m[1] or ranges_m[(i + 1) % n] <= limits_m[1]):
            continue
        dx, dy = odom_xyt[i, 0] - odom_xyt[newest, 0], odom_xyt[i, 1] - odom_xyt[newest, 1]
        x = (c_end * dx + s_end * dy) * scale[0]
        y = (c_end * dy - s_end * dx) * scale[0]
        yaw = (odom_xyt[i, 2] - odom_xyt[newest, 2]) * scale[1]
        c, s = math.cos(yaw), math.sin(yaw)
        length_m = range_m if is_hit else limits_m[1]
        end_x = origin_m[0] + directions[i, 0] * length_m
        end_y = origin_m[1] + directions[i, 1] * length_m
        origins[n_used, 0] = x + c * origin_m[0] - s * origin_m[1]
        origins[n_used, 1] = y + s * origin_m[0] + c * origin_m[1]
        ends[n_used, 0], ends[n_used, 1] = x + c * end_x - s * end_y, y + s * end_x + c * end_y
        hits[n_used] = is_hit
        n_used += 1
    return origins[:n_used], ends[:n_used], hits[:n_used]


@compiled
def normal_equations(
    turned_m: FloatArray, fits: FloatArray, kernel_m: float, scale: float
) -> tuple[FloatArray, FloatArray, int]:
    """Information (3, 3), gradient (3,) and number of surfaces found, at a pose.

    Each hit has two errors: across its surface and, where the surface is a point, along it.

    Args:
        turned_m: From the robot to each hit, in the map's directions, shape (N, 2).
        fits: Of the surfaces at the hits, as from `fit_surfaces`, shape (N, 7).
        kernel_m: Width of the robust kernel.
        scale: Of the weights, one over the variance of a hit [1/m^2].
    """
    information, gradient = np.zeros((3, 3)), np.zeros(3)
    n_found = 0
    for i in range(len(turned_m)):
        dx, dy, nx, ny = fits[i, 0], fits[i, 1], fits[i, 2], fits[i, 3]
        across, along, found = fits[i, 4], fits[i, 5], fits[i, 6]
        if found == 0.0:
            continue
        n_found += 1
        e_across, e_along = nx * dx + ny * dy, nx * dy - ny * dx
        squared = e_across * e_across + along * e_along * e_along
        robust = (kernel_m * kernel_m / (kernel_m * kernel_m + squared)) ** 2 * scale
        tx, ty = turned_m[i, 0], turned_m[i, 1]
        turn_across, turn_along = tx * ny - ty * nx, tx * nx + ty * ny
        for ax, ay, at, error, weight in (
            (nx, ny, turn_across, e_across, robust * across),
            (-ny, nx, turn_along, e_along, robust * along),
        ):
            information[0, 0] += weight * ax * ax
            information[0, 1] += weight * ax * ay
            information[0, 2] += weight * ax * at
            information[1, 1] += weight * ay * ay
            information[1, 2] += weight * ay * at
            information[2, 2] += weight * at * at
            gradient[0] += weight * ax * error
            gradient[1] += weight * ay * error
            gradient[2] += weight * at * error
    information[1, 0] = information[0, 1]
    information[2, 0] = information[0, 2]
    information[2, 1] = information[1, 2]
    return information, gradient, n_found


@compiled
def newton_step(hessian: FloatArray, gradient: FloatArray, most: FloatArray) -> FloatArray:
    """Solution (3,) of a positive definite system (3, 3), each part at most `most` (3,) long."""
    l00 = math.sqrt(hessian[0, 0])
    l10, l20 = hessian[1, 0] / l00, hessian[2, 0] / l00
    l11 = math.sqrt(hessian[1, 1] - l10 * l10)
    l21 = (hessian[2, 1] - l20 * l10) / l11
    l22 = math.sqrt(hessian[2, 2] - l20 * l20 - l21 * l21)
    a = gradient[0] / l00
    b = (gradient[1] - l10 * a) / l11
    c = (gradient[2] - l20 * a - l21 * b) / l22
    step = np.empty(3)
    step[2] = c / l22
    step[1] = (b - l21 * step[2]) / l11
    step[0] = (a - l10 * step[1] - l20 * step[2]) / l00
    for k in range(3):
        step[k] = min(max(step[k], -most[k]), most[k])
    return step


@compiled
def count_explained(
    origins_m: FloatArray,
    ends_m: FloatArray,
    is_hit: BoolArray,
    is_near: BoolArray,
    cells: NDArray[np.uint8],
    origin_x_m: float,
    origin_y_m: float,
    resolution_m: float,
    step_m: float,
    margin_m: float,
) -> tuple[int, int]:
    """How many beams (N, 2) a map explains, and of how many; `is_near` ends at a surface, (N,).

    Args:
        cells: Classes, shape (H, W); the outermost are unknown.
        step_m: Between samples along a beam; up to `margin_m` before its end.
    """
    n_rows, n_cols = cells.shape
    n_explained, n_judged = 0, 0
    for i in range(len(is_hit)):
        x, y = origins_m[i, 0], origins_m[i, 1]
        dx, dy = ends_m[i, 0] - x, ends_m[i, 1] - y
        range_m = math.hypot(dx, dy)
        dx, dy = dx / max(range_m, 1e-9), dy / max(range_m, 1e-9)
        is_pierced = False
        k = 1
        while k * step_m < range_m - margin_m and not is_pierced:
            row = math.floor((y + dy * (k * step_m) - origin_y_m) / resolution_m)
            col = math.floor((x + dx * (k * step_m) - origin_x_m) / resolution_m)
            if 0 <= row < n_rows and 0 <= col < n_cols:
                is_pierced = cells[row, col] == OCCUPIED
            k += 1
        row = math.floor((ends_m[i, 1] - origin_y_m) / resolution_m)
        col = math.floor((ends_m[i, 0] - origin_x_m) / resolution_m)
        inside = 0 <= row < n_rows and 0 <= col < n_cols
        is_known = inside and cells[row, col] != UNKNOWN
        if is_hit[i] and is_near[i] and not is_pierced:
            n_explained += 1
        if is_pierced or (is_hit[i] and (is_near[i] or is_known)):
            n_judged += 1
    return n_explained, n_judged


@compiled
def in_company(points_m: FloatArray, reach_m: float) -> BoolArray:
    """Which points (N, 2 or more) have another one within reach in the plane, (N,).

    Neighbours in the frame are neighbours in the array, so the search begins there.
    """
    n = len(points_m)
    has_company = np.zeros(n, dtype=np.bool_)
    for i in range(n):
        for k in range(1, n):
            j = (i + k) % n
            dx, dy = points_m[j, 0] - points_m[i, 0], points_m[j, 1] - points_m[i, 1]
            if dx * dx + dy * dy <= reach_m * reach_m:
                has_company[i] = True
                break
    return has_company


@compiled
def depth_points(ranges_m: FloatArray, rays: FloatArray, origin_m: FloatArray) -> FloatArray:
    """Points (n, 3) of the valid ranges (P,) along rays (P, 3).

    A range that is not finite or not positive is left out.
    """
    points, n = np.empty((len(ranges_m), 3)), 0
    for i in range(len(ranges_m)):
        range_m = ranges_m[i]
        if not (range_m > 0.0 and range_m < math.inf):
            continue
        x, y = origin_m[0] + rays[i, 0] * range_m, origin_m[1] + rays[i, 1] * range_m
        points[n, 0], points[n, 1], points[n, 2] = x, y, origin_m[2] + rays[i, 2] * range_m
        n += 1
    return points[:n]
