"""Homebody's own files: geometry as written, walls cut by doors, and the home that ships."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import SMALL_TOML

from drivers.simulation.homes.canvas import plain
from drivers.simulation.homes.draw import draw_home, render_home
from drivers.simulation.homes.home import Home, corners_m
from drivers.simulation.homes.load import default_home_path, load_home
from drivers.simulation.homes.raster import (
    cells_in_polygon,
    clearance_m,
    door_leaf,
    reachable_free_area,
    shortest_path_m,
    solid_grid,
)
from drivers.simulation.homes.walls import wall_boxes
from homebody.errors import InputError


def test_everything_lands_where_it_is_written(small_toml: Path) -> None:
    home = load_home(small_toml)
    assert home.bounds_m == pytest.approx((-0.05, -0.05, 6.05, 3.05))
    assert home.start.as_array() == pytest.approx([1.0, 1.5, math.pi / 2])
    assert home.dock is not None
    assert home.room("WEST ") is home.rooms[0]
    chest = next(box for box in home.boxes if box.name == "chest")
    assert (chest.x_m, chest.y_m, chest.z_high_m) == (5.25, 2.25, 0.4)
    legs = [box for box in home.boxes if box.name == "table leg"]
    assert sorted((round(b.x_m, 3), round(b.y_m, 3)) for b in legs) == [
        (4.025, 0.525),
        (4.025, 1.075),
        (4.975, 0.525),
        (4.975, 1.075),
    ]
    top = next(box for box in home.boxes if box.name == "table")
    assert (top.z_low_m, top.z_high_m) == pytest.approx((0.70, 0.74))
    assert home.doors[0].open_angle_rad == pytest.approx(math.pi / 2)
    assert home.people[0].waypoints_m == ((1.0, 1.0), (2.0, 2.0))
    assert not any(box.name == "boundary" for box in home.boxes)


def test_a_door_cuts_its_gap(small_toml: Path) -> None:
    spec, solid = solid_grid(load_home(small_toml), with_doors=False)
    at_wall = solid[:, spec.cell_rc(3.0, 0.0)[1]]
    rows = [spec.cell_rc(3.0, y)[0] for y in (0.975, 1.025, 1.875, 1.925)]
    assert at_wall[rows].tolist() == [True, False, False, True]


def test_a_shut_door_shuts(tmp_path: Path) -> None:
    path = tmp_path / "shut.toml"
    path.write_text(SMALL_TOML.replace("latch_m", "is_open = false\nlatch_m"))
    home = load_home(path)
    spec, solid = solid_grid(home)
    assert shortest_path_m(spec, solid, (1.0, 1.5), (4.0, 1.5), 0.05) == math.inf
    spec, solid = solid_grid(home, with_doors=False)
    assert shortest_path_m(spec, solid, (1.0, 1.5), (4.0, 1.5), 0.2) == pytest.approx(3.0, abs=0.1)


def test_wall_pieces_by_hand() -> None:
    line = np.array([[0.0, 0.0], [4.0, 0.0]])
    gap = np.array([[[2.0, 0.08], [1.0, 0.08]], [[1.0, 1.0], [2.0, 1.0]]])
    pieces = wall_boxes(line, 0.1, 2.5, gap, "wall")
    ends = [(b.x_m - b.half_length_m, b.x_m + b.half_length_m) for b in pieces]
    assert ends == [pytest.approx((-0.05, 1.0)), pytest.approx((2.0, 4.05))]


def test_an_open_home_gets_a_boundary(tmp_path: Path) -> None:
    path = tmp_path / "open.toml"
    path.write_text(SMALL_TOML.replace("is_closed = true", ""))
    home = load_home(path)
    assert sum(box.name == "boundary" for box in home.boxes) == 4
    spec, solid = solid_grid(home, with_doors=False)
    reached = reachable_free_area(spec, solid, home.start, 0.1)
    assert reached.any()
    assert not np.concatenate([reached[0], reached[-1], reached[:, 0], reached[:, -1]]).any()


# --- the default home -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home() -> Home:
    return load_home(default_home_path())


def stand_in(home: Home, name: str) -> tuple[float, float]:
    """The roomiest place of a room."""
    spec, solid = solid_grid(home)
    room = home.room(name)
    assert room is not None
    clearance = np.where(cells_in_polygon(spec, room.outline_m), clearance_m(spec, solid), -1.0)
    x, y = spec.centres_m(np.array(np.unravel_index(clearance.argmax(), solid.shape)))
    return float(x), float(y)


def test_default_home_has_rooms_doors_dock_and_a_drop(home: Home) -> None:
    names = [room.name for room in home.rooms]
    assert names == ["hall", "living room", "kitchen", "bedroom", "bathroom", "study"]
    assert len(home.doors) == 6
    assert all(door.is_open for door in home.doors)
    assert all(0.84 < math.dist(d.hinge_m, d.latch_m) < 0.96 for d in home.doors)
    assert home.dock == home.start
    assert len(home.drops) == 1
    assert home.people == ()
    assert not any(box.name == "boundary" for box in home.boxes)


def test_every_room_is_reached_from_every_other_with_room_to_spare(home: Home) -> None:
    spec, solid = solid_grid(home)
    places = {room.name: stand_in(home, room.name) for room in home.rooms}
    for a, b in itertools.combinations(places.values(), 2):
        assert shortest_path_m(spec, solid, a, b, 0.375) < 20.0


def test_no_pocket_is_left_that_a_robot_enters_but_cannot_turn_in(home: Home) -> None:
    spec, solid = solid_grid(home)
    narrow = reachable_free_area(spec, solid, home.start, 0.125)
    wide = reachable_free_area(spec, solid, home.start, 0.375)
    assert narrow.sum() * spec.resolution_m**2 > 55.0
    assert wide.sum() / narrow.sum() > 0.95


def test_open_leaves_leave_the_doorways_free(home: Home) -> None:
    spec, with_leaves = solid_grid(home)
    _, without = solid_grid(home, with_doors=False)
    for door in home.doors:
        middle = np.mean([door.hinge_m, door.latch_m], axis=0)
        assert clearance_m(spec, with_leaves)[spec.cell_rc(*middle)] > 0.35
    open_area = reachable_free_area(spec, without, home.start, 0.125).sum()
    assert reachable_free_area(spec, with_leaves, home.start, 0.125).sum() > 0.98 * open_area


def test_doors_swing_without_touching_furniture(home: Home) -> None:
    solids = [b for b in home.boxes if b.name not in {"wall", "outer wall"}]
    spec, solid = solid_grid(
        Home("furniture", tuple(solids), home.bounds_m, home.start, home.cylinders), z_high_m=2.0
    )
    for door in home.doors:
        for fraction in np.linspace(0.0, 1.0, 30):
            leaf = door_leaf(door, fraction * door.open_angle_rad)
            assert not (cells_in_polygon(spec, corners_m(leaf)) & solid).any(), door.name


def test_shut_doors_leave_only_the_hall(home: Home) -> None:
    shut = Home(
        "shut",
        home.boxes,
        home.bounds_m,
        home.start,
        home.cylinders,
        tuple(
            type(d)(d.name, d.hinge_m, d.latch_m, d.open_angle_rad, is_open=False)
            for d in home.doors
        ),
        home.rooms,
    )
    spec, solid = solid_grid(shut)
    reached = reachable_free_area(spec, solid, home.start, 0.06)
    hall = home.rooms[0].outline_m
    assert reached.sum() > 1000
    rows = np.argwhere(reached)[:, 0]
    y = spec.origin_y_m + (rows + 0.5) * spec.resolution_m
    assert y.min() > hall[:, 1].min() - 0.1
    assert y.max() < hall[:, 1].max() + 0.1


def test_dock_has_room_about_it(home: Home) -> None:
    spec, solid = solid_grid(home)
    assert home.dock is not None
    assert clearance_m(spec, solid)[spec.cell_rc(home.dock.x_m, home.dock.y_m)] >= 0.35
    ahead = home.dock.apply([1.0, 0.0])
    assert clearance_m(spec, solid)[spec.cell_rc(*ahead)] >= 0.35


def test_some_things_only_the_depth_camera_sees(home: Home) -> None:
    low = {b.name for b in home.boxes if b.z_high_m < 0.2}
    assert low == {"floor cushion", "paper box"}


# --- drawing ------------------------------------------------------------------------------------


def test_drawing_shows_the_home(small_toml: Path, tmp_path: Path) -> None:
    draw_home(load_home(small_toml), tmp_path / "home.png")
    picture = cv2.imread(str(tmp_path / "home.png"))
    assert picture is not None
    assert min(picture.shape[:2]) > 400
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 50


def test_drawing_is_the_same_each_time_and_takes_a_footprint(home: Home) -> None:
    large = np.array([[0.4, 0.4], [-0.4, 0.4], [-0.4, -0.4], [0.4, -0.4]])
    assert (render_home(home) == render_home(home)).all()
    assert (render_home(home) != render_home(home, large)).any()


def test_drawing_nowhere_is_a_readable_error(home: Home, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder to write to"):
        draw_home(home, tmp_path / "no" / "home.png")


def test_letters_without_a_picture_are_made_plain() -> None:
    assert plain("Küche ß 家") == "Kuche ss ?"
