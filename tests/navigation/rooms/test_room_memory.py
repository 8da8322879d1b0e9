import io
import json

import cv2
import numpy as np
import pytest
from made_maps import CELL_M, MadeMap, corridor_with_rooms, two_rooms
from room_memories import named_at, survey

from homebody.errors import InputError
from navigation.rooms.memory import RoomMemory
from navigation.rooms.room import Room
from navigation.rooms.state import memory_from_state, state_of
from navigation.types import FREE, UNKNOWN, MapSnapshot

KITCHEN = Room("kitchen", np.array([(0.8, 0.8), (5.2, 0.8), (5.2, 5.2), (0.8, 5.2)]))
ATTIC = Room("attic", np.array([(20.0, 0.0), (22.0, 0.0), (22.0, 2.0)]))
HALVES = ((3.0, 1.5), (3.0, 4.5))
ACROSS = ((1.5, 3.2), (4.5, 3.2))


def surveyed(made, *told, memory=None):
    return (memory or RoomMemory.blank(told)).surveyed(survey(made))


def stored(memory):
    """As a store keeps it: arrays apart from JSON."""
    state = state_of(memory)
    assert [k for k, v in state.items() if isinstance(v, np.ndarray)] == ["labels"]
    arrays = {key: value for key, value in state.items() if isinstance(value, np.ndarray)}
    rest = json.loads(json.dumps({k: v for k, v in state.items() if k not in arrays}))
    file = io.BytesIO()
    np.savez(file, **arrays)
    file.seek(0)
    return rest | dict(np.load(file))


def assert_same(state, other):
    np.testing.assert_array_equal(state.pop("labels"), other.pop("labels"))
    assert state == other


# --- names that were told of -----------------------------------------------------------------


def test_a_told_name_is_known_at_once_and_lent_to_what_is_found_there():
    blank = RoomMemory.blank([KITCHEN, ATTIC])
    assert [(r.name, r.is_found) for r in blank.rooms_by_name()] == [
        ("kitchen", False),
        ("attic", False),
    ]
    memory = surveyed(two_rooms(), KITCHEN, ATTIC)
    assert named_at(memory, 3.0, 3.0) == "kitchen"
    assert [(r.name, r.is_found) for r in memory.rooms_by_name()] == [
        ("kitchen", True),
        ("attic", False),
        ("room 1", True),
    ]


def test_the_users_name_beats_the_told_one_for_good():
    memory = surveyed(two_rooms(), KITCHEN).renamed("Kitchen", "den")
    memory = surveyed(two_rooms(), memory=memory)
    assert named_at(memory, 3.0, 3.0) == "den"
    assert {room.name for room in memory.rooms_by_name()} == {"den", "room 1"}
    again = memory_from_state(stored(memory), [KITCHEN])
    assert {room.name for room in again.rooms_by_name()} == {"den", "room 1"}


def test_a_told_room_is_not_named_twice_when_the_user_gives_its_name_to_another():
    memory = surveyed(two_rooms(), ATTIC)
    memory = memory.renamed(named_at(memory, 6.5, 3.0), "attic")
    assert [(r.name, r.is_found) for r in memory.rooms_by_name()].count(("attic", True)) == 1
    assert len(memory.rooms_by_name()) == 2


# --- what the user says ----------------------------------------------------------------------


def test_a_split_survives_every_further_survey():
    memory, part = surveyed(two_rooms(), KITCHEN).split("kitchen", ACROSS, "dining corner")
    assert part == "dining corner"
    before = {room.identity: room.name for room in memory.rooms}
    for made in (two_rooms(), two_rooms().wall(2.0, 2.0, 2.6, 2.5), two_rooms()):
        memory = surveyed(made, memory=memory)
        assert {room.identity: room.name for room in memory.rooms} == before
        assert {named_at(memory, *p) for p in HALVES} == {"kitchen", "dining corner"}


def test_a_merge_survives_and_keeps_the_users_name():
    memory = surveyed(two_rooms())
    right = named_at(memory, 6.5, 3.0)
    memory = memory.renamed(right, "studio")
    memory, name = memory.merged(named_at(memory, 3.0, 3.0), "studio")
    assert name == "studio", "the name that the user gave, though the other is larger"
    for made in (two_rooms(), two_rooms().wall(5.0, 2.5, 5.1, 3.4), two_rooms()):
        memory = surveyed(made, memory=memory)
        assert [room.name for room in memory.rooms] == ["studio"], "shut door or not"
        (room,) = memory.rooms_by_name()
        assert room.contains(np.array([(3.0, 3.0), (6.5, 3.0)])).all()
    assert memory.known_doorways() == ()


def test_a_split_takes_a_merge_back_and_the_other_way_round():
    memory, name = surveyed(two_rooms()).merged("room 1", "room 2", "loft")
    memory, _ = memory.split(name, ((5.05, 1.2), (5.05, 4.8)), "bedroom")
    memory = surveyed(two_rooms(), memory=memory)
    assert named_at(memory, 3.0, 3.0) == "loft"
    assert named_at(memory, 7.0, 3.0) == "bedroom"
    assert len(memory.known_doorways()) == 1
    memory, _ = memory.merged("loft", "bedroom")
    assert [room.name for room in surveyed(two_rooms(), memory=memory).rooms] == ["loft"]


def test_the_name_of_a_room_merged_away_is_free_again():
    memory = surveyed(two_rooms())
    memory = memory.renamed(named_at(memory, 6.5, 3.0), "bath")
    memory, _ = memory.merged("bath", named_at(memory, 3.0, 3.0), "big room")
    assert memory.renamed("big room", "bath").rooms[0].name == "bath"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.renamed("attic", "x"), "room 1, room 2"),
        (lambda m: m.renamed("room 1", "Room 2"), "no other room"),
        (lambda m: m.merged("room 1", "room 1"), "another room"),
        (lambda m: m.merged("room 1", "attic"), "room 1, room 2"),
        (lambda m: m.split("room 1", ((20.0, 1.0), (22.0, 1.0))), "a line across room 1"),
        (lambda m: m.split("room 1", ((5.21, 2.0), (5.21, 3.0))), "on one side"),
    ],
)
def test_a_refusal_says_what_would_have_been_right(change, said):
    memory = surveyed(two_rooms())
    before = stored(memory)
    with pytest.raises(InputError, match=said):
        change(memory)
    assert_same(stored(memory), before)


def test_rooms_that_do_not_touch_are_not_merged():
    memory = RoomMemory.blank().surveyed(survey(corridor_with_rooms(3), (2.0, 1.7)))
    first, third = named_at(memory, 2.0, 4.0), named_at(memory, 8.5, 4.0)
    with pytest.raises(InputError, match=f"a room that touches {first}"):
        memory.merged(first, third)


def test_before_anything_is_seen_edits_are_refused():
    with pytest.raises(InputError, match="no room has been found yet"):
        RoomMemory.blank([KITCHEN]).renamed("kitchen", "den")


# --- floor that is no room -------------------------------------------------------------------


def test_floor_seen_beyond_a_gap_too_narrow_for_the_robot_is_no_room():
    window = two_rooms(door_m=0.2)
    assert len(surveyed(window).rooms) == 1
    door = surveyed(two_rooms())
    assert len(door.rooms) == 2
    assert len(surveyed(window, memory=door).rooms) == 2, "known: its door is nearly shut now"


# --- a new map of the same home --------------------------------------------------------------


def moved(made, yaw_rad, shift_m):
    """The map turned about its middle and shifted, as another run of SLAM would have it."""
    snapshot = made.snapshot()
    cells = np.pad(snapshot.cells, 20, constant_values=UNKNOWN)
    height, width = cells.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), np.degrees(yaw_rad), 1.0)
    matrix[:, 2] += np.array(shift_m) / CELL_M
    turned = cv2.warpAffine(
        cells, matrix, (width, height), flags=cv2.INTER_NEAREST, borderValue=UNKNOWN
    )
    grid = MadeMap(width * CELL_M, height * CELL_M, (-20 * CELL_M, -20 * CELL_M))
    return MapSnapshot(grid.spec, turned, 1)


@pytest.mark.parametrize(("yaw_rad", "shift_m"), [(0.0, (0.3, -0.25)), (0.05, (0.1, 0.1))])
def test_rooms_names_and_edits_survive_mapping_anew(yaw_rad, shift_m):
    made = corridor_with_rooms(3)
    memory = RoomMemory.blank().surveyed(survey(made, (2.0, 1.7)))
    for name, x_m in (("kitchen", 2.0), ("bath", 5.0), ("study", 8.5)):
        memory = memory.renamed(named_at(memory, x_m, 4.0), name)
    memory, _ = memory.split("study", ((7.3, 4.2), (10.1, 4.2)), "nook")
    memory = memory.surveyed(survey(made, (2.0, 1.7)))
    doors = {d.identity: frozenset(d.rooms) for d in memory.known_doorways()}
    again = memory_from_state(stored(memory))
    for _ in range(2):
        again = again.surveyed(survey(moved(made, yaw_rad, shift_m), (2.0, 1.7)))
    assert {r.identity: r.name for r in again.rooms} == {r.identity: r.name for r in memory.rooms}
    assert {d.identity: frozenset(d.rooms) for d in again.known_doorways()} == doors


def test_a_restart_forgets_nothing():
    memory, _ = surveyed(two_rooms(), KITCHEN).split("kitchen", ACROSS, "nook")
    again = memory_from_state(stored(memory), [KITCHEN])
    assert [r.name for r in again.rooms_by_name()] == [r.name for r in memory.rooms_by_name()]
    for old, new in zip(memory.rooms_by_name(), again.rooms_by_name(), strict=True):
        np.testing.assert_array_equal(old.outline_m, new.outline_m)
    assert again.edits == memory.edits
    grown = surveyed(two_rooms(), memory=again)
    assert {r.identity: r.name for r in grown.rooms} == {r.identity: r.name for r in memory.rooms}


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"edits": [["melt", 0, 0, 1, 1]]},
        {"edits": [["split", 0, 0]]},
        {"labels": np.full((3, 3), 99)},
        {"labels": np.zeros(3)},
        {"rooms": {"next": 3, "given": [], "made_up": [], "grid": [0.0], "rooms": []}},
        {"rooms": {"next": 3, "given": [], "made_up": [], "grid": None, "rooms": [{"name": "a"}]}},
        {"doorways": {"next": 1, "known": [[1, 2, 3]]}},
    ],
)
def test_a_state_that_is_none_is_refused(change):
    state = stored(surveyed(two_rooms()))
    with pytest.raises(InputError, match="stored rooms"):
        memory_from_state(state | change)
    with pytest.raises(InputError, match="stored rooms"):
        memory_from_state({key: v for key, v in state.items() if key not in change})


def test_a_memory_is_a_value():
    memory = surveyed(two_rooms())
    before = stored(memory)
    memory.renamed("room 1", "den")
    memory.merged("room 1", "room 2")
    memory.split(named_at(memory, 3.0, 3.0), ACROSS)
    memory.surveyed(survey(two_rooms().wall(1.0, 3.9, 5.0, 4.0)))
    assert_same(stored(memory), before)
    assert (memory.plan.labels > 0).sum() < (two_rooms().cells == FREE).sum() + 10
