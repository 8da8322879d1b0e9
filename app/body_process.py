"""The body process: driver, reactive layer and watchdog at 50 Hz, next to the wheels.

It hears the stop topics itself. Nothing that happens in the brain, the broker or the panel can
delay a stop: without a broker it drives on and keeps trying to connect in the bus's own thread.
"""

from __future__ import annotations

import logging
from multiprocessing.synchronize import Event
from queue import SimpleQueue

from app.arguments import BodyArguments
from app.body_loop import BodyLoop
from app.pace import Pacer
from app.process import StopFlag, prepare_child, use_one_thread
from drivers.simulation.link import RemoteBody
from homebody.bus import Bus, Message
from homebody.clock import MonotonicClock, wall_time_s
from homebody.errors import HomebodyError, MessageError
from homebody.messages import BodyReport
from homebody.payloads import BodyPayload, EstopRequest, Topics
from homebody.settings import parse_json
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
    body = RemoteBody(arguments.world, config.body.description())
    shell = _BodyShell(
        BodyLoop(body, ReactiveLayer(body.description, config.reactive), config.body_loop),
        arguments,
    )
    shell.connect()
    ready.set()
    shell.run(stop)
    body.close()


class _BodyShell:
    """Paces the loop, passes messages, and listens for stops."""

    def __init__(self, loop: BodyLoop, arguments: BodyArguments) -> None:
        self._loop = loop
        self._link = arguments.brain
        self._topics = Topics(arguments.config.robot.name)
        self._clock = MonotonicClock()
        self._requests: SimpleQueue[Message] = SimpleQueue()
        self._bus = Bus(arguments.config.mqtt.bus(), f"{arguments.config.robot.name}-body")
        self._published_s = 0.0

    def connect(self) -> None:
        for topic in (self._topics.stop, self._topics.estop):
            self._bus.subscribe(topic, self._requests.put, qos=1)
        try:
            self._bus.start(timeout_s=2.0)
        except HomebodyError as problem:
            _log.warning("the body hears no stop over MQTT yet: %s", problem)

    def run(self, stop: StopFlag) -> None:
        pacer = Pacer(_PERIOD_S, self._clock)
        command = None
        while not stop.is_set:
            self._obey_requests()
            command = self._link.command.take() or command
            output = self._loop.step(command, self._clock.now_s())
            self._link.send(output.messages())
            self._publish(output.report)
            pacer.wait()
        self._halt(pacer)
        self._bus.stop()

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
            try:
                request = parse_json(EstopRequest, message.payload, message.topic)
            except MessageError as problem:
                _log.warning("%s", problem)
                continue
            if message.is_retained and not request.engaged:
                _log.warning("%s: a retained release is not obeyed", message.topic)
                continue
            self._loop.set_estop(request.engaged, request.source)

    def _publish(self, report: BodyReport) -> None:
        if report.time_s - self._published_s < _PUBLISH_PERIOD_S:
            return
        self._published_s = report.time_s
        payload = BodyPayload(
            ts=wall_time_s(),
            estop=report.is_estopped,
            stop_reason=report.stop_reason,
            command_age_s=min(report.command_age_s, 1e6),
            period_p99_ms=1e3 * report.period_p99_s,
            missed_deadlines=report.missed_deadlines,
        )
        self._bus.publish(self._topics.body, payload)
