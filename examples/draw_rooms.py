"""Draws the rooms and doorways that segmentation finds on a home's map.

    python examples/draw_rooms.py rooms.png [HOME]

HOME is any file that the simulator loads (HouseExpo, Valetudo, ROS map, Homebody's own); without
one, the default home. Doors stand open; everything between 2 and 44 cm high is on the map.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from drivers.simulation.homes.load import default_home_path, load_home
from drivers.simulation.homes.raster import reachable_free_area, solid_grid
from homebody.geometry import FloatArray
from homebody.grid import GridSpec
from homebody.messages import default_body
from navigation.rooms.identity import RoomIdentities
from navigation.rooms.segmentation import segment
from navigation.types import FREE, OCCUPIED, MapSnapshot

SCALE = 8
WALL_BGR, DOOR_BGR, TEXT_BGR = (60, 60, 60), (40, 40, 210), (40, 40, 40)


def main(picture: Path, home_path: Path) -> None:
    """Segment the reachable floor and draw it."""
    home = load_home(home_path)
    spec, solid = solid_grid(home, with_doors=False)
    reachable = reachable_free_area(spec, solid, home.start, default_body().inscribed_radius_m)
    cells = np.where(reachable, np.uint8(FREE), np.uint8(OCCUPIED))
    plan = segment(MapSnapshot(spec, cells, 1))
    rooms = RoomIdentities().update(plan)
    canvas = cv2.cvtColor(_colours(plan.labels, solid)[::-1].copy(), cv2.COLOR_HSV2BGR)
    canvas[solid[::-1]] = WALL_BGR
    canvas = cv2.resize(canvas, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_NEAREST)
    for doorway in plan.doorways:
        cv2.polylines(canvas, [_pixels(doorway.ends_m, spec)], False, DOOR_BGR, 4, cv2.LINE_AA)
    for room in rooms:
        widest = _widest_m(plan.labels == room.area.label, spec)
        at = _pixels(widest[None], spec)[0] - (40, 0)
        cv2.putText(canvas, room.name, at.tolist(), 0, 0.6, TEXT_BGR, 2, cv2.LINE_AA)
    cv2.imwrite(str(picture), canvas)


def _colours(labels: np.ndarray, solid: np.ndarray) -> np.ndarray:
    """A pale colour for each room (hue, saturation, value), white for what is in none."""
    colours = np.zeros((*labels.shape, 3), np.uint8)
    colours[..., 0] = labels * 47 % 180
    colours[..., 1] = np.where((labels > 0) & ~solid, 70, 0)
    colours[..., 2] = 245
    return colours


def _widest_m(inside: np.ndarray, spec: GridSpec) -> FloatArray:
    padded = np.pad(inside, 1).astype(np.uint8)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    return spec.centres_m(np.unravel_index(int(np.argmax(distance)), distance.shape))


def _pixels(points_m: FloatArray, spec: GridSpec) -> np.ndarray:
    cells = (points_m - (spec.origin_x_m, spec.origin_y_m)) / spec.resolution_m
    cells[:, 1] = spec.n_rows - cells[:, 1]
    return np.round(SCALE * cells).astype(np.int32)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else default_home_path())
