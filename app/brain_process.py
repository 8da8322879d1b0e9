"""The brain process: paces the brain at 10 Hz, takes tasks from MQTT, publishes what it did."""

from __future__ import annotations

import logging
import os
from functools import partial
from multiprocessing.synchronize import Event
from queue import SimpleQueue

from app.arguments import BrainArguments
from app.brain import Brain
from app.brain_parts import BrainOutput
from app.delays import DelayBook
from app.jobs import ProcessJobs
from app.maps.keeper import MapKeeper
from app.pace import Pacer
from app.process import StopFlag, prepare_child, use_one_thread
from app.room_desk import RoomDesk
from app.stores.map_keys import load_keys
from app.stores.map_store import MapStore
from app.stores.planner_faults import PlannerFaultLog
from app.stores.task_store import TaskStore
from app.task_journal import TaskJournal
from app.telemetry import Telemetry
from app.wiring import make_brain
from app.zones.desk import ZoneDesk
from homebody.bus import Bus, Message
from homebody.clock import MonotonicClock, wall_time_s
from homebody.errors import HomebodyError, MessageError
from homebody.payloads import (
    PROTOCOL_VERSION,
    TEXT_MAX,
    Availability,
    EstopRequest,
    TaskEvent,
    TaskRequest,
    Topics,
)
from homebody.room_payloads import RoomEvent
from homebody.settings import parse_json
from homebody.zone_payloads import ZoneEvent

_PERIOD_S = 0.1
_DELAYS_PERIOD_S = 2.0

_log = logging.getLogger(__name__)


def brain_main(arguments: BrainArguments, ready: Event) -> None:
    """Entry point of the brain process."""
    prepare_child("brain")
    use_one_thread()
    stop = StopFlag()
    config = arguments.config
    delays = DelayBook()
    jobs = ProcessJobs(delays.note)
    keeper = _make_keeper(arguments)
    memories = keeper.memories([pose for pose in (arguments.start, arguments.home.dock) if pose])
    brain = make_brain(
        config, arguments.home, arguments.start, jobs, arguments.seed, memories=memories
    )
    store = TaskStore(arguments.folder)
    state = store.load()
    if state is not None:
        brain.resume(state, wall_time_s())
    shell = _BrainShell(brain, arguments, delays, store, keeper)
    try:
        shell.connect()
        ready.set()
        shell.run(stop)
    finally:
        shell.close()
        jobs.close()


class _BrainShell:
    """Joins the pure brain to clock, mailboxes, bus and disk."""

    def __init__(
        self,
        brain: Brain,
        arguments: BrainArguments,
        delays: DelayBook,
        store: TaskStore,
        keeper: MapKeeper,
    ) -> None:
        config = arguments.config
        self._brain = brain
        self._delays = delays
        self._delays_due_s = 0.0
        self._link = arguments.link
        self._autostart = config.robot.autostart_task
        self._run_id = arguments.run_id
        self._notice = store.notice
        self._keeper = keeper
        self._planner_faults = PlannerFaultLog(arguments.folder)
        self._topics = Topics(config.robot.name)
        self._telemetry = Telemetry(self._topics, config.body_description())
        self._room_desk = RoomDesk(brain.parts.rooms)
        self._clock = MonotonicClock()
        self._requests: SimpleQueue[Message] = SimpleQueue()
        will = (self._topics.availability, Availability(online=False))
        self._bus = Bus(config.mqtt.bus(), f"{config.robot.name}-brain", will)
        self._journal = TaskJournal(store, self._publish_event)
        self._zones = ZoneDesk(
            brain.parts.rules.zones, partial(keeper.keep, brain), self._publish_zone_event
        )

    def connect(self) -> None:
        topics = self._topics
        for topic in (
            topics.task_set,
            topics.rooms_set,
            topics.zone_set,
            topics.stop,
            topics.estop,
        ):
            self._bus.subscribe(topic, self._requests.put, qos=1)
        self._bus.on_refused(self._requests.put)
        self._bus.on_connect(
            lambda: self._bus.publish(
                self._topics.availability, Availability(online=True), qos=1, is_retained=True
            )
        )
        try:
            self._bus.start(timeout_s=2.0)
        except HomebodyError as problem:
            _log.warning("the brain takes no tasks over MQTT yet: %s", problem)

    def run(self, stop: StopFlag) -> None:
        if self._autostart and self._brain.parts.queue.current is None:
            request = _autostart_request(self._autostart, self._run_id)
            self._brain.submit(request, False, wall_time_s())
        pacer = Pacer(_PERIOD_S, self._clock)
        while not stop.is_set:
            self._keeper.settle(self._brain)
            self._take_requests()
            now_s = self._clock.now_s()
            output = self._brain.step(self._link.receive(), now_s, wall_time_s())
            if output is not None:
                self._send(output, now_s)
            pacer.wait()

    def _send(self, output: BrainOutput, now_s: float) -> None:
        """The command first; what others want to see has time."""
        self._link.command.put(output.command)
        delay_s = self._clock.now_s() - now_s
        self._journal.note(self._brain, output.events)
        self._keeper.note(self._brain, output, now_s)
        self._planner_faults.note(output.plan.fault, wall_time_s())
        self._brain.note_delay(delay_s)
        self._delays.note("command", delay_s)
        for topic, payload, is_retained in self._telemetry.messages(
            self._brain, output, now_s, wall_time_s(), self._troubles()
        ):
            self._bus.publish(topic, payload, is_retained=is_retained)
        for sensor, delay_s in self._brain.sensor_delays_s.items():
            self._delays.note(f"sensor {sensor}", delay_s)
        if now_s >= self._delays_due_s:
            self._delays_due_s = now_s + _DELAYS_PERIOD_S
            self._bus.publish(self._topics.delays, self._delays.payload(wall_time_s()))

    def _troubles(self) -> tuple[str, ...]:
        """What is wrong with what is stored, in plain words; empty words where nothing is."""
        keeper = self._keeper
        return self._notice, keeper.notice, self._journal.fault, keeper.fault

    def _publish_event(self, event: TaskEvent) -> None:
        self._bus.publish(self._topics.task_event, event, qos=1)

    def _publish_zone_event(self, event: ZoneEvent) -> None:
        self._bus.publish(self._topics.zone_event, event, qos=1)

    def close(self) -> None:
        self._journal.close()
        self._keeper.close(self._brain)
        self._bus.publish(
            self._topics.availability, Availability(online=False), qos=1, is_retained=True
        )
        self._bus.stop()

    def _take_requests(self) -> None:
        while self._keeper.is_settled and not self._requests.empty():
            message = self._requests.get()
            if message.topic == self._topics.stop:
                self._brain.stop()
            elif message.topic == self._topics.estop:
                self._take_estop(message)
            elif message.refusal is not None:
                self._refuse(message.topic, message.refusal)
            elif message.topic == self._topics.zone_set:
                now_s = wall_time_s()
                self._zones.take(message.payload, message.topic, message.is_retained, now_s)
            elif message.topic == self._topics.rooms_set:
                self._take_room_request(message)
            else:
                self._take_task(message)

    def _refuse(self, topic: str, problem: MessageError) -> None:
        """Answer what was too large, where its answer is looked for."""
        now_s = wall_time_s()
        if topic == self._topics.zone_set:
            self._zones.refuse(problem, now_s)
        elif topic == self._topics.rooms_set:
            self._publish_room_event(self._room_desk.refuse(problem, now_s))
        else:
            self._brain.reject(b"", problem, now_s)

    def _take_task(self, message: Message) -> None:
        try:
            request = parse_json(TaskRequest, message.payload, message.topic)
        except MessageError as problem:
            _log.warning("%s", problem)
            self._brain.reject(message.payload, problem, wall_time_s())
            return
        self._brain.submit(request, message.is_retained, wall_time_s())

    def _take_room_request(self, message: Message) -> None:
        event = self._room_desk.answer(
            message.payload, message.topic, message.is_retained, wall_time_s()
        )
        if event.state == "done":
            self._keeper.keep(self._brain, partial(self._publish_room_event, event))
        else:
            self._publish_room_event(event)

    def _publish_room_event(self, event: RoomEvent, fault: str = "") -> None:
        words = f"{event.reason}; {fault}"[:TEXT_MAX] if fault else event.reason
        told = event.model_copy(update={"reason": words})
        self._bus.publish(self._topics.rooms_event, told, qos=1)

    def _take_estop(self, message: Message) -> None:
        """End the task; the body answers."""
        try:
            request = parse_json(EstopRequest, message.payload, message.topic)
        except MessageError:
            return
        if request.engaged:
            self._brain.stop()


def _make_keeper(arguments: BrainArguments) -> MapKeeper:
    folder = arguments.folder
    store = MapStore(folder, load_keys(folder, os.environ), wall_time_s)
    return MapKeeper(folder, store, arguments.run_id, arguments.config.storage)


def _autostart_request(kind: str, run_id: str) -> TaskRequest:
    """The same id throughout a run: a brain that is started again does not begin anew."""
    return TaskRequest(
        v=PROTOCOL_VERSION,
        id=f"autostart-{run_id}",
        type=kind,
        ts=wall_time_s(),
        source="autostart",
    )
