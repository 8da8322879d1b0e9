"""The body process: driver, reactive layer and watchdog at 50 Hz, next to the wheels.

It hears the stop topics itself. Nothing that happens in the brain, the broker or the panel can
delay a stop: without a broker it drives on and keeps trying to connect in the bus's own thread. An
emergency stop outlives the process: it is stored beside the loop, and read before the first tick.
"""

from __future__ import annotations

import logging
from multiprocessing.synchronize import Event
from queue import SimpleQueue

from app import estop_desk
from app.arguments import BodyArguments
from app.body_loop import BodyLoop
from app.pace import Pacer
from app.process import StopFlag, prepare_child, use_one_thread
from app.stores.latch_store import LatchStore, stored_latch
from app.stores.saver import Saver
from app.urgency import make_urgent
from drivers.simulation.link import RemoteBody
from homebody.bus import Bus, Message
from homebody.clock import MonotonicClock, wall_time_s
from homebody.errors import HomebodyError
from homebody.messages import BodyReport
from homebody.payloads import TEXT_MAX, BodyPayload, Topics
from navigation.reactive import ReactiveLayer

_PERIOD_S = 0.02
_PUBLISH_PERIOD_S = 0.5
_HALT_TIME_S = 0.8
_STANDING_M_S = 0.02

_log = logging.getLogger(__name__)


def body_main(arguments: BodyArguments, ready: Event) -> None:
    """Entry point of the body process."""
    prepare_child("body")
    use_one_thread()
    stop = StopFlag()
    config = arguments.config
    body = RemoteBody(arguments.world, config.body_description())
    reactive = ReactiveLayer(body.description, config.reactive)
    store = LatchStore(arguments.folder)
    loop = BodyLoop(body, reactive, config.body_loop, stored_latch(store), config.sensor_health)
    shell = _BodyShell(loop, arguments, store)
    shell.connect()
    ready.set()
    shell.run(stop)
    body.close()


class _BodyShell:
    """Paces the loop, passes messages, listens for stops and has them kept."""

    def __init__(self, loop: BodyLoop, arguments: BodyArguments, store: LatchStore) -> None:
        self._loop = loop
        self._kept = loop.latch
        self._saver = Saver(store, "the emergency stop")
        self._troubles = arguments.troubles
        self._troubles_heard: tuple[str, ...] = ()
        self._link = arguments.brain
        self._topics = Topics(arguments.config.robot.name)
        self._clock = MonotonicClock()
        self._requests: SimpleQueue[Message] = SimpleQueue()
        self._bus = Bus(arguments.config.mqtt.bus(), f"{arguments.config.robot.name}-body")
        self._scheduling = ""
        self._published_s = 0.0
        self._published_faults: tuple[str, ...] = ()

    def connect(self) -> None:
        for topic in (self._topics.stop, self._topics.estop):
            self._bus.subscribe(topic, self._requests.put, qos=1)
        self._bus.on_refused(self._requests.put)
        try:
            self._bus.start(timeout_s=2.0)
        except HomebodyError as problem:
            _log.warning("the body hears no stop over MQTT yet: %s", problem)

    def run(self, stop: StopFlag) -> None:
        self._scheduling = make_urgent()  # after the helper threads have been started
        pacer = Pacer(_PERIOD_S, self._clock)
        command = None
        while not stop.is_set:
            self._obey_requests()
            self._loop.outside_faults = self._outside_faults()
            command = self._link.command.take() or command
            output = self._loop.step(command, self._clock.now_s())
            self._keep()
            self._link.send(output.messages())
            self._publish(output.report)
            pacer.wait()
        self._halt(pacer)
        self._saver.close()
        self._bus.stop()

    def _keep(self) -> None:
        if self._loop.latch is not self._kept:
            self._kept = self._loop.latch
            self._saver.put(self._kept)

    def _outside_faults(self) -> tuple[str, ...]:
        news = self._troubles.take()
        if news is not None:
            self._troubles_heard = news
        return self._saver.fault, *self._troubles_heard

    def _halt(self, pacer: Pacer) -> None:
        """Brake and stay until the wheels stand, before this process goes."""
        self._loop.halt("the robot is being switched off")
        until_s = self._clock.now_s() + _HALT_TIME_S
        while self._clock.now_s() < until_s:
            output = self._loop.step(None, self._clock.now_s())
            if abs(output.speed_m_s) < _STANDING_M_S:
                break
            pacer.wait()

    def _obey_requests(self) -> None:
        while not self._requests.empty():
            message = self._requests.get()
            if message.topic == self._topics.stop:
                self._loop.stop("a stop was asked for")
                continue
            event = estop_desk.answer(self._loop, message, wall_time_s())
            self._bus.publish(self._topics.estop_event, event, qos=1)

    def _publish(self, report: BodyReport) -> None:
        is_due = report.time_s - self._published_s >= _PUBLISH_PERIOD_S
        if not is_due and report.faults == self._published_faults:
            return
        self._published_s, self._published_faults = report.time_s, report.faults
        payload = BodyPayload(
            ts=wall_time_s(),
            estop=report.is_estopped,
            stop_reason=report.stop_reason[:TEXT_MAX],
            command_age_s=min(report.command_age_s, 1e6),
            period_p99_ms=1e3 * report.period_p99_s,
            period_jitter_ms=1e3 * report.period_jitter_s,
            missed_deadlines=report.missed_deadlines,
            scheduling=self._scheduling[:TEXT_MAX],
            faults=[fault[:TEXT_MAX] for fault in report.faults],
        )
        self._bus.publish(self._topics.body, payload)
