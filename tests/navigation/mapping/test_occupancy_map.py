"""The map: beams free and mark the right cells, and what has gone fades."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homebody.geometry import SE2
from navigation.mapping.beams import Beams
from navigation.mapping.config import MappingConfig
from navigation.mapping.occupancy import OccupancyMap
from navigation.mapping.rays import draw_beams
from navigation.types import FREE, OCCUPIED, UNKNOWN


def fan(ranges_m, origin=(0.02, 0.02), is_hit=None):
    """Beams all around an origin."""
    n = len(ranges_m)
    angle = 2.0 * np.pi * np.arange(n) / n
    origins = np.tile(np.asarray(origin, float), (n, 1))
    ends = origins + np.column_stack((np.cos(angle), np.sin(angle))) * np.asarray(ranges_m)[:, None]
    is_hit = np.ones(n, dtype=bool) if is_hit is None else is_hit
    return Beams.from_ends(origins, ends, is_hit)


def room_ranges(half_m, n=360):
    """Ranges from the middle of a square room."""
    angle = 2.0 * np.pi * np.arange(n) / n
    return half_m / np.maximum(np.abs(np.cos(angle)), np.abs(np.sin(angle)))


def class_at(grid, x, y):
    return int(grid.classes_at(np.array([x, y])))


def slow_cells(start_xy, end_xy, step=2e-2):
    """Cells touched by a segment, by tiny steps."""
    n = max(2, math.ceil(math.dist(start_xy, end_xy) / step))
    cells = set()
    for k in range(n + 1):
        f = k / n
        x = start_xy[0] + f * (end_xy[0] - start_xy[0])
        y = start_xy[1] + f * (end_xy[1] - start_xy[1])
        cells.add((math.floor(y), math.floor(x)))
    return cells


coordinate = st.floats(1.0, 29.0)


@settings(max_examples=40, deadline=None)
@given(st.tuples(coordinate, coordinate), st.tuples(coordinate, coordinate))
def test_a_drawn_beam_is_the_slow_one_to_within_a_cell(start, end):
    mask = np.zeros((30, 30), dtype=np.uint8)
    draw_beams(mask, np.array([start]), np.array([end]))
    drawn = {tuple(cell) for cell in np.argwhere(mask).tolist()}
    touched = slow_cells(start, end)
    beside = {(r + i, c + j) for r, c in touched for i in (-1, 0, 1) for j in (-1, 0, 1)}
    assert drawn <= beside
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    assert len(drawn) >= math.floor(length)  # no gap along the longer axis


def test_a_room_is_free_inside_and_occupied_at_its_walls():
    grid = OccupancyMap()
    grid.integrate(fan(room_ranges(2.0)))
    assert class_at(grid, 0.0, 0.0) == FREE
    assert class_at(grid, 1.5, -1.2) == FREE
    assert class_at(grid, 2.02, 0.3) == OCCUPIED
    assert class_at(grid, -1.99, 1.0) == OCCUPIED
    assert class_at(grid, 2.3, 0.3) == UNKNOWN
    assert class_at(grid, 300.0, 0.3) == UNKNOWN


def test_free_ends_at_the_mapping_range_and_hits_count_beyond():
    grid = OccupancyMap()
    grid.integrate(fan(np.full(720, 7.0)))
    assert class_at(grid, 4.9, 0.02) == FREE
    assert class_at(grid, 5.2, 0.02) == UNKNOWN
    assert class_at(grid, 7.02, 0.02) == OCCUPIED
    far = OccupancyMap(config=MappingConfig(hit_range_m=6.0))
    far.integrate(fan(np.full(720, 7.0)))
    assert class_at(far, 7.02, 0.02) == UNKNOWN


def test_no_return_frees_to_the_mapping_range():
    grid = OccupancyMap()
    grid.integrate(fan(np.full(360, 8.0), is_hit=np.zeros(360, dtype=bool)))
    assert class_at(grid, -4.9, 0.02) == FREE
    assert not (grid.snapshot().cells == OCCUPIED).any()


def test_a_hit_is_never_freed_by_a_grazing_neighbour_of_the_same_scan():
    grid = OccupancyMap()
    angle = np.radians(np.linspace(1.0, 30.0, 400))
    range_m = 0.2 / np.sin(angle)  # along a wall at y = 0.2 m
    keep = range_m < 6.0
    ends = np.column_stack((np.cos(angle), np.sin(angle)))[keep] * range_m[keep][:, None]
    beams = Beams.from_ends(np.zeros_like(ends), ends + 1e-6, np.ones(len(ends), dtype=bool))
    for _ in range(5):
        grid.integrate(beams)
    assert (grid.classes_at(beams.ends_m) == OCCUPIED).all()


def test_what_has_gone_fades_within_ten_scans_and_what_came_is_seen():
    grid = OccupancyMap()
    near, far = fan(room_ranges(1.0)), fan(room_ranges(3.0))
    for _ in range(50):
        grid.integrate(near)
    n_scans = 0
    while class_at(grid, 1.02, 0.02) == OCCUPIED:
        grid.integrate(far)
        n_scans += 1
    assert 5 <= n_scans <= 10
    for _ in range(50):
        grid.integrate(far)
    for _ in range(3):
        grid.integrate(near)
    assert class_at(grid, 1.02, 0.02) == OCCUPIED


def test_people_leave_no_mark():
    ranges = room_ranges(3.0)
    ranges[:20] = 1.5
    beams = fan(ranges)
    person = np.array([[1.55, 0.25]])
    with_person, without = OccupancyMap(), OccupancyMap()
    with_person.integrate(beams, person)
    without.integrate(beams)
    assert class_at(without, 1.52, 0.02) == OCCUPIED
    assert class_at(with_person, 1.52, 0.02) == UNKNOWN
    assert class_at(with_person, 1.0, 0.02) == FREE
    assert class_at(with_person, -2.98, 0.02) == OCCUPIED


def test_the_snapshot_changes_only_with_classes_and_is_read_only():
    grid = OccupancyMap()
    empty = grid.snapshot()
    grid.integrate(fan(room_ranges(2.0)))
    first = grid.snapshot()
    assert first.revision > empty.revision
    grid.integrate(fan(room_ranges(2.0)))
    assert grid.snapshot() is first
    with pytest.raises(ValueError, match="read-only"):
        first.cells[0, 0] = FREE


def test_the_map_grows_without_moving():
    grid = OccupancyMap()
    grid.integrate(fan(room_ranges(2.0)))
    grid.integrate(fan(room_ranges(2.0), origin=(14.02, -9.03)))
    snapshot = grid.snapshot()
    assert class_at(grid, 2.02, 0.3) == OCCUPIED
    assert class_at(grid, 16.02, -9.0) == OCCUPIED
    assert class_at(grid, 14.0, -9.0) == FREE
    cells = snapshot.cells
    assert (cells[[0, -1]] == UNKNOWN).all()
    assert (cells[:, [0, -1]] == UNKNOWN).all()
    steps = np.array([snapshot.spec.origin_x_m, snapshot.spec.origin_y_m]) / 0.05
    assert steps == pytest.approx(np.rint(steps))


def test_state_round_trip():
    grid = OccupancyMap()
    grid.integrate(fan(room_ranges(2.0)))
    again = OccupancyMap.from_state(grid.state())
    assert np.array_equal(again.snapshot().cells, grid.snapshot().cells)
    assert again.spec == grid.spec
    beams = fan(room_ranges(2.0))
    assert np.array_equal(
        again.surface_fit(beams.ends_m, beams.normals).offset_m,
        grid.surface_fit(beams.ends_m, beams.normals).offset_m,
    )
    bad = grid.state()
    with pytest.raises(ValueError, match="map state"):
        OccupancyMap.from_state(
            type(bad)(bad.spec, bad.evidence[1:], bad.low_evidence, bad.surfaces)
        )


def test_low_obstacles_and_drops_are_occupied_and_fade_when_floor_is_seen():
    grid = OccupancyMap()
    y = np.linspace(-0.3, 0.3, 30)
    toy = np.column_stack((np.full(30, 1.0), y, np.full(30, 0.08)))
    drop = np.column_stack((np.full(30, 1.5), y, np.full(30, -0.12)))
    high = np.column_stack((np.full(30, 0.6), y, np.full(30, 0.7)))
    points = np.concatenate((toy, drop, high))
    T_map_robot = SE2(0.0, 0.0, 0.0)
    grid.integrate_depth(points, T_map_robot)
    assert class_at(grid, 1.02, 0.0) == UNKNOWN  # one frame is not believed
    for _ in range(5):
        grid.integrate_depth(points, T_map_robot)
    assert class_at(grid, 1.02, 0.0) == OCCUPIED
    assert class_at(grid, 1.52, 0.0) == OCCUPIED
    assert class_at(grid, 0.62, 0.0) == UNKNOWN
    assert grid.snapshot().is_low.sum() > 10
    floor = toy * (1.0, 1.0, 0.0)
    for _ in range(10):
        grid.integrate_depth(floor, T_map_robot)
    assert class_at(grid, 1.02, 0.0) == UNKNOWN
    assert class_at(grid, 1.52, 0.0) == OCCUPIED


def test_normals_face_the_sensor_and_know_the_wall():
    beams = fan(room_ranges(2.0), origin=(0.0, 0.0))
    to_sensor = -beams.ends_m
    assert ((beams.normals * to_sensor).sum(axis=1) > 0.0).all()
    wall = np.abs(beams.ends_m[:, 0] - 2.0) < 1e-9
    middle = wall & (np.abs(beams.ends_m[:, 1]) < 1.5)
    assert beams.normals[middle] == pytest.approx(np.tile([-1.0, 0.0], (middle.sum(), 1)), abs=1e-6)


def test_surfaces_are_found_to_sub_cell_on_both_sides_of_a_thin_wall():
    grid = OccupancyMap()
    rng = np.random.default_rng(0)
    y = np.linspace(-1.0, 1.0, 300)
    for side, x in ((-1.0, 1.00), (1.0, 1.04)):
        for _ in range(30):
            ends = np.column_stack((x + rng.normal(0.0, 0.01, len(y)), y))
            origins = np.tile([x + side, 0.0], (len(y), 1))
            normals = np.tile([side, 0.0], (len(y), 1))
            grid.integrate(Beams(origins, ends, np.ones(len(y), dtype=bool), normals))
    query = np.column_stack((np.full(9, 1.02), np.linspace(-0.7, 0.7, 9)))
    for side, x in ((-1.0, 1.00), (1.0, 1.04)):
        fit = grid.surface_fit(query, np.tile([side, 0.0], (9, 1)))
        assert fit.is_found.all()
        assert 1.02 + fit.offset_m[:, 0] == pytest.approx(np.full(9, x), abs=0.008)
        assert np.abs(fit.normals[:, 0]) == pytest.approx(np.ones(9), abs=0.01)
        assert (fit.along == 0.0).all()


def test_surface_fit_is_the_slow_weighted_line():
    grid = OccupancyMap()
    rng = np.random.default_rng(1)
    for _ in range(4):
        grid.integrate(fan(room_ranges(1.5) + rng.normal(0.0, 0.01, 360)))
    points = np.array([[1.45, 0.2], [-0.3, 1.52], [0.0, 0.0]])
    normals = np.array([[-1.0, 0.0], [0.0, -1.0], [1.0, 0.0]])
    fit = grid.surface_fit(points, normals)
    values = grid.state().surfaces.astype(float)
    for k, side in enumerate((2, 3, 0)):
        row, col = grid.spec.cell_rc(*points[k])
        total, first = 0.0, np.zeros(2)
        for r in range(row - 3, row + 4):
            for c in range(col - 3, col + 4):
                looks, x, y = values[:, side, r, c]
                away = np.array([x, y]) - points[k]
                weight = max(0.0, 1.0 - (away @ away) / 0.18**2) ** 2 * looks / (looks + 2.0)
                total, first = total + weight, first + weight * away
        assert fit.is_found[k] == (total > 1e-3)
        if total > 1e-3:
            assert fit.offset_m[k] == pytest.approx(first / total, abs=1e-5)
