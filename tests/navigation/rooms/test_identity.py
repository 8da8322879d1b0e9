import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_maps import CELL_M, corridor_with_rooms, two_rooms

from homebody.errors import InputError
from homebody.grid import GridSpec
from navigation.rooms.book import RoomBook
from navigation.rooms.identity import RoomIdentities
from navigation.rooms.segmentation import segment
from navigation.types import UNKNOWN, MapSnapshot


def update(rooms, made):
    """Identities at two points of `two_rooms`, after one more map."""
    plan = segment(made.snapshot())
    known = {room.area.label: room for room in rooms.update(plan)}
    return [known[label] for label in (plan.label_at(3, 3), plan.label_at(6.5, 3)) if label]


def moved(snapshot, rows, cols, border):
    """The same home on a larger grid, shifted by some cells against its origin."""
    cells = np.pad(snapshot.cells, border, constant_values=UNKNOWN)
    cells = np.roll(cells, (rows, cols), axis=(0, 1))
    away = border * CELL_M
    spec = GridSpec(
        snapshot.spec.origin_x_m - away, snapshot.spec.origin_y_m - away, CELL_M, *cells.shape
    )
    return MapSnapshot(spec, cells, 2)


def test_a_room_keeps_its_identity_and_name_while_the_map_grows():
    rooms = RoomIdentities()
    (left,) = update(rooms, two_rooms().unseen(4.0, 0.0, 9.0, 6.0))
    rooms.rename(left.identity, "kitchen")
    for seen_to_m in (5.0, 6.2, 7.0, 9.0):
        left_now, *right = update(rooms, two_rooms().unseen(seen_to_m, 0.0, 9.0, 6.0))
        assert (left_now.identity, left_now.name) == (left.identity, "kitchen")
        assert left_now.is_named
    assert right[0].identity != left.identity
    assert right[0].name == "room 1"


@given(rows=st.integers(-5, 5), cols=st.integers(-5, 5), border=st.integers(6, 40))
@settings(max_examples=20, deadline=None)
def test_a_shift_and_a_new_grid_change_no_identity(rows, cols, border):
    snapshot = corridor_with_rooms().snapshot()
    rooms = RoomIdentities()
    plan = segment(snapshot)
    before = {tuple(np.round(r.area.outline_m.mean(axis=0))): r for r in rooms.update(plan)}
    later = segment(moved(snapshot, rows, cols, border))
    for room in rooms.update(later):
        middle = room.area.outline_m.mean(axis=0) - (cols * CELL_M, rows * CELL_M)
        nearest = min(before, key=lambda at: np.linalg.norm(np.array(at) - middle))
        assert room.identity == before[nearest].identity
        assert room.name == before[nearest].name


def test_of_two_rooms_that_became_one_the_other_wakes_again():
    rooms = RoomIdentities()
    left, right = update(rooms, two_rooms())
    rooms.rename(right.identity, "bedroom")
    without_wall = two_rooms().floor(5.0, 1.0, 5.1, 5.0)
    for _ in range(3):
        both = update(rooms, without_wall)
        assert {room.identity for room in both} == {left.identity}
    left_now, right_now = update(rooms, two_rooms())
    assert left_now.identity == left.identity
    assert (right_now.identity, right_now.name) == (right.identity, "bedroom")


def test_a_room_asleep_loses_its_name_to_one_that_is_there():
    rooms = RoomIdentities()
    left, right = update(rooms, two_rooms())
    rooms.rename(right.identity, "bedroom")
    update(rooms, two_rooms().floor(5.0, 1.0, 5.1, 5.0))
    rooms.rename(left.identity, "Bedroom")
    left_now, right_now = update(rooms, two_rooms())
    assert (left_now.identity, left_now.name) == (left.identity, "Bedroom")
    assert (right_now.identity, right_now.name) == (right.identity, "room 1")


def test_a_room_that_was_forgotten_is_known_again():
    rooms = RoomIdentities()
    left, right = update(rooms, two_rooms())
    assert len(update(rooms, two_rooms().unseen(5.1, 0.0, 9.0, 6.0))) == 1
    left_now, right_now = update(rooms, two_rooms())
    assert [left_now.identity, right_now.identity] == [left.identity, right.identity]


def test_the_larger_half_of_a_divided_room_is_the_old_one():
    rooms = RoomIdentities()
    whole, right = update(rooms, two_rooms())
    divided = two_rooms().wall(1.0, 3.9, 5.0, 4.0).floor(1.5, 3.9, 2.3, 4.0)
    left_now, right_now = update(rooms, divided)
    assert left_now.identity == whole.identity
    assert right_now.identity == right.identity
    assert len({room.identity for room in rooms.rooms}) == 3
    assert len({room.name for room in rooms.rooms}) == 3


def test_names_are_made_up_from_the_kind_and_never_taken_twice():
    rooms = RoomIdentities(reserved_names=["Room-1"])
    known = rooms.update(segment(corridor_with_rooms(3).snapshot()))
    assert sorted(room.name for room in known) == ["corridor 1", "room 2", "room 3", "room 4"]
    with pytest.raises(InputError, match="no other room"):
        rooms.rename(known[0].identity, known[1].name.upper())
    with pytest.raises(InputError, match="no other room"):
        rooms.rename(known[0].identity, " ")
    with pytest.raises(InputError, match="one of"):
        rooms.rename(99, "attic")
    assert rooms.rename(known[0].identity, "den") == rooms.rooms[0]


def test_known_rooms_fill_the_room_book():
    rooms = RoomIdentities()
    snapshot = two_rooms().snapshot()
    plan = segment(snapshot)
    rooms.rename(rooms.update(plan)[plan.label_at(3.0, 3.0) - 1].identity, "kitchen")
    book = RoomBook(room.as_room() for room in rooms.rooms)
    assert book.room_at(3.0, 3.0) == "kitchen"
    assert book.standing_place("kitchen", snapshot) is not None
