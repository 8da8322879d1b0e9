import numpy as np
import pytest
from made_maps import corridor_with_rooms, two_rooms
from room_memories import survey

from navigation.rooms.doorway_identity import DoorwayIdentities
from navigation.rooms.memory import RoomMemory


def remembered(*maps, robot=(3.0, 3.0)):
    memory = RoomMemory.blank()
    for made in maps:
        memory = memory.surveyed(survey(made, robot))
    return memory


def test_a_doorway_is_where_the_opening_is_and_names_its_rooms():
    memory = remembered(two_rooms())
    (doorway,) = memory.known_doorways()
    assert set(doorway.rooms) == {room.name for room in memory.rooms}
    assert doorway.width_m == pytest.approx(0.9, abs=0.06)
    np.testing.assert_allclose((doorway.a_map_m + doorway.b_map_m) / 2, (5.05, 2.95), atol=0.08)


def test_each_doorway_keeps_its_identity_while_the_map_grows_and_others_come():
    seen = [corridor_with_rooms().unseen(x_m, 0.0, 15.0, 8.0) for x_m in (5.0, 8.0, 11.0, 15.0)]
    memory, places = RoomMemory.blank(), {}
    for made in seen:
        memory = memory.surveyed(survey(made, (2.0, 1.7)))
        for doorway in memory.known_doorways():
            here = (doorway.a_map_m + doorway.b_map_m) / 2
            assert np.linalg.norm(places.setdefault(doorway.identity, here) - here) < 0.3
    assert len(memory.known_doorways()) == 4


def test_a_shut_door_is_still_a_doorway_and_the_room_behind_it_a_room():
    shut = two_rooms().wall(5.0, 2.5, 5.1, 3.4)
    memory = remembered(two_rooms(), two_rooms(), shut, shut)
    (doorway,) = memory.known_doorways()
    assert len(memory.rooms) == 2
    opened = memory.surveyed(survey(two_rooms()))
    assert [d.identity for d in opened.known_doorways()] == [doorway.identity]
    assert set(doorway.rooms) == {room.name for room in memory.rooms}


def test_a_doorway_seen_once_that_is_gone_was_none():
    shut = two_rooms().wall(5.0, 2.5, 5.1, 3.4)
    assert remembered(two_rooms(), shut).known_doorways() == ()


def test_where_the_wall_is_gone_there_is_no_doorway_until_it_shows_again():
    without_wall = two_rooms().floor(5.0, 1.0, 5.1, 5.0)
    memory = remembered(two_rooms(), two_rooms())
    (before,) = memory.known_doorways()
    memory = memory.surveyed(survey(without_wall))
    assert memory.known_doorways() == ()
    (after,) = memory.surveyed(survey(two_rooms())).known_doorways()
    assert after.identity == before.identity


def test_renamed_rooms_are_named_so_at_their_doorways():
    memory = remembered(two_rooms())
    memory = memory.renamed(memory.rooms[0].name, "kitchen")
    assert "kitchen" in memory.known_doorways()[0].rooms


def test_two_doors_between_the_same_rooms_are_two():
    made = two_rooms().floor(5.0, 4.1, 5.1, 4.9)
    memory = remembered(made, made)
    first = {d.identity: d.a_map_m for d in memory.known_doorways()}
    assert len(first) == 2
    memory = memory.surveyed(survey(made))
    for doorway in memory.known_doorways():
        np.testing.assert_allclose(doorway.a_map_m, first[doorway.identity])


def test_state_goes_round():
    doorways = remembered(two_rooms(), two_rooms()).doorways
    again = DoorwayIdentities.from_state(doorways.state())
    names = {1: "a", 2: "b"}
    for old, new in zip(doorways.known(names), again.known(names), strict=True):
        assert (old.identity, old.rooms) == (new.identity, new.rooms)
        np.testing.assert_array_equal(old.a_map_m, new.a_map_m)
