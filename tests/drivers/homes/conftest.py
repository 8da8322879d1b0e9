"""Small home files that the tests make themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

SMALL_TOML = """
name = "two rooms"
dock = { x_m = 0.5, y_m = 1.5, yaw_deg = 0.0 }
start = { x_m = 1.0, y_m = 1.5, yaw_deg = 90.0 }

[[walls]]
points_m = [[0.0, 0.0], [6.0, 0.0], [6.0, 3.0], [0.0, 3.0]]
is_closed = true

[[walls]]
points_m = [[3.0, 0.0], [3.0, 3.0]]

[[doors]]
name = "middle door"
hinge_m = [3.0, 1.9]
latch_m = [3.0, 1.0]

[[rooms]]
name = "west"
rectangle_m = [0.05, 0.05, 2.95, 2.95]

[[rooms]]
name = "east"
outline_m = [[3.05, 0.05], [5.95, 0.05], [5.95, 2.95], [3.05, 2.95]]

[[boxes]]
name = "chest"
rectangle_m = [5.0, 2.0, 5.5, 2.5]
z_high_m = 0.4

[[tables]]
name = "table"
center_m = [4.5, 0.8]
size_m = [1.0, 0.6]

[[rounds]]
name = "plant"
center_m = [0.4, 2.6]
radius_m = 0.2
z_high_m = 1.0

[[drops]]
rectangle_m = [5.5, 0.05, 5.95, 0.5]

[[people]]
name = "Ada"
waypoints_m = [[1.0, 1.0], [2.0, 2.0]]
"""


@pytest.fixture
def small_toml(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL_TOML)
    return path


def plan_pixels() -> np.ndarray:
    """A picture of 4.5 x 3.5 m at 1 cm, border 25 px: an L whose missing quarter is upper right."""
    picture = np.zeros((350, 450), dtype=np.uint8)
    picture[25:325, 25:425] = 255
    picture[25:175, 225:425] = 0
    return picture


@pytest.fixture
def plan_png(tmp_path: Path) -> Path:
    path = tmp_path / "plan.png"
    cv2.imwrite(str(path), plan_pixels())
    return path


def valetudo_map(**changes: Any) -> dict[str, Any]:
    """A floor of 60 x 40 pixels whose upper left (x 100, y 200) is cut by a wall row below it."""
    floor = [v for y in range(200, 240) for v in (100, y, 60)]
    return {
        "__class": "ValetudoMap",
        "metaData": {"version": 2},
        "size": {"x": 4000, "y": 4000},
        "pixelSize": 5,
        "layers": [
            {
                "type": "segment",
                "metaData": {"segmentId": "17"},
                "pixels": [],
                "compressedPixels": floor[: 3 * 20],
            },
            {
                "type": "segment",
                "metaData": {"segmentId": "4", "name": "Küche "},
                "pixels": [],
                "compressedPixels": floor[3 * 20 :],
            },
            {"type": "wall", "metaData": {}, "pixels": [100, 210, 101, 210]},
        ],
        "entities": [
            {"type": "charger_location", "points": [650, 1150], "metaData": {"angle": 90}},
            {"type": "robot_position", "points": [700, 1100], "metaData": {"angle": 0}},
        ],
    } | changes


def write_json(folder: Path, data: Any, name: str = "map.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(data))
    return path


def write_ros_map(folder: Path, picture: np.ndarray, **changes: Any) -> Path:
    """A ROS map of a picture, row 0 on top."""
    cv2.imwrite(str(folder / "map.pgm"), picture)
    fields = {
        "image": "map.pgm",
        "resolution": 0.05,
        "origin": "[-1.0, -2.0, 0.0]",
        "negate": 0,
        "occupied_thresh": 0.65,
        "free_thresh": 0.196,
    } | changes
    path = folder / "map.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in fields.items()))
    return path
