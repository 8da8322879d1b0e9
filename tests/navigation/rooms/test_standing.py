"""Where the robot stands in rooms that it has found itself."""

import numpy as np
import pytest
from made_maps import MadeMap, corridor_with_rooms, two_rooms
from room_memories import RADIUS_M, survey

from navigation.rooms.book import RoomBook
from navigation.rooms.memory import RoomMemory
from navigation.rooms.ways import distance_to_ways
from navigation.types import FREE


def book_of(made, robot=(3.0, 3.0)):
    memory = RoomMemory.blank().surveyed(survey(made, robot))
    return RoomBook(memory.rooms_by_name(), RADIUS_M, memory.known_doorways()), memory


def ways_through(made, memory, name):
    """The slow way: straight lines between all doorways of a room without bends."""
    middles = [(d.a_map_m + d.b_map_m) / 2 for d in memory.known_doorways() if name in d.rooms]
    shares = np.linspace(0.0, 1.0, 100)[:, None]
    lines = [a + shares * (b - a) for i, a in enumerate(middles) for b in middles[i:]]
    return np.vstack(lines)


def through_room():
    """Rooms on both sides of one of 4 x 4 m, their doors opposite each other in the middle."""
    made = MadeMap(11.0, 6.0).wall(0.4, 0.5, 10.6, 5.5)
    made.floor(0.5, 1.0, 3.0, 5.0).floor(3.1, 1.0, 7.1, 5.0).floor(7.2, 1.0, 10.5, 5.0)
    return made.floor(3.0, 2.5, 3.1, 3.4).floor(7.1, 2.5, 7.2, 3.4)


@pytest.mark.parametrize(
    ("made", "robot"), [(two_rooms(), (3.0, 3.0)), (corridor_with_rooms(4), (2.0, 1.7))]
)
def test_it_stands_with_space_round_it_and_in_no_doorway(made, robot):
    book, memory = book_of(made, robot)
    for room in memory.rooms:
        place = book.standing_place(room.name, made.snapshot(), robot)
        assert book.room_at(*place) == room.name
        for doorway in memory.known_doorways():
            middle = (doorway.a_map_m + doorway.b_map_m) / 2
            assert np.linalg.norm(middle - place) > 0.7
        row, col = made.spec.cell_rc(*place)
        around = made.cells[row - 8 : row + 9, col - 8 : col + 9]
        assert (around == FREE).all(), "0.4 m to each side"


def test_it_stands_out_of_the_way_of_those_who_walk_through():
    made = through_room()
    book, memory = book_of(made)
    name = book.room_at(5.0, 3.0)
    place = np.array(book.standing_place(name, made.snapshot(), (3.0, 3.0)))
    way = ways_through(made, memory, name)
    assert np.linalg.norm(way - place, axis=1).min() > 0.7
    without = RoomBook([book.room(name)], RADIUS_M)
    centre = np.array(without.standing_place(name, made.snapshot(), (3.0, 3.0)))
    assert np.linalg.norm(way - centre, axis=1).min() < 0.3, "the middle is on the way"


def test_ways_go_round_what_stands_in_the_room():
    made = through_room().wall(4.5, 2.0, 5.5, 4.0)
    floor = made.cells == FREE
    middles = np.array([(3.05, 2.95), (7.15, 2.95)])
    way_m = distance_to_ways(made.spec, floor, middles)
    on_way = made.spec.centres_m(np.argwhere(way_m == 0.0))
    assert floor[way_m == 0.0].all()
    assert len(on_way) > 80, "4.1 m in steps of a cell, and the bow"
    assert abs(on_way[:, 1] - 3.0).max() > 0.9
    assert distance_to_ways(made.spec, floor, np.zeros((0, 2))) is None
    assert distance_to_ways(made.spec, floor, np.array([(50.0, 50.0)])) is None
