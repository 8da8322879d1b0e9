import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_maps import MadeMap, corridor_with_rooms, two_rooms

from homebody.geometry import points_in_polygon
from navigation.rooms.config import RoomSegmentationConfig
from navigation.rooms.furniture import without_furniture
from navigation.rooms.plan import Kind
from navigation.rooms.segmentation import segment
from navigation.types import FREE, UNKNOWN, MapSnapshot


def labels_at(plan, *points):
    return [plan.label_at(x, y) for x, y in points]


def test_two_rooms_and_their_door():
    plan = segment(two_rooms().snapshot(revision=7))
    left, right = labels_at(plan, (3.0, 3.0), (6.5, 3.0))
    assert len(plan.rooms) == 2
    assert 0 not in {left, right}
    assert left != right
    assert plan.revision == 7
    assert plan.rooms[left - 1].area_m2 == pytest.approx(16.0, abs=0.2)
    assert plan.rooms[left - 1].width_m == pytest.approx(4.0, abs=0.15)
    assert plan.rooms[right - 1].kind is Kind.ROOM
    (door,) = plan.doorways
    assert door.labels == (1, 2)
    assert door.is_door
    assert door.width_m == pytest.approx(0.9, abs=0.06)
    assert door.midpoint_m == pytest.approx((5.05, 2.95), abs=0.11)
    assert abs(door.ends_m[0, 1] - door.ends_m[1, 1]) == pytest.approx(0.9, abs=0.06)
    assert plan.neighbours(left) == (right,)


@given(door_m=st.floats(0.5, 1.3), wall_m=st.floats(0.05, 0.4))
@settings(max_examples=20, deadline=None)
def test_any_door_is_as_wide_as_it_was_made(door_m, wall_m):
    plan = segment(two_rooms(door_m, wall_m).snapshot())
    (door,) = plan.doorways
    assert len(plan.rooms) == 2
    assert door.width_m == pytest.approx(door_m, abs=0.11)
    assert 5.0 - 0.06 <= door.midpoint_m[0] <= 5.0 + wall_m + 0.06


@given(turns=st.integers(0, 3), is_flipped=st.booleans(), dx=st.floats(-9, 9), dy=st.floats(-9, 9))
@settings(max_examples=20, deadline=None)
def test_rooms_turn_and_move_with_the_map(turns, is_flipped, dx, dy):
    made = corridor_with_rooms()
    cells = np.rot90(made.cells[::-1] if is_flipped else made.cells, turns).copy()
    spec = type(made.spec)(dx, dy, made.spec.resolution_m, *cells.shape)
    plan, first = segment(MapSnapshot(spec, cells, 1)), segment(made.snapshot())
    assert len(plan.rooms) == len(first.rooms)
    assert sorted(d.width_m for d in plan.doorways) == pytest.approx(
        sorted(d.width_m for d in first.doorways), abs=0.06
    )


def test_a_room_that_bends_stays_one():
    made = MadeMap(9.0, 9.0).wall(0.5, 0.5, 8.0, 8.0)
    plan = segment(made.floor(1.0, 1.0, 7.5, 4.0).floor(1.0, 1.0, 4.0, 7.5).snapshot())
    assert len(plan.rooms) == 1
    assert plan.doorways == ()


def test_a_corridor_with_rooms():
    plan = segment(corridor_with_rooms(4).snapshot())
    corridor = plan.label_at(6.0, 1.7)
    assert len(plan.rooms) == 5
    assert plan.rooms[corridor - 1].kind is Kind.CORRIDOR
    assert len(plan.neighbours(corridor)) == 4
    assert [room.kind for room in plan.rooms].count(Kind.CORRIDOR) == 1
    assert all(door.width_m == pytest.approx(0.85, abs=0.06) for door in plan.doorways)


@pytest.mark.parametrize("hall_m", [5.0, 6.0])
def test_a_corridor_before_an_opening_wider_than_itself_stays_whole(hall_m):
    made = MadeMap(13.0, 10.0).wall(0.5, 0.5, 12.5, 9.5).floor(1.0, 1.0, 11.0, 1.8)
    made.floor(3.0, 1.9, 3.0 + hall_m, 1.9 + hall_m)
    middle_m = 3.0 + 0.5 * hall_m
    plan = segment(made.floor(middle_m - 0.9, 1.8, middle_m + 0.9, 1.9).snapshot())
    hall, corridor = labels_at(plan, (middle_m, 4.0), (1.5, 1.4))
    assert len(plan.rooms) == 2
    assert {plan.label_at(x, 1.4) for x in np.linspace(1.1, 10.9, 99)} == {corridor}
    assert plan.rooms[corridor - 1].area_m2 == pytest.approx(8.0, abs=0.3), "no bulge"
    assert plan.rooms[hall - 1].area_m2 == pytest.approx(hall_m**2, abs=0.3)
    (mouth,) = plan.doorways
    assert mouth.width_m == pytest.approx(1.8, abs=0.11)


def test_a_cupboard_parts_no_corridor():
    made = corridor_with_rooms(4).wall(5.6, 1.0, 6.6, 1.35)
    assert len(segment(made.snapshot()).rooms) == 5


def test_a_corridor_that_opens_into_a_hall_in_its_full_width():
    made = MadeMap(16.0, 8.0).wall(0.5, 0.5, 15.5, 7.5)
    plan = segment(made.floor(1.0, 1.0, 7.0, 7.0).floor(7.0, 3.3, 15.0, 4.7).snapshot())
    hall, corridor = labels_at(plan, (4.0, 4.0), (12.0, 4.0))
    assert len(plan.rooms) == 2
    assert hall != corridor
    (mouth,) = plan.doorways
    assert mouth.width_m == pytest.approx(1.4, abs=0.11)
    assert not mouth.is_door


def test_two_doors_between_two_rooms_are_two_doorways():
    made = two_rooms().floor(5.0, 4.2, 5.1, 4.9)
    assert len(segment(made.snapshot()).doorways) == 2


def test_furniture_parts_no_room_and_belongs_to_it():
    made = two_rooms()
    for x, y in ((2.0, 2.0), (3.0, 2.0), (2.0, 3.0), (3.0, 3.0), (4.2, 4.2)):
        made.wall(x, y, x + 0.1, y + 0.1)
    made.wall(2.2, 3.8, 3.4, 4.4).wall(6.5, 4.4, 8.0, 5.0)  # a table, and a cupboard at the wall
    plan = segment(made.snapshot())
    assert len(plan.rooms) == 2
    assert plan.label_at(2.8, 4.1) == plan.label_at(3.0, 3.0) > 0
    assert plan.label_at(7.0, 4.7) == 0
    assert len(plan.doorways) == 1


def test_a_long_thing_that_stands_free_is_a_wall():
    floor = np.ones((80, 80), np.bool_)
    floor[20, 10:50] = False
    floor[60:62, 60:62] = False
    floor[0:2, 30:32] = False  # at the edge: who knows how long it is
    cleared = without_furniture(floor, 0.05, side_max_m=1.5, area_max_m2=1.0)
    assert not cleared[20, 10:50].any()
    assert cleared[60:62, 60:62].all()
    assert not cleared[0:2, 30:32].any()


def test_the_unseen_is_no_room():
    plan = segment(two_rooms().unseen(5.1, 1.0, 9.0, 5.0).snapshot())
    assert len(plan.rooms) == 1
    assert plan.label_at(6.5, 3.0) == 0


def test_a_niche_is_no_room_but_a_closet_of_its_size_may_be():
    made = two_rooms().floor(0.6, 2.0, 1.0, 2.6)
    assert len(segment(made.snapshot()).rooms) == 2
    closet = two_rooms().floor(1.0, 5.05, 2.0, 5.45).floor(1.3, 5.0, 1.6, 5.05)
    small = RoomSegmentationConfig(room_area_min_m2=0.2, clearance_min_m=0.05)
    assert len(segment(closet.snapshot()).rooms) == 2
    assert len(segment(closet.snapshot(), small).rooms) == 3


def test_outlines_hold_the_cells_of_their_rooms():
    plan = segment(corridor_with_rooms().snapshot())
    for room in plan.rooms:
        cells_rc = np.argwhere(plan.labels == room.label)
        inside = points_in_polygon(plan.spec.centres_m(cells_rc), room.outline_m)
        assert inside.mean() > 0.98


def test_a_map_without_floor_has_no_rooms():
    for value in (UNKNOWN, FREE):
        cells = np.full((40, 60), value, dtype=np.uint8)
        plan = segment(MapSnapshot(MadeMap(3.0, 2.0).spec, cells, 1))
        assert len(plan.rooms) == int(value == FREE)
        assert plan.doorways == ()
        assert plan.label_at(99.0, 0.0) == 0


def test_labels_are_numbered_without_gaps_and_cannot_be_written():
    plan = segment(corridor_with_rooms().snapshot())
    assert np.unique(plan.labels).tolist() == list(range(len(plan.rooms) + 1))
    assert [room.label for room in plan.rooms] == list(range(1, len(plan.rooms) + 1))
    with pytest.raises(ValueError, match="read-only"):
        plan.labels[0, 0] = 1
