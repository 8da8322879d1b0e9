import numpy as np
import pytest

from homebody.errors import InputError
from homebody.grid import GridSpec
from navigation.rooms.book import RoomBook
from navigation.rooms.room import Room, key_of
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot


def square(x0, y0, x1, y1):
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])


KITCHEN = Room("Kitchen", square(0.0, 0.0, 3.0, 3.0))
LIVING = Room("living room", square(3.0, 0.0, 7.0, 3.0))
CORNER = Room("reading-corner", square(6.0, 2.0, 7.0, 3.0))
BOOK = RoomBook([KITCHEN, LIVING, CORNER])


def snapshot_of(cells, origin=(0.0, 0.0)):
    return MapSnapshot(GridSpec(*origin, 0.05, *cells.shape), cells, 1)


def home():
    """Kitchen (0 to 3 m) and living room (3 to 7 m) with a wall and a door between."""
    cells = np.full((60, 140), FREE, dtype=np.uint8)
    cells[[0, -1]] = OCCUPIED
    cells[:, [0, -1]] = OCCUPIED
    cells[:, 60] = OCCUPIED
    cells[20:36, 60] = FREE
    return cells


@pytest.mark.parametrize(
    "name", ["living room", "Living_Room", "LIVING-ROOM", " living   room ", "Living Room"]
)
def test_names_are_found_however_they_are_written(name):
    assert BOOK.room(name) is LIVING
    assert name in BOOK


def test_names_stay_as_people_wrote_them():
    assert BOOK.names() == ("Kitchen", "living room", "reading-corner")
    assert key_of("Straße") == key_of("STRASSE")
    assert len(BOOK) == 3
    assert 3 not in BOOK


def test_an_unknown_room_is_refused_with_those_that_are_known():
    with pytest.raises(InputError, match="Kitchen, living room, reading-corner"):
        BOOK.room("attic")
    with pytest.raises(InputError, match="no room is known"):
        RoomBook().room("attic")
    with pytest.raises(InputError, match="attic"):
        BOOK.standing_place("attic", snapshot_of(home()))


def test_two_rooms_of_one_name_are_refused():
    with pytest.raises(InputError, match="no other room"):
        RoomBook([KITCHEN, Room("kitchen", LIVING.outline_m)])
    with pytest.raises(InputError, match="3 corners"):
        RoomBook([Room("line", np.array([(0.0, 0.0), (1.0, 1.0)]))])


def test_points_belong_to_the_smallest_room_that_holds_them():
    assert BOOK.room_at(1.0, 1.0) == "Kitchen"
    assert BOOK.room_at(4.0, 1.0) == "living room"
    assert BOOK.room_at(6.5, 2.5) == "reading-corner"
    assert BOOK.room_at(-1.0, 1.0) is None
    assert LIVING.area_m2 == pytest.approx(12.0)


def test_an_empty_room_is_stood_in_near_its_middle():
    place = BOOK.standing_place("kitchen", snapshot_of(home()))
    np.testing.assert_allclose(place, (1.5, 1.5), atol=0.1)


def test_a_sofa_in_the_middle_is_not_stood_in():
    cells = home()
    cells[20:40, 15:45] = OCCUPIED
    x, y = BOOK.standing_place("kitchen", snapshot_of(cells))
    rows, cols = np.nonzero(cells == OCCUPIED)
    off_m = np.hypot((cols + 0.5) * 0.05 - x, (rows + 0.5) * 0.05 - y)
    assert off_m.min() > 0.3
    assert BOOK.room_at(x, y) == "Kitchen"


def test_the_place_is_inside_and_not_in_the_doorway():
    x, _ = BOOK.standing_place("living room", snapshot_of(home()))
    assert 3.6 < x < 6.4


def test_only_what_can_be_reached_is_taken():
    cells = home()
    cells[:, 60] = OCCUPIED  # the door is shut
    snapshot = snapshot_of(cells)
    shut = BOOK.place_in("living room", snapshot, reachable_from=(1.0, 1.0))
    assert shut.point_map_m is None
    assert "no way that was seen leads into living room" in shut.reason
    assert BOOK.standing_place("living room", snapshot, (5.0, 1.0)) is not None
    cells = home()
    cells[:, 100] = OCCUPIED  # the right part is shut off
    x, _ = BOOK.standing_place("living room", snapshot_of(cells), (1.0, 1.0))
    assert x < 5.0


def test_a_room_not_yet_seen_gives_a_guess():
    cells = home()
    cells[:, 60:] = UNKNOWN
    guess = BOOK.place_in("living room", snapshot_of(cells))
    assert not guess.is_seen
    assert "has not been seen yet" in guess.reason
    np.testing.assert_allclose(guess.point_map_m, (5.0, 1.5), atol=0.2)


def test_a_room_beyond_the_map_gives_a_guess_too():
    far = RoomBook([Room("shed", square(20.0, 20.0, 22.0, 22.0))])
    guess = far.place_in("shed", snapshot_of(home()))
    np.testing.assert_allclose(guess.point_map_m, (21.0, 21.0), atol=0.1)


def test_a_room_full_of_things_gives_none():
    cells = home()
    cells[:, :61] = OCCUPIED
    full = BOOK.place_in("kitchen", snapshot_of(cells))
    assert full.point_map_m is None
    assert "nothing in Kitchen is free" in full.reason
    assert BOOK.standing_place("kitchen", snapshot_of(cells)) is None


def test_the_origin_of_the_map_does_not_matter():
    moved = np.full((160, 240), UNKNOWN, dtype=np.uint8)
    moved[40:100, 60:200] = home()
    place = BOOK.standing_place("kitchen", snapshot_of(moved, (-3.0, -2.0)), (5.0, 1.0))
    np.testing.assert_allclose(place, BOOK.standing_place("kitchen", snapshot_of(home())))
