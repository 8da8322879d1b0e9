"""The window around the robot: aligned, remembering for a moment, seeing what has gone."""

import numpy as np
import pytest

from homebody.geometry import SE2
from homebody.grid import GridSpec
from navigation.mapping.beams import Beams
from navigation.mapping.config import LocalMapConfig
from navigation.mapping.local_map import LocalMapper
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot


def snapshot(occupied_m=(), is_low=None, unknown=False):
    spec = GridSpec(-5.0, -5.0, 0.05, 200, 200)
    cells = np.full(spec.shape, UNKNOWN if unknown else FREE, dtype=np.uint8)
    for x, y in occupied_m:
        cells[spec.cell_rc(x, y)] = OCCUPIED
    low = np.zeros(spec.shape, dtype=bool)
    for x, y in is_low or ():
        low[spec.cell_rc(x, y)] = True
    return MapSnapshot(spec, cells, 1, low)


def scan(range_m, origin=(0.0, 0.0)):
    angle = -np.pi + 2.0 * np.pi * np.arange(360) / 360
    origins = np.tile(np.asarray(origin, float), (360, 1))
    ends = origins + np.column_stack((np.cos(angle), np.sin(angle))) * np.reshape(range_m, (-1, 1))
    return Beams.from_ends(origins, ends, np.ones(360, dtype=bool))


def at(local, x, y):
    return bool(local.occupied[local.spec.cell_rc(x, y)])


def test_map_cells_are_four_window_cells_exactly():
    local = LocalMapper().step(snapshot([(1.02, 0.52)]), SE2(0.013, -0.021, 0.4), 0.0)
    assert local.spec.shape == (240, 240)
    cells_m = local.spec.centres_m(np.argwhere(local.occupied))
    assert len(cells_m) == 4
    assert cells_m.mean(axis=0) == pytest.approx([1.025, 0.525])
    centre = np.array([local.spec.origin_x_m + 3.0, local.spec.origin_y_m + 3.0])
    assert np.abs(centre - (0.013, -0.021)).max() <= 0.026


def test_outside_the_map_is_unknown():
    local = LocalMapper().step(snapshot(), SE2(4.0, 4.0, 0.0), 0.0)
    assert local.unknown[local.spec.cell_rc(5.5, 4.0)]
    assert not local.unknown[local.spec.cell_rc(4.5, 4.0)]
    assert LocalMapper().step(snapshot(), SE2(40.0, 4.0, 0.0), 0.0).unknown.all()


def test_distance_is_the_slow_one_to_the_cell_edge():
    config = LocalMapConfig(n_cells=60)
    rng = np.random.default_rng(0)
    points = rng.uniform(-0.7, 0.7, (12, 2))
    local = LocalMapper(config).step(snapshot(), SE2.identity(), 0.0, depth_points_map_m=points)
    occupied_m = local.spec.centres_m(np.argwhere(local.occupied))
    for cell in rng.integers(0, 60, (50, 2)):
        away_m = np.linalg.norm(occupied_m - local.spec.centres_m(cell), axis=1).min()
        expected = max(0.0, away_m - 0.0125)
        assert local.distance_m[tuple(cell)] == pytest.approx(expected, abs=0.02)
    assert (local.distance_m[local.occupied] == 0.0).all()
    assert (local.distance_m[~local.occupied] > 0.0).all()


def test_single_hits_are_kept_for_a_second():
    mapper, pose = LocalMapper(LocalMapConfig(see_through_range_m=0.0)), SE2.identity()
    mapper.step(snapshot(), pose, 0.0, beams_map=scan(1.0))
    assert at(mapper.step(snapshot(), pose, 0.9), 1.0, 0.0)
    assert not at(mapper.step(snapshot(), pose, 1.2), 1.0, 0.0)


def test_memory_stays_in_place_while_the_robot_drives():
    mapper = LocalMapper(LocalMapConfig(see_through_range_m=0.0))
    mapper.step(snapshot(), SE2.identity(), 0.0, beams_map=scan(1.0033))
    local = mapper.step(snapshot(), SE2(0.37, -0.22, 1.0), 0.5)
    expected = scan(1.0033).ends_m
    cells = local.spec.cells_rc(expected)
    assert local.occupied[cells[:, 0], cells[:, 1]].all()
    assert local.occupied.sum() == len(np.unique(cells, axis=0))


def test_what_the_newest_scan_looks_through_is_gone():
    mapper, pose = LocalMapper(), SE2.identity()
    known = snapshot([(1.02, 0.02), (0.52, 0.72), (2.52, 0.02)])
    local = mapper.step(known, pose, 0.0, beams_map=scan(2.3))
    assert not at(local, 1.02, 0.02)
    assert not at(local, 0.52, 0.72)
    assert at(local, 2.52, 0.02)  # behind what was hit
    ranges = np.full(360, 2.3)
    ranges[180:186] = 1.0  # a beam or so beside a leg is not enough
    assert at(mapper.step(known, pose, 0.1, beams_map=scan(ranges)), 1.02, 0.02)


def test_low_things_are_not_looked_through():
    mapper = LocalMapper()
    known = snapshot([(1.02, 0.02)], is_low=[(1.02, 0.02)])
    assert at(mapper.step(known, SE2.identity(), 0.0, beams_map=scan(2.3)), 1.02, 0.02)


def test_a_person_who_walks_on_leaves_no_trail():
    mapper, pose = LocalMapper(LocalMapConfig(see_through_range_m=0.0)), SE2.identity()
    ranges = np.full(360, 2.5)
    ranges[175:186] = 1.0
    person = np.array([[1.1, 0.0]])
    local = mapper.step(snapshot(), pose, 0.0, beams_map=scan(ranges), people_map_m=person)
    assert at(local, 1.0, 0.0)
    local = mapper.step(snapshot(), pose, 0.1, beams_map=scan(np.full(360, 2.5)))
    assert not at(local, 1.0, 0.0)
    assert at(local, 0.0, 2.5)


def test_bumps_are_discs():
    local = LocalMapper().step(snapshot(), SE2.identity(), 0.0, bumps_map_m=np.array([[0.3, 0.1]]))
    area = local.occupied.sum() * 0.025**2
    assert area == pytest.approx(np.pi * 0.06**2, rel=0.5)
    assert at(local, 0.3, 0.1)


def test_cells_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"resolution_m is 0\.03"):
        LocalMapper(LocalMapConfig(resolution_m=0.03)).step(snapshot(), SE2.identity(), 0.0)
