import json

import pytest

from app.room_desk import RoomDesk
from homebody.errors import InputError
from homebody.room_payloads import RoomEvent, RoomRequest
from homebody.settings import parse

TOPIC = "homebody/robot/rooms/set"
RENAME = {"op": "rename", "room": "room 1", "name": "den"}


class FakeRooms:
    """Knows one room; notes what it was asked for."""

    def __init__(self):
        self.asked = []

    def rename(self, name, new_name):
        self.asked.append(("rename", name, new_name))
        if name != "room 1":
            raise InputError("rooms", "room", name, "room 1")

    def merge(self, name, other, new_name=None):
        self.asked.append(("merge", name, other, new_name))
        return new_name or name

    def split(self, name, line_m, new_name=None):
        self.asked.append(("split", name, line_m, new_name))
        return new_name or "room 2"


@pytest.fixture
def rooms():
    return FakeRooms()


@pytest.fixture
def desk(rooms):
    return RoomDesk(rooms)


def ask(desk, edit, is_retained=False, wall_s=10.0, **fields) -> RoomEvent:
    request = {"v": 1, "id": "a", "edit": edit, "ts": 10.0} | fields
    return desk.answer(json.dumps(request).encode(), TOPIC, is_retained, wall_s)


def test_changes_are_done_and_said(desk, rooms):
    line = [[0.0, 1.0], [2.0, 1.0]]
    answers = [
        ask(desk, RENAME, id="1"),
        ask(desk, {"op": "merge", "room": "den", "other": "hall", "name": "loft"}, id="2"),
        ask(desk, {"op": "split", "room": "loft", "line_m": line}, id="3"),
    ]
    assert [(a.id, a.state) for a in answers] == [("1", "done"), ("2", "done"), ("3", "done")]
    assert answers[0].reason == "room 1 is called den now"
    assert answers[1].reason == "den and hall are one room now, loft"
    assert answers[2].reason == "a part of loft is called room 2 now"
    assert rooms.asked[2] == ("split", "loft", ((0.0, 1.0), (2.0, 1.0)), None)


def test_the_same_id_again_changes_nothing(desk, rooms):
    assert ask(desk, RENAME) == ask(desk, RENAME | {"name": "other"})
    assert len(rooms.asked) == 1


def test_a_refusal_gives_the_reason(desk):
    event = ask(desk, RENAME | {"room": "attic"})
    assert event.state == "rejected"
    assert event.reason == "rooms: room is 'attic'; allowed: room 1"


def test_retained_and_old_requests_are_refused(desk, rooms):
    assert ask(desk, RENAME, is_retained=True, id="1").state == "rejected"
    late = ask(desk, RENAME, wall_s=50.0, id="2")
    assert (late.state, late.reason) == ("rejected", "sent 40 s ago; allowed: 30 s")
    assert rooms.asked == []


@pytest.mark.parametrize(
    ("payload", "identity"),
    [
        (b"", ""),
        (b"[1]", ""),
        (b"\xff", ""),
        (b'{"id": 7}', ""),
        (b'{"v": 1, "id": "x", "edit": {"op": "melt"}, "ts": 1.0}', "x"),
    ],
)
def test_nonsense_is_answered_and_changes_nothing(desk, rooms, payload, identity):
    event = desk.answer(payload, TOPIC, False, 10.0)
    assert (event.id, event.state) == (identity, "rejected")
    assert TOPIC in event.reason
    assert rooms.asked == []


@pytest.mark.parametrize("name", ["", "   ", "1.5,2", "x" * 41, "a\nb", "\x07bell"])
def test_names_that_are_none_are_refused(desk, rooms, name):
    assert ask(desk, RENAME | {"name": name}).state == "rejected"
    assert rooms.asked == []


@pytest.mark.parametrize("name", ["Küche", "room 2", "子供部屋", "Anna's den"])
def test_names_in_any_language_are_taken(desk, rooms, name):
    assert ask(desk, RENAME | {"name": f" {name} "}).state == "done"
    assert rooms.asked == [("rename", "room 1", name)]


def test_a_request_goes_round():
    request = parse(RoomRequest, {"v": 1, "id": "a", "edit": RENAME, "ts": 1.0}, "test")
    assert RoomRequest.model_validate_json(request.model_dump_json()) == request
