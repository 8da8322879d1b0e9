import contextlib
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from app.broker import BrokerArguments, broker_main, run_broker
from app.client import follow_task, set_estop, show_status, stop_task
from homebody.bus import Bus, BusConfig, Message
from homebody.clock import wall_time_s
from homebody.errors import ResourceError
from homebody.payloads import (
    Availability,
    EstopRequest,
    PosePayload,
    RobotState,
    TaskEvent,
    TaskPayload,
    TaskRequest,
    TaskState,
    Topics,
)
from homebody.settings import parse_json

HOST = "127.0.0.1"
SPAWN = multiprocessing.get_context("spawn")
Script = Callable[["FakeRobot", TaskRequest], None]


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def start_broker(port: int) -> Any:
    ready = SPAWN.Event()
    process = SPAWN.Process(target=broker_main, args=(BrokerArguments(HOST, port), ready))
    process.start()
    assert ready.wait(20.0)
    return process


def wait_until(condition: Callable[[], bool], timeout_s: float = 5.0) -> bool:
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        if condition():
            return True
        time.sleep(0.01)
    return False


@pytest.fixture(scope="module")
def bus_config() -> Iterator[BusConfig]:
    port = free_port()
    process = start_broker(port)
    yield BusConfig(host=HOST, port=port)
    process.terminate()
    process.join(5.0)
    assert process.exitcode == 0


class FakeRobot:
    """Answers task requests by a script on a thread of its own."""

    def __init__(self, config: BusConfig, name: str, script: Script) -> None:
        self.topics = Topics(name)
        self.script = script
        self.is_estopped = False
        self.task: TaskPayload | None = None
        self.recent: list[TaskPayload] = []
        self.requests: list[Message] = []
        self.bus = Bus(
            config, f"{name}-fake", (self.topics.availability, Availability(online=False))
        )
        self.bus.subscribe(self.topics.task_set, self._on_task, qos=1)
        self.bus.subscribe(self.topics.stop, self._on_stop, qos=1)
        self.bus.subscribe(self.topics.estop, self._on_estop, qos=1)

    def __enter__(self) -> "FakeRobot":
        self.bus.start(5.0)
        return self

    def __exit__(self, *_: object) -> None:
        self.bus.stop()

    def say(self, request: TaskRequest, state: TaskState, reason: str = "") -> None:
        event = TaskEvent(id=request.id, state=state, reason=reason, ts=wall_time_s())
        self.bus.publish(self.topics.task_event, event, qos=1)

    def show(self, activity: str = "standing") -> None:
        state = RobotState(
            ts=wall_time_s(),
            pose=PosePayload(x_m=1.0, y_m=2.0, yaw_rad=0.0),
            localization_quality=0.9,
            speed_m_s=0.0,
            yaw_rate_rad_s=0.0,
            pan_rad=0.0,
            tilt_rad=0.0,
            face="neutral",
            activity=activity,
            task=self.task,
            recent=self.recent,
            estop=self.is_estopped,
            battery=0.5,
            rooms=["kitchen"],
            room="kitchen",
        )
        self.bus.publish(self.topics.state, state, is_retained=True)

    def _on_task(self, message: Message) -> None:
        self.requests.append(message)
        request = parse_json(TaskRequest, message.payload, message.topic)
        threading.Thread(target=self.script, args=(self, request), daemon=True).start()

    def _on_stop(self, _: Message) -> None:
        self.task = None
        self.show()

    def _on_estop(self, message: Message) -> None:
        self.is_estopped = parse_json(EstopRequest, message.payload, message.topic).engaged
        self.show()


def run(call: Callable[[Console], int]) -> tuple[int, str]:
    text = StringIO()
    code = call(Console(file=text, width=200))
    return code, text.getvalue()


def succeed(robot: FakeRobot, request: TaskRequest) -> None:
    robot.say(request, "accepted")
    robot.say(request, "running")
    robot.task = TaskPayload(
        id=request.id, type=request.type, args=request.args, state="running", progress=0.4
    )
    robot.show("driving through the door")
    robot.say(request, "succeeded", "it stands in the kitchen")


def fail(robot: FakeRobot, request: TaskRequest) -> None:
    robot.say(request, "accepted")
    robot.say(request, "failed", "the door of the kitchen is shut")


def reject(robot: FakeRobot, request: TaskRequest) -> None:
    robot.say(request, "rejected", "there is no room called attic")


def lose_the_event(robot: FakeRobot, request: TaskRequest) -> None:
    robot.say(request, "running")
    robot.recent = [TaskPayload(id=request.id, type=request.type, state="succeeded")]
    robot.show()


def stay_silent(robot: FakeRobot, request: TaskRequest) -> None:
    robot.say(request.model_copy(update={"id": "another"}), "accepted")


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        (succeed, 0, "go-to succeeded: it stands in the kitchen"),
        (fail, 1, "go-to failed: the door of the kitchen is shut"),
        (reject, 2, "go-to rejected: there is no room called attic"),
        (lose_the_event, 0, "go-to succeeded"),
        (stay_silent, 3, "no robot answers within 2 s"),
    ],
)
def test_follow_task_ends_with_the_right_code_and_reason(
    bus_config: BusConfig, script: Script, code: int, words: str
) -> None:
    name = script.__name__.replace("_", "-")
    with FakeRobot(bus_config, name, script) as robot:
        result = run(lambda c: follow_task(bus_config, name, "go_to", {"room": "kitchen"}, c))
        assert result[0] == code
        assert words in result[1]
        request = parse_json(TaskRequest, robot.requests[0].payload, "test")
        assert (request.type, request.args, request.v) == ("go_to", {"room": "kitchen"}, 1)
        assert not robot.requests[0].is_retained


def test_ctrl_c_leaves_the_task_running(bus_config: BusConfig) -> None:
    def interrupt(robot: FakeRobot, request: TaskRequest) -> None:
        robot.say(request, "running")
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    with FakeRobot(bus_config, "interrupted", interrupt):
        code, text = run(lambda c: follow_task(bus_config, "interrupted", "explore", {}, c))
    assert code == 130
    assert "The task goes on" in text


def test_stop_waits_for_the_robot_to_obey(bus_config: BusConfig) -> None:
    with FakeRobot(bus_config, "stopped", succeed) as robot:
        robot.task = TaskPayload(id="1", type="explore", state="running")
        code, text = run(lambda c: stop_task(bus_config, "stopped", c))
        assert (code, text.strip()) == (0, "the robot stands")
        assert robot.task is None


def test_estop_is_confirmed_both_ways(bus_config: BusConfig) -> None:
    with FakeRobot(bus_config, "estopped", succeed) as robot:
        assert run(lambda c: set_estop(bus_config, "estopped", True, c))[0] == 0
        assert robot.is_estopped
        assert run(lambda c: set_estop(bus_config, "estopped", False, c))[0] == 0
        assert not robot.is_estopped


class DeafRobot(FakeRobot):
    """Shows its state several times a second, as a robot does, and never the wanted one."""

    def _on_estop(self, _: Message) -> None:
        for delay_s in (0.0, 0.3, 0.6, 0.9):
            threading.Timer(delay_s, self.show).start()


def test_a_robot_that_does_not_obey_is_a_failure(bus_config: BusConfig) -> None:
    with DeafRobot(bus_config, "deaf", succeed):
        code, text = run(lambda c: set_estop(bus_config, "deaf", True, c))
    assert code == 1
    assert "does not confirm that the emergency stop is engaged" in text


def test_status_shows_what_the_robot_does(bus_config: BusConfig) -> None:
    with FakeRobot(bus_config, "seen", succeed) as robot:
        timer = threading.Timer(0.5, robot.show, ["exploring the kitchen"])
        timer.start()
        code, text = run(lambda c: show_status(bus_config, "seen", c))
        timer.join()
    assert code == 0
    for word in ("exploring the kitchen", "1.00, 2.00 m", "50 %", "kitchen"):
        assert word in text


def test_status_of_a_robot_that_is_gone_shows_its_last_words(bus_config: BusConfig) -> None:
    with FakeRobot(bus_config, "gone", succeed) as robot:
        robot.show("going to sleep")
        time.sleep(0.2)
    code, text = run(lambda c: show_status(bus_config, "gone", c))
    assert code == 3
    assert "going to sleep" in text
    assert "last words" in text


def test_the_broker_keeps_every_client_while_others_subscribe(bus_config: BusConfig) -> None:
    with FakeRobot(bus_config, "busy", succeed) as robot:
        for k in range(30):
            robot.bus.subscribe(f"crowd/{k}", lambda _: None, qos=1)
            robot.bus.publish(f"crowd/{k}", Availability(online=True), qos=1, is_retained=True)
        time.sleep(0.5)
        starts = [0] * 20
        crowd = [Bus(bus_config, f"crowd-{i}") for i in range(len(starts))]
        for i, bus in enumerate(crowd):
            bus.subscribe(f"crowd/own/{i}", lambda _: None, qos=1)

            def count(i: int = i) -> None:
                starts[i] += 1

            bus.on_connect(count)
        threads = [threading.Thread(target=bus.start, args=(5.0,)) for bus in crowd]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(1.5)  # one that was dropped would have connected again by now
        for bus in crowd:
            bus.stop()
    assert starts == [1] * len(starts)


def test_without_a_broker_nothing_answers() -> None:
    config = BusConfig(host=HOST, port=free_port())
    for call in (
        lambda c: follow_task(config, "robot", "explore", {}, c),
        lambda c: show_status(config, "robot", c),
        lambda c: stop_task(config, "robot", c),
    ):
        code, text = run(call)
        assert code == 3
        assert "no MQTT broker answers at 127.0.0.1" in text


# --- the broker -------------------------------------------------------------------------------


def test_broker_carries_what_the_robot_sends(bus_config: BusConfig) -> None:
    got: list[Message] = []
    will = ("bus/will", Availability(online=False))
    sender, receiver = Bus(bus_config, "sender", will), Bus(bus_config, "receiver")
    receiver.subscribe("bus/#", got.append, qos=1)
    try:
        receiver.start(5.0)
        sender.start(5.0)
        big = os.urandom(40_000)
        for k in range(20):
            sender.publish(f"bus/big/{k}", big, qos=k % 2)
        assert wait_until(lambda: len(got) == 20)
        assert {m.payload for m in got} == {big}
        assert [m.topic for m in got] == [f"bus/big/{k}" for k in range(20)]
        sender.publish("bus/kept", b"for later", qos=1, is_retained=True)
        assert wait_until(lambda: got[-1].topic == "bus/kept")
        assert not got[-1].is_retained
        sock = sender._client.socket()
        assert sock is not None
        sock.shutdown(socket.SHUT_RDWR)  # the cable is pulled
        assert wait_until(lambda: got[-1].payload == b'{"v":1,"online":false}')
        late: list[Message] = []
        latecomer = Bus(bus_config, "latecomer")
        latecomer.subscribe("bus/kept", late.append)
        latecomer.start(5.0)
        assert wait_until(lambda: bool(late))
        assert (late[0].payload, late[0].is_retained) == (b"for later", True)
        latecomer.stop()
    finally:
        sender.stop()
        receiver.stop()


def test_bus_survives_handlers_and_a_broker_that_restarts() -> None:
    port = free_port()
    config = BusConfig(host=HOST, port=port, reconnect_max_s=1)
    broker = start_broker(port)
    got: list[bytes] = []
    connections: list[float] = []
    bus = Bus(config, "survivor")
    bus.subscribe("try/bad", lambda _: 1 / 0)
    for topic in ("try/first", "try/big", "try/gone", "try/again"):
        bus.subscribe(topic, lambda message: got.append(message.payload))
    bus.on_connect(lambda: connections.append(time.monotonic()))
    try:
        bus.start(5.0)
        bus.publish("try/bad", b"")
        bus.publish("try/first", b"first")
        assert wait_until(lambda: got == [b"first"])
        assert bus.handler_errors == 1
        bus.publish("try/big", bytes(300 * 1024))
        assert wait_until(lambda: bus.refused == 1)
        broker.terminate()
        broker.join(5.0)
        assert wait_until(lambda: not bus.is_connected)
        bus.publish("try/gone", b"qos 0 is dropped")
        broker = start_broker(port)
        assert wait_until(lambda: bus.is_connected, 10.0)
        bus.publish("try/again", b"second", qos=1)
        assert wait_until(lambda: got == [b"first", b"second"])
        assert len(connections) == 2
    finally:
        bus.stop()
        broker.terminate()
        broker.join(5.0)


def test_a_port_in_use_is_said_clearly() -> None:
    with contextlib.closing(socket.socket()) as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(ResourceError, match=f"127.0.0.1:{port}.*Address already in use"):
            run_broker(HOST, port, SPAWN.Event())
