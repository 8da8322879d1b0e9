"""Rays and clearances among upright walls, which are segments in the plane; compiled.

Cost: 2 us for a lidar packet, 60 us for a depth frame, 1 us for a clearance, among twenty walls.
"""

from __future__ import annotations

import math

import numpy as np

from homebody.geometry import FloatArray
from navigation.compiled import compiled


def box(x0: float, y0: float, x1: float, y1: float) -> FloatArray:
    """Four walls as segments, shape (4, 2, 2)."""
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)


def ray_ranges(origin: FloatArray, angles: FloatArray, segments: FloatArray) -> FloatArray:
    """Range along each ray to the nearest segment, `inf` without one; shape (N,)."""
    n = len(angles)
    return low_ray_ranges(
        origin, angles, np.zeros(n), 0.0, segments, np.full(len(segments), math.inf)
    )


def rectangle_clearance_m(
    footprint_m: FloatArray, xyt: FloatArray, segments: FloatArray
) -> FloatArray:
    """Exact distance from a rectangle about the origin at poses (J, 3) to segments (M, 2, 2).

    Returns:
        Shape (J,): 0 where they meet, `inf` without segments.
    """
    half_x, half_y = np.abs(footprint_m).max(axis=0).tolist()
    return _clearances(half_x, half_y, xyt, segments)


@compiled
def low_ray_ranges(
    origin: FloatArray,
    angles: FloatArray,
    slopes: FloatArray,
    height_m: float,
    segments: FloatArray,
    heights_m: FloatArray,
) -> FloatArray:
    """Way over ground of each ray to the nearest wall that is high enough to stop it.

    Args:
        origin: Where the rays begin, shape (2,), at `height_m`.
        angles, slopes: Of each ray, and how much it rises a metre of way, shape (N,).
        segments, heights_m: Walls, shape (M, 2, 2), and how high they are, shape (M,).

    Returns:
        Shape (N,); `inf` where there is none.
    """
    ranges = np.full(len(angles), np.inf)
    for i in range(len(angles)):
        dx, dy = math.cos(angles[i]), math.sin(angles[i])
        for k in range(len(segments)):
            ax, ay = segments[k, 0, 0] - origin[0], segments[k, 0, 1] - origin[1]
            ex = segments[k, 1, 0] - segments[k, 0, 0]
            ey = segments[k, 1, 1] - segments[k, 0, 1]
            det = dx * ey - dy * ex
            if det == 0.0:
                continue
            t = (ax * ey - ay * ex) / det
            u = (ax * dy - ay * dx) / det
            if t > 0.0 and 0.0 <= u <= 1.0 and height_m + slopes[i] * t <= heights_m[k]:
                ranges[i] = min(ranges[i], t)
    return ranges


@compiled
def _clearances(half_x: float, half_y: float, xyt: FloatArray, segments: FloatArray) -> FloatArray:
    clearances = np.full(len(xyt), np.inf)
    for j in range(len(xyt)):
        c, s = math.cos(xyt[j, 2]), math.sin(xyt[j, 2])
        for k in range(len(segments)):
            x0, y0 = segments[k, 0, 0] - xyt[j, 0], segments[k, 0, 1] - xyt[j, 1]
            x1, y1 = segments[k, 1, 0] - xyt[j, 0], segments[k, 1, 1] - xyt[j, 1]
            distance = _from_segment(
                half_x, half_y, c * x0 + s * y0, c * y0 - s * x0, c * x1 + s * y1, c * y1 - s * x1
            )
            clearances[j] = min(clearances[j], distance)
    return clearances


@compiled
def _from_segment(
    half_x: float, half_y: float, x0: float, y0: float, x1: float, y1: float
) -> float:
    """Distance of a segment from the box |x| <= half_x, |y| <= half_y."""
    if _crosses(half_x, half_y, x0, y0, x1 - x0, y1 - y0):
        return 0.0
    least = min(_from_box(half_x, half_y, x0, y0), _from_box(half_x, half_y, x1, y1))
    ex, ey = x1 - x0, y1 - y0
    length2 = max(ex * ex + ey * ey, 1e-12)
    for sign_x in (-1.0, 1.0):
        for sign_y in (-1.0, 1.0):
            px, py = sign_x * half_x - x0, sign_y * half_y - y0
            share = min(max((px * ex + py * ey) / length2, 0.0), 1.0)
            least = min(least, math.hypot(px - share * ex, py - share * ey))
    return least


@compiled
def _from_box(half_x: float, half_y: float, x: float, y: float) -> float:
    return math.hypot(max(abs(x) - half_x, 0.0), max(abs(y) - half_y, 0.0))


@compiled
def _crosses(half_x: float, half_y: float, x: float, y: float, ex: float, ey: float) -> bool:
    """Whether the segment from (x, y) along (ex, ey) enters the box: the slab test."""
    first, last = 0.0, 1.0
    for half, at, along in ((half_x, x, ex), (half_y, y, ey)):
        if abs(along) < 1e-12:
            if abs(at) > half:
                return False
            continue
        a, b = (-half - at) / along, (half - at) / along
        first, last = max(first, min(a, b)), min(last, max(a, b))
    return first <= last
