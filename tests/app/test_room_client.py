"""The command line asks for changes of the rooms over a real broker."""

from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console
from test_client import free_port, start_broker
from test_room_desk import FakeRooms

from app.room_client import change_rooms, show_rooms
from app.room_desk import RoomDesk
from homebody.bus import Bus, BusConfig, Message
from homebody.clock import wall_time_s
from homebody.errors import InputError
from homebody.payloads import Availability, Topics
from homebody.room_payloads import DoorwayPayload, RoomPayload, RoomsPayload

NOWHERE = {"outline_m": [], "label_x_m": 0.0, "label_y_m": 0.0}
ROOMS = RoomsPayload(
    ts=1.0,
    rooms=[
        RoomPayload(name="hall", kind="corridor", area_m2=11.9, **NOWHERE),
        RoomPayload(name="study", is_found=False, **NOWHERE),
        RoomPayload(name="bath", kind="room", area_m2=4.1, **NOWHERE),
    ],
    doorways=[DoorwayPayload(id=1, rooms=("bath", "hall"), a_m=(0, 0), b_m=(0, 1))],
)


@pytest.fixture(scope="module")
def bus_config() -> Iterator[BusConfig]:
    port = free_port()
    process = start_broker(port)
    yield BusConfig(host="127.0.0.1", port=port)
    process.terminate()
    process.join(5.0)


@pytest.fixture
def robot(bus_config: BusConfig) -> Iterator[str]:
    topics, desk = Topics("roomy"), RoomDesk(FakeRooms())  # type: ignore[arg-type]
    will = (topics.availability, Availability(online=False))
    bus = Bus(bus_config, "roomy-fake", will)

    def hear(message: Message) -> None:
        event = desk.answer(message.payload, message.topic, message.is_retained, wall_time_s())
        bus.publish(topics.rooms_event, event, qos=1)

    bus.subscribe(topics.rooms_set, hear, qos=1)
    bus.start(5.0)
    bus.publish(topics.rooms, ROOMS, qos=1, is_retained=True)
    yield "roomy"
    bus.stop()


def run(call, *args) -> tuple[int, str]:
    text = StringIO()
    return call(*args, Console(file=text, width=200)), text.getvalue()


def test_rooms_are_listed_with_their_doorways(bus_config, robot) -> None:
    code, text = run(show_rooms, bus_config, robot)
    assert code == 0
    rows = {line.split("│")[1].strip(): line for line in text.splitlines() if "│" in line}
    assert "corridor" in rows["hall"]
    assert "bath" in rows["hall"].split("│")[4]
    assert "not yet found" in rows["study"]
    assert "4.1 m2" in rows["bath"]


def test_a_change_is_done_or_refused_with_the_reason(bus_config, robot) -> None:
    edit = {"op": "rename", "room": "room 1", "name": "den"}
    code, text = run(change_rooms, bus_config, robot, edit)
    assert (code, text) == (0, "done: room 1 is called den now\n")
    code, text = run(change_rooms, bus_config, robot, edit | {"room": "attic"})
    assert code == 2
    assert "allowed: room 1" in text


def test_nonsense_is_refused_before_it_is_sent(bus_config, robot) -> None:
    with pytest.raises(InputError, match="name"):
        run(change_rooms, bus_config, robot, {"op": "rename", "room": "a", "name": "1,2"})


def test_a_robot_that_is_not_there_gives_no_answer(bus_config) -> None:
    code, text = run(show_rooms, bus_config, "nobody")
    assert code == 3
    assert "no robot answers" in text
