"""HouseExpo, ROS and Valetudo files: a known cell lands at known metres, nothing leaks."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import plan_pixels, valetudo_map, write_json, write_ros_map

from drivers.simulation.homes.from_cells import numbered, shrink
from drivers.simulation.homes.home import Home
from drivers.simulation.homes.load import load_home
from drivers.simulation.homes.raster import reachable_free_area, solid_grid
from homebody.geometry import SE2


def solid_at(home: Home, x: float, y: float) -> bool:
    spec, solid = solid_grid(home)
    return bool(solid[spec.cell_rc(x, y)])


def assert_closed(home: Home) -> None:
    spec, solid = solid_grid(home)
    reached = reachable_free_area(spec, solid, home.start, 0.01)
    assert reached.any()
    assert not np.concatenate([reached[0], reached[-1], reached[:, 0], reached[:, -1]]).any()


def test_houseexpo_png_keeps_its_corner_and_looks_up(plan_png: Path) -> None:
    home = load_home(plan_png)
    assert home.bounds_m == pytest.approx((0.0, 0.0, 4.5, 3.5))
    assert not solid_at(home, 0.275, 0.275)  # just inside the border, lower left
    assert solid_at(home, 0.225, 0.275)
    assert not solid_at(home, 1.0, 3.2)  # upper left is free,
    assert solid_at(home, 2.3, 3.2)  # upper right is not: the picture is not upside down
    assert not solid_at(home, 4.2, 1.7)
    assert_closed(home)
    assert home.name == "plan"
    assert len(home.boxes) <= 6


def test_houseexpo_start_is_the_roomiest_place(plan_png: Path) -> None:
    start = load_home(plan_png).start
    # The largest circle of this L touches left, bottom and the inner corner at (2, 1.5) from there:
    # (2 - r)^2 + (1.5 - r)^2 = r^2 gives r = 1.05.
    assert (start.x_m, start.y_m) == pytest.approx((1.3, 1.3), abs=0.05)


def test_pixels_join_by_majority_and_thin_walls_stay() -> None:
    free = np.ones((20, 20), dtype=bool)
    free[:, :7] = False  # one cell and two fifths of the next
    free[:, 12] = False  # a wall of one pixel
    cells, resolution_m = shrink(free, 0.01)
    assert resolution_m == pytest.approx(0.05)
    assert cells.tolist() == [[False, True, False, True]] * 4
    coarse, same = shrink(free, 0.05)
    assert same == 0.05
    assert coarse is free


def test_houseexpo_json_is_moved_to_its_lower_left(tmp_path: Path) -> None:
    verts = [[10.1, 5.1], [14.1, 5.1], [14.1, 8.1], [12.1, 8.1], [12.1, 6.6], [10.1, 6.6]]
    boxes = {
        "Living_Room": [[10.0, 5.0, 14.0, 6.6]],
        "Bedroom": [[12.1, 6.6, 14.3, 8.3], [10.0, 5.0, 11.0, 6.0], [50.0, 50.0, 51.0, 51.0]],
    }
    data = {"verts": verts, "id": "x", "room_category": boxes, "room_num": 2}
    home = load_home(write_json(tmp_path, data))
    assert home.bounds_m == pytest.approx((-0.25, -0.25, 4.25, 3.25))
    assert not solid_at(home, 0.025, 0.025)
    assert solid_at(home, -0.025, 0.025)
    assert solid_at(home, 1.9, 2.0)  # upper left is outside
    assert not solid_at(home, 2.1, 2.9)
    assert [room.name for room in home.rooms] == ["living room", "bedroom", "bedroom 2"]
    assert home.rooms[1].outline_m.tolist() == pytest.approx(
        np.array([[2.0, 1.5], [4.0, 1.5], [4.0, 3.0], [2.0, 3.0]])
    )
    assert_closed(home)


def ros_picture() -> np.ndarray:
    """Unknown outside, free inside, a free bit open to the unknown at the top."""
    picture = np.full((60, 80), 205, dtype=np.uint8)
    picture[20:50, 10:70] = 254
    picture[49, 10:70] = picture[20:50, 10] = 0
    picture[30:32, 40] = 0
    return picture


def test_ros_map_keeps_its_origin_and_shuts_the_unknown(tmp_path: Path) -> None:
    home = load_home(write_ros_map(tmp_path, ros_picture(), origin="[-1.0, -1.0, 0.0]"))
    # Pixel (row 30, column 40) from the top is cell (29, 40) from the bottom.
    assert solid_at(home, -1.0 + 40.5 * 0.05, -1.0 + 29.5 * 0.05)
    assert not solid_at(home, -1.0 + 41.5 * 0.05, -1.0 + 29.5 * 0.05)
    assert home.start.as_array() == pytest.approx([0.0, 0.0, 0.0])
    assert home.bounds_m == pytest.approx((-0.7, -0.7, 2.75, 1.25))
    assert_closed(home)


def test_ros_map_negate_and_thresholds(tmp_path: Path) -> None:
    usual = load_home(write_ros_map(tmp_path, ros_picture()))
    swapped = load_home(write_ros_map(tmp_path, 255 - ros_picture(), negate=1))
    assert swapped == usual
    # 205 is 20 % occupied: free as soon as the threshold says so.
    loose = load_home(write_ros_map(tmp_path, ros_picture(), free_thresh=0.25))
    assert loose.bounds_m == pytest.approx((-1.25, -2.25, 3.25, 1.25))


def test_a_turned_ros_map_turns_as_a_whole(tmp_path: Path) -> None:
    origin = f"[1.0, 2.0, {math.pi / 2}]"
    home = load_home(write_ros_map(tmp_path, ros_picture(), origin=origin))
    x, y = SE2(1.0, 2.0, math.pi / 2).apply([40.5 * 0.05, 29.5 * 0.05])
    assert solid_at(home, x, y)
    assert not solid_at(home, x, y + 0.1)
    assert_closed(home)


def test_valetudo_is_flipped_and_placed(tmp_path: Path) -> None:
    home = load_home(write_json(tmp_path, valetudo_map()))
    # 60 x 40 pixels of 5 cm; the wall pixels (100..101, 210) lie 29 rows above the lowest.
    assert home.bounds_m == pytest.approx((-0.25, -0.25, 3.25, 2.25))
    assert solid_at(home, 0.025, 29.5 * 0.05)
    assert solid_at(home, 0.075, 29.5 * 0.05)
    assert not solid_at(home, 0.125, 29.5 * 0.05)
    assert_closed(home)


def test_valetudo_rooms_go_by_number(tmp_path: Path) -> None:
    home = load_home(write_json(tmp_path, valetudo_map()))
    assert [room.name for room in home.rooms] == ["Küche", "room 1"]
    kitchen, other = (room.outline_m for room in home.rooms)
    assert (kitchen.min(axis=0), kitchen.max(axis=0)) == (
        pytest.approx([0.0, 0.0], abs=0.03),
        pytest.approx([3.0, 1.0], abs=0.03),
    )
    assert other[:, 1].min() == pytest.approx(1.0, abs=0.03)


def test_valetudo_charger_is_dock_and_start(tmp_path: Path) -> None:
    home = load_home(write_json(tmp_path, valetudo_map()))
    # Centimetres from the upper left: x 650 is 1.5 m in, y 1150 is 0.5 m above y 1200.
    assert home.dock is not None
    assert (home.dock.x_m, home.dock.y_m) == pytest.approx((1.5, 0.5))
    assert home.dock.yaw_rad == pytest.approx(0.0)  # 90 degrees clockwise from the top
    assert home.start == home.dock


def test_valetudo_charger_in_a_wall_moves_to_where_a_robot_fits(tmp_path: Path) -> None:
    charger = [{"type": "charger_location", "points": [500, 1100]}]
    home = load_home(write_json(tmp_path, valetudo_map(entities=charger)))
    assert home.dock is not None
    assert home.dock.x_m == pytest.approx(0.375)
    assert home.dock.yaw_rad == pytest.approx(0.0)  # the wall behind it


def test_valetudo_without_charger_starts_at_the_robot(tmp_path: Path) -> None:
    robot = [{"type": "robot_position", "points": [700, 1100], "metaData": {"angle": 0}}]
    home = load_home(write_json(tmp_path, valetudo_map(entities=robot)))
    assert home.dock is None
    assert home.start.as_array() == pytest.approx([2.0, 1.0, math.pi / 2])


def test_valetudo_first_version_lists_single_pixels(tmp_path: Path) -> None:
    pixels = [v for y in range(200, 240) for x in range(100, 160) for v in (x, y)]
    layers = [{"type": "floor", "metaData": {}, "pixels": pixels}]
    first = load_home(write_json(tmp_path, valetudo_map(layers=layers), "v1.json"))
    runs = [
        {"type": "floor", "compressedPixels": [v for y in range(200, 240) for v in (100, y, 60)]}
    ]
    second = load_home(write_json(tmp_path, valetudo_map(layers=runs), "v2.json"))
    assert first.boxes == second.boxes


def test_specks_beyond_the_walls_are_dropped(tmp_path: Path) -> None:
    picture = np.zeros((400, 400), dtype=np.uint8)
    picture[100:300, 100:300] = 255
    picture[20:40, 20:40] = 255
    path = tmp_path / "specks.png"
    cv2.imwrite(str(path), picture)
    assert load_home(path).bounds_m == pytest.approx((0.75, 0.75, 3.25, 3.25))


def test_names_become_unique() -> None:
    assert numbered(["Flur ", "Bad", "flur", "Flur"]) == ["Flur", "Bad", "flur 2", "Flur 3"]


def test_same_file_same_home(plan_png: Path) -> None:
    assert load_home(plan_png) == load_home(plan_png)
    assert plan_pixels().max() == 255
