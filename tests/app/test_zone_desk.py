"""Requests about zones: obeyed, refused with a reason, and kept."""

import json
from pathlib import Path

import pytest

from app.zones.desk import ZoneDesk, zone_store
from homebody.zone_payloads import ZoneEvent
from navigation.zones.book import ZoneBook

RUG = {"name": "rug", "kind": "keep_out", "points_m": [[0, 0], [1, 0], [1, 1], [0, 1]]}


class Desk:
    def __init__(self, folder: Path) -> None:
        self.book = ZoneBook()
        self.events: list[ZoneEvent] = []
        self.desk = ZoneDesk(self.book, zone_store(folder), self.events.append)

    def ask(self, is_retained: bool = False, **request: object) -> None:
        payload = json.dumps({"v": 1, "id": "a1", **request}).encode()
        self.desk.take(payload, "zone/set", is_retained, 100.0)


def test_a_zone_survives_a_restart(tmp_path: Path) -> None:
    first = Desk(tmp_path)
    first.ask(action="set", zone=RUG)
    first.desk.close()
    assert [(event.id, event.state) for event in first.events] == [("a1", "done")]
    second = Desk(tmp_path)
    assert [zone.words for zone in second.book.zones] == ["keep-out zone 'rug'"]
    second.ask(action="delete", name="RUG")
    second.desk.close()
    assert not len(Desk(tmp_path).book.zones)


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
    tmp_path: Path, named: str, request_: dict[str, object]
) -> None:
    desk = Desk(tmp_path)
    desk.ask(**request_)
    desk.desk.close()
    (event,) = desk.events
    assert (event.id, event.state) == ("a1", "rejected")
    assert named in event.reason
    assert desk.book.revision == 0


def test_what_is_no_request_at_all_is_refused_without_an_id(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.desk.take(b"\xff{", "zone/set", False, 1.0)
    desk.ask(is_retained=True, action="set", zone=RUG)
    desk.desk.close()
    assert [(e.id, e.state) for e in desk.events] == [("", "rejected"), ("a1", "rejected")]
    assert "retained" in desk.events[1].reason


def test_a_file_that_cannot_be_read_is_told_and_no_zone_is_in_force(tmp_path: Path) -> None:
    (tmp_path / "zones.json").write_text("{")
    desk = Desk(tmp_path)
    assert "zones cannot be read" in desk.desk.notice
    assert not len(desk.book.zones)
