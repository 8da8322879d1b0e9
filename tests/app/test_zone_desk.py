"""Requests about zones: obeyed, refused with a reason, and kept."""

import json

import pytest

from app.zones.desk import ZoneDesk
from homebody.zone_payloads import ZoneEvent
from navigation.zones.book import ZoneBook

RUG = {"name": "rug", "kind": "keep_out", "points_m": [[0, 0], [1, 0], [1, 1], [0, 1]]}


class Desk:
    def __init__(self, fault: str = "") -> None:
        self.book = ZoneBook()
        self.events: list[ZoneEvent] = []
        self.desk = ZoneDesk(self.book, lambda then: then(fault), self.events.append)

    def ask(self, is_retained: bool = False, **request: object) -> None:
        payload = json.dumps({"v": 1, "id": "a1", **request}).encode()
        self.desk.take(payload, "zone/set", is_retained, 100.0)


def test_a_zone_is_set_and_deleted_and_the_answer_waits_for_the_disk() -> None:
    desk = Desk()
    desk.ask(action="set", zone=RUG)
    assert [zone.words for zone in desk.book.zones] == ["keep-out zone 'rug'"]
    desk.ask(action="delete", name="RUG")
    assert not len(desk.book.zones)
    assert [(event.id, event.state, event.reason) for event in desk.events] == [
        ("a1", "done", "")
    ] * 2
    full = Desk("the map cannot be stored (disk full)")
    full.ask(action="set", zone=RUG)
    assert full.events[0].reason == "the map cannot be stored (disk full)"


@pytest.mark.parametrize(
    ("named", "request_"),
    [
        ("action", {"action": "paint"}),
        ("zone with set", {"action": "set", "name": "rug"}),
        ("points_m", {"action": "set", "zone": RUG | {"points_m": [[0, 0], [1, 0]]}}),
        ("kind", {"action": "set", "zone": RUG | {"kind": "lava"}}),
        ("colour", {"action": "set", "zone": RUG | {"colour": "red"}}),
        ("attic", {"action": "delete", "name": "attic"}),
    ],
)
def test_nonsense_is_refused_with_the_field_and_changes_nothing(
    named: str, request_: dict[str, object]
) -> None:
    desk = Desk()
    desk.ask(**request_)
    (event,) = desk.events
    assert (event.id, event.state) == ("a1", "rejected")
    assert named in event.reason
    assert desk.book.revision == 0


def test_what_is_no_request_at_all_is_refused_without_an_id() -> None:
    desk = Desk()
    desk.desk.take(b"\xff{", "zone/set", False, 1.0)
    desk.ask(is_retained=True, action="set", zone=RUG)
    assert [(e.id, e.state) for e in desk.events] == [("", "rejected"), ("a1", "rejected")]
    assert "retained" in desk.events[1].reason
