"""Where somebody may step out: edges at which the line of sight ends beside hidden free space.

Rays from the robot are marched through the distance field. Where a ray passes an obstacle and its
neighbour ends at it, the obstacle hides what lies behind; an edge counts where the obstacle is wide
enough to hide a person and the space behind it wide enough to hold one. Equation (35) of
docs/maths/local_planner.md. Cost: 0.15 ms, once per cycle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from navigation.compiled import compiled
from navigation.local_planner.config import BlindConfig
from navigation.local_planner.fields import Field
from navigation.types import Float32Array

_N_RAYS = 240
_STEP_MIN_M = np.float32(0.02)
_HIT_M = np.float32(0.015)
_OUT, _IN = np.float32(0.3), np.float32(0.35)  # behind the edge: along the ray, and aside
_ZERO, _ONE, _TWO, _THREE = np.float32(0.0), np.float32(1.0), np.float32(2.0), np.float32(3.0)


@dataclass(frozen=True, slots=True)
class Occlusions:
    """E edges as rows, shape (E, 5): x, y [m], the line's direction (x, y), weight 0 to 1.

    Coordinates count from the robot's start. The line leads from the edge into the hidden space;
    left of it somebody is hidden (seen along it, the robot stands on its left).
    """

    edges: Float32Array


def find_occlusions(
    distance: Field, config: BlindConfig, unknown: Field | None = None
) -> Occlusions | None:
    """The nearest edges that count, None where there is none.

    What nobody has seen yet is a hazard of its own: it is not counted again (`unknown`, a share).
    """
    values, place = (
        distance.values,
        np.array((distance.per_m, distance.offset_x, distance.offset_y), np.float32),
    )
    reach = np.empty(_N_RAYS, np.float32)
    march(values, place, np.float32(config.sight_m), reach)
    found = np.empty((2 * _N_RAYS, 8), np.float32)
    shape = (config.depth_m, config.cover_m, config.person_room_m, config.sight_m)
    n_found = fill_edges(values, place, reach, np.array(shape, np.float32), found)
    if n_found == 0:
        return None
    rows = found[:n_found]
    if unknown is not None:
        hidden = (rows[:, :2] + rows[:, 6:8]).T
        share = unknown.at(hidden[:1].copy(), hidden[1:].copy())[0]
        rows[:, 4] *= np.clip(1.0 - share, 0.0, 1.0)
        rows = rows[rows[:, 4] > 0.0]
        if not len(rows):
            return None
    nearest = np.argsort(rows[:, 5] - rows[:, 4], kind="stable")[: config.n_edges]
    return Occlusions(np.ascontiguousarray(rows[nearest, :5]))


@compiled
def read(values: Float32Array, place: Float32Array, x: np.float32, y: np.float32) -> np.float32:
    """The nearest cell's value; outside of the grid nothing is near."""
    col, row = int(np.rint(x * place[0] + place[1])), int(np.rint(y * place[0] + place[2]))
    if row < 0 or col < 0 or row >= values.shape[0] or col >= values.shape[1]:
        return np.float32(1e3)
    return np.float32(values[row, col])


@compiled
def march(
    values: Float32Array, place: Float32Array, sight_m: np.float32, reach_m: Float32Array
) -> None:
    """How far rays all around reach, at most as far as one sees, by steps of the distance."""
    n_rays = len(reach_m)
    for i in range(n_rays):
        angle = _TWO * np.float32(math.pi) * np.float32(i) / np.float32(n_rays)
        cos, sin = np.cos(angle), np.sin(angle)
        r = _ZERO
        while r < sight_m:
            free = read(values, place, r * cos, r * sin)
            if free < _HIT_M and r > _STEP_MIN_M:
                break
            r += max(free, _STEP_MIN_M)
        reach_m[i] = min(r, sight_m)


@compiled
def fill_edges(
    values: Float32Array,
    place: Float32Array,
    reach_m: Float32Array,
    shape: Float32Array,
    edges: Float32Array,
) -> int:
    """Edges as rows x, y, direction, weight, distance, way behind; how many there are.

    Args:
        shape: Depth that hides, width that covers, room for a person, sight [m], shape (4,).
    """
    n_rays, n_found = len(reach_m), 0
    step = _TWO * np.float32(math.pi) / np.float32(n_rays)
    for i in range(n_rays):
        for side in (-1, 1):
            near, far = reach_m[(i - side) % n_rays], reach_m[i]
            if far - near < shape[0] or near >= shape[3]:
                continue
            # how wide what covers is, seen from here, without a gap in depth
            width, last, k = _ZERO, near, 2
            while width < shape[1] and k < n_rays // 4:
                this = reach_m[(i - side * k) % n_rays]
                if this - last > shape[0]:
                    break
                width += min(this, last) * step
                last, k = min(this, near + shape[0]), k + 1
            if width < shape[1]:
                continue
            angle = step * np.float32(i)
            cos, sin = np.cos(angle), np.sin(angle)
            x, y = near * cos, near * sin
            # a place behind the cover: further along the ray and to the cover's side
            aside = np.float32(-side) * _IN
            hx, hy = x + _OUT * cos - aside * sin, y + _OUT * sin + aside * cos
            room = read(values, place, hx, hy) / shape[2]
            room = min(max(room, _ZERO), _ONE)
            deep = min((far - near) / shape[0] - _ONE, _ONE)
            weight = room * room * (_THREE - _TWO * room) * max(deep, _ZERO)
            if weight <= _ZERO:
                continue
            # seen along the line from the edge, the robot's side is turned to be the left
            length = np.sqrt((hx - x) * (hx - x) + (hy - y) * (hy - y))
            dx, dy = (hx - x) / length, (hy - y) / length
            turn = _ONE if dy * x - dx * y >= _ZERO else -_ONE
            edges[n_found, 0], edges[n_found, 1] = x, y
            edges[n_found, 2], edges[n_found, 3] = turn * dx, turn * dy
            edges[n_found, 4], edges[n_found, 5] = weight, near
            edges[n_found, 6], edges[n_found, 7] = hx - x, hy - y
            n_found += 1
    return n_found
