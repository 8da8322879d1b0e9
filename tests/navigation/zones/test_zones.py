"""Zones as values, on grids, and as the local planner meets them."""

import json
import math

import numpy as np
import pytest

from homebody.errors import InputError
from homebody.grid import GridSpec
from navigation.types import FREE, OCCUPIED, MapSnapshot
from navigation.zones.book import ZoneBook
from navigation.zones.distance import distance_to_polygon_m
from navigation.zones.local import ZonedMap, speed_cap_m_s
from navigation.zones.raster import DOWNSTREAM, UPSTREAM, gates, polygon_mask
from navigation.zones.zone import Side, Zone, ZoneKind, Zones

SPEC = GridSpec(0.0, 0.0, 0.05, 80, 100)
SNAPSHOT = MapSnapshot(SPEC, np.full(SPEC.shape, FREE, dtype=np.uint8), 1)
BOX = np.array([[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0]])
RUG = Zone("rug", ZoneKind.KEEP_OUT, BOX)
ARROW = Zone("door", ZoneKind.ONE_WAY, np.array([[2.5, 2.0], [3.5, 2.0]]), width_m=1.0)


@pytest.mark.parametrize(
    ("named", "arguments"),
    [
        ("name", (" ", ZoneKind.WALL, BOX[:2])),
        ("points_m", ("a", ZoneKind.KEEP_OUT, BOX[:2])),
        ("points_m", ("a", ZoneKind.ONE_WAY, BOX[:3])),
        ("points_m", ("a", ZoneKind.WALL, BOX[[0, 0]])),
        ("points_m", ("a", ZoneKind.KEEP_OUT, BOX[[0, 2, 1, 3]])),
        ("points_m", ("a", ZoneKind.KEEP_OUT, BOX * math.nan)),
        ("points_m", ("a", ZoneKind.KEEP_OUT, BOX * 1e4)),
        ("points_m", ("a", ZoneKind.SLOW, BOX * 0.01)),
        ("speed_max_m_s", ("a", ZoneKind.SLOW, BOX, 0.0)),
        ("width_m", ("a", ZoneKind.ONE_WAY, BOX[:2], 0.3, 0.0)),
    ],
)
def test_what_makes_no_zone_is_refused_by_field(named, arguments):
    with pytest.raises(InputError, match=named):
        Zone(*arguments)


def test_zones_go_through_json_and_back():
    zones = Zones((RUG, ARROW, Zone("hall", ZoneKind.KEEP_SIDE, BOX, side=Side.LEFT)))
    again = Zones.from_dict(json.loads(json.dumps(zones.as_dict())))
    assert [z.as_dict() for z in again] == [z.as_dict() for z in zones]
    for spoilt in ({}, {"zones": [1]}, {"zones": [{"name": "x"}]}):
        with pytest.raises(InputError):
            Zones.from_dict(spoilt)


def test_a_name_is_taken_once_whatever_its_case():
    book = ZoneBook()
    book.set(RUG)
    book.set(Zone("Rug", ZoneKind.SLOW, BOX))
    assert [zone.kind for zone in book.zones] == [ZoneKind.SLOW]
    book.delete("RUG")
    assert not len(book.zones)
    assert book.revision == 3
    with pytest.raises(InputError, match="rug"):
        book.delete("rug")


def test_there_is_a_most():
    book = ZoneBook()
    for i in range(64):
        book.set(Zone(f"zone {i}", ZoneKind.KEEP_OUT, BOX))
    with pytest.raises(InputError, match="at most"):
        book.set(RUG)


def test_a_polygon_covers_the_cells_that_it_touches():
    mask = polygon_mask(SPEC, BOX + 0.01)
    rows, cols = np.nonzero(mask)
    assert (rows.min(), rows.max(), cols.min(), cols.max()) == (20, 40, 20, 40)
    assert mask.sum() == 21 * 21
    assert not polygon_mask(SPEC, BOX + 50.0).any()


def test_a_gate_has_two_sides_across_the_arrow():
    sides = gates(SPEC, Zones((ARROW,)))
    upstream = SPEC.centres_m(np.argwhere(sides == UPSTREAM))
    downstream = SPEC.centres_m(np.argwhere(sides == DOWNSTREAM))
    assert upstream[:, 0].max() < 3.0 < downstream[:, 0].min()
    assert np.ptp(upstream[:, 1]) == pytest.approx(1.0, abs=0.06)
    assert len(np.unique(upstream[:, 0])) >= 2, "no knight's move leaps over it"


def occupied_at(zoned, x_m, y_m):
    return zoned.cells[zoned.spec.cell_rc(x_m, y_m)] == OCCUPIED


def test_the_planning_map_has_what_is_shut_and_the_map_itself_has_not():
    zoned_map, zones = ZonedMap(0.25), Zones((RUG,))
    outside = zoned_map.step(SNAPSHOT, zones, np.array([3.0, 3.0]))
    assert occupied_at(outside, 1.5, 1.5)
    assert outside.is_low[outside.spec.cell_rc(1.5, 1.5)], "no beam clears it away"
    assert not occupied_at(SNAPSHOT, 1.5, 1.5)
    assert zoned_map.step(SNAPSHOT, zones, np.array([3.1, 3.0])) is outside
    inside = zoned_map.step(SNAPSHOT, zones, np.array([1.5, 1.5]))
    assert not occupied_at(inside, 1.8, 1.8), "a robot within may leave"
    moved = Zones((Zone("rug", ZoneKind.KEEP_OUT, BOX + 1.5),))
    after = zoned_map.step(SNAPSHOT, moved, np.array([3.0, 1.0]))
    assert occupied_at(after, 2.9, 2.9)
    assert not occupied_at(after, 1.5, 1.5)


def test_without_zones_the_map_is_handed_on():
    assert ZonedMap(0.25).step(SNAPSHOT, Zones(), np.zeros(2)) is SNAPSHOT


@pytest.mark.parametrize(
    ("x_m", "is_shut"), [(2.0, False), (2.9, False), (3.1, False), (3.5, True)]
)
def test_a_one_way_passage_is_a_wall_to_a_robot_beyond_it(x_m, is_shut):
    zoned = ZonedMap(0.25).step(SNAPSHOT, Zones((ARROW,)), np.array([x_m, 2.0]))
    assert occupied_at(zoned, 3.0, 2.1) is np.bool_(is_shut)


def test_the_cap_falls_so_that_half_the_brakes_reach_the_slow_zone_slow():
    zones = Zones((Zone("cat", ZoneKind.SLOW, BOX, speed_max_m_s=0.3),))
    assert speed_cap_m_s(zones, np.array([1.5, 1.5]), 1.0, 1.0) == pytest.approx(0.3)
    assert speed_cap_m_s(zones, np.array([4.0, 1.5]), 1.0, 1.0) == math.inf
    near = speed_cap_m_s(zones, np.array([2.2, 1.5]), 1.0, 1.0)
    assert near == pytest.approx(math.sqrt(0.3**2 + 2 * 0.5 * 0.2))


def test_the_distance_to_a_polygon():
    assert distance_to_polygon_m(BOX, np.array([1.5, 1.5])) == 0.0
    assert distance_to_polygon_m(BOX, np.array([2.3, 2.4])) == pytest.approx(0.5)
