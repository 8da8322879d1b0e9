"""What appears before a robot, and a second kind of robot: walls, posts, people, low boxes."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from app.body_config import BodyConfig
from benchmarks.jackal import LIMITS
from homebody.geometry import FloatArray
from homebody.messages import BodyDescription

SHAPES = ("wall", "post", "box", "person", "wedge", "panel", "low box")
_LOW_M = 0.10


def shape_segments(shape: str, rng: np.random.Generator) -> tuple[FloatArray, float]:
    """Segments about the origin, shape (M, 2, 2), and their height."""
    if shape == "wall":
        return _polygon(np.array([[0.0, -1.0], [0.0, 1.0], [0.05, 1.0], [0.05, -1.0]])), 1.0
    if shape == "post":
        return _disc(0.035, 8), 1.0
    if shape == "person":
        return _disc(0.25, 16), 1.0
    if shape == "wedge":
        return _polygon(np.array([[0.0, 0.0], [0.4, -0.25], [0.4, 0.25]])), 1.0
    if shape == "panel":
        half = float(rng.uniform(0.05, 0.3))
        return np.array([[[0.0, -half], [0.0, half]]]), 1.0
    sides = rng.uniform(0.1, 0.5, 2)
    corners = 0.5 * sides * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    return _polygon(corners), _LOW_M if shape == "low box" else 1.0


def _polygon(corners: FloatArray) -> FloatArray:
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)


def _disc(radius_m: float, n: int) -> FloatArray:
    angles = 2.0 * np.pi * np.arange(n) / n
    return _polygon(radius_m * np.stack([np.cos(angles), np.sin(angles)], axis=1))


def jackal_like_body(body: BodyDescription) -> BodyDescription:
    """2 m/s with a lidar of 270 degrees, 720 beams, 40 turns a second, and nothing else."""
    assert body.lidar is not None
    lidar = dataclasses.replace(
        body.lidar,
        n_beams=720,
        n_packets=1,
        rate_hz=40.0,
        fov_rad=1.5 * math.pi,
        range_max_m=10.0,
    )
    limits = BodyConfig(limits=LIMITS).description().limits
    return dataclasses.replace(body, lidar=lidar, limits=limits, depth=None, cliff=None)
