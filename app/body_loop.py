"""The body's own loop: read, watch, check, follow; 50 times a second, whatever the brain does.

It follows the newest sensible command, brakes when that grows old, when a stop was asked for or the
driver fails, and gives the reactive layer the last word. Cost: about 0.4 ms per tick beside the
driver's.
"""

from __future__ import annotations

import math

import numpy as np

from app.body_config import BodyLoopConfig
from app.body_output import BodyOutput, parts_of
from app.command_watch import CommandWatch
from app.latch import Latch
from app.loop_timing import LoopTiming
from app.scan_assembler import ScanAssembler
from app.slew import TwistSlew
from homebody.errors import HomebodyError
from homebody.geometry import FloatArray
from homebody.messages import (
    BodyReport,
    Command,
    EstopButton,
    Face,
    SensorFrame,
)
from homebody.ports import Body
from navigation.reactive import ReactiveLayer, ReactiveVerdict
from navigation.reactive_track import OdometryTrack
from navigation.sensor_health.config import SensorHealthConfig
from navigation.sensor_health.watch import Health, SensorHealth
from navigation.slip_watch import SlipWatch

# What a driver may raise when its device or its link fails; anything else is a bug and ends the
# process, whereupon the motor controller stops by its own timeout.
_DRIVER_ERRORS = (OSError, ValueError, HomebodyError)
_GAP_MAX_S = 0.1  # after a longer pause the twist still changes by no more than in this time
BUTTON = "the button on the robot"
_SAMPLE_S = np.array([0.0, 0.05, 0.1, 0.15, 0.2])


class BodyLoop:
    """Owns a body; `step` at the configured period.

    Its methods are not safe to be called by several threads; whoever hears a stop hands it to the
    thread that steps.

    Args:
        latch: The stops before a restart; an emergency stop is still engaged.

    Attributes:
        latch: The stops as heard so far; a new object after each change.
        outside_faults: What is wrong around the loop, told with its own faults.
    """

    def __init__(
        self,
        body: Body,
        reactive: ReactiveLayer,
        config: BodyLoopConfig | None = None,
        latch: Latch | None = None,
        health: SensorHealthConfig | None = None,
    ) -> None:
        self._body = body
        self._reactive = reactive
        self._config = config or BodyLoopConfig()
        self.latch = latch or Latch()
        self.outside_faults: tuple[str, ...] = ()
        description = body.description
        self._sensors = SensorHealth(description, health)
        self._health = Health(SensorFrame())
        self._watch = CommandWatch(description.limits)
        self._slew = TwistSlew(description.limits)
        self._timing = LoopTiming(self._config.period_s)
        self._track = OdometryTrack()
        self._scans = ScanAssembler(description.lidar) if description.lidar else None
        radius_m = description.circumscribed_radius_m
        self._slip = SlipWatch(description.lidar, radius_m) if description.lidar else None
        self._now_s = 0.0
        self._is_button_pressed = False
        self._halt_reason = ""
        self._driver_fault = ""
        self._stop_request = ""
        self._head = (0.0, 0.0, Face.NEUTRAL)

    @property
    def is_estopped(self) -> bool:
        return bool(self.latch.estop_reason)

    def stop(self, reason: str = "a stop was asked for") -> None:
        """Brake now and stand until a command comes that was made after the brain has heard."""
        self.latch = self._stopped(self.latch.estop_reason)
        self._stop_request = reason
        self._watch.ignore_until(self._now_s + self._config.stop_deaf_s)

    def set_estop(self, is_engaged: bool, source: str = "") -> str:
        """Engage the emergency stop, or release it; it is latched in between.

        Returns:
            Why it is not released; empty otherwise.
        """
        by = f" by {source}" if source else ""
        if is_engaged and not self.is_estopped:
            self.latch = self._stopped(f"the emergency stop was engaged{by}")
        elif not is_engaged and self._is_button_pressed:
            return f"{BUTTON} is still pressed"
        elif not is_engaged and self.is_estopped:
            self.latch = Latch(stop_count=self.latch.stop_count)
            self._watch.ignore_until(self._now_s + self._config.stop_deaf_s)
        return ""

    def halt(self, reason: str) -> None:
        """Brake now and never move again."""
        self._halt_reason = reason

    def step(self, command: Command | None, now_s: float) -> BodyOutput:
        """One tick.

        Args:
            command: The newest one from the brain, or None; the same one may come again.
            now_s: Time of this tick.
        """
        passed_s = self._wake(self._timing.tick(now_s))
        self._now_s = now_s
        raw = self._read(now_s)
        self._feel_button(raw.button)
        self._health = self._sensors.step(raw, self._slew.twist, now_s)
        frame = self._health.frame
        self._track.extend(frame.odometry)
        slip = self._slip.update(frame.lidar, self._track, now_s) if self._slip else None
        self._reactive.update(frame, self._track, now_s, self._distrusted(), slip)
        scan = self._scans.update(frame.lidar, self._track) if self._scans else None
        self._watch.take(command, now_s)
        verdict, held, wanted = self._judge(now_s)
        self._slew.step((verdict.speed_m_s, verdict.yaw_rate_rad_s), passed_s)
        self._track.tell(self._slew.twist, now_s + self._config.actuation_delay_s)
        out = self._command(wanted, verdict, now_s)
        self._apply(out)
        report = self._report(verdict, held, now_s)
        return BodyOutput(parts_of(frame, scan, report), report, out, self._speed_m_s())

    def _wake(self, passed_s: float) -> float:
        """The time by which the twist may change: of a long pause only a part.

        Meanwhile the motor controller's own timeout has braked: to go on with the twist told last,
        be it to shed it, would let a robot that stands lurch.
        """
        timeout_s = self._body.description.command_timeout_s
        if passed_s > timeout_s:
            self._slew.step((0.0, 0.0), passed_s - timeout_s)
        return min(passed_s, _GAP_MAX_S)

    def _feel_button(self, button: EstopButton | None) -> None:
        """Pressed, it stops the robot, whatever else is wrong with it; let go, it does not release
        it.
        """
        if button is not None:
            self._is_button_pressed = button.is_pressed
        if self._is_button_pressed:
            self.set_estop(True, BUTTON)

    def _stopped(self, estop_reason: str) -> Latch:
        return Latch(estop_reason=estop_reason, stop_count=self.latch.stop_count + 1)

    def _judge(self, now_s: float) -> tuple[ReactiveVerdict, str, Command | None]:
        """The twist that is allowed now, why the body is held if it is, and the command."""
        time_s = now_s + self._config.actuation_delay_s
        wanted = self._watch.in_force(time_s)
        held = self._held(now_s)
        if held or wanted is None:
            return ReactiveVerdict(0.0, 0.0, 0.0, held), held, None
        self._stop_request = ""
        twist = wanted.twist_at(time_s)
        return self._reactive.check(*twist, wanted, time_s, self._slew.twist), "", wanted

    def _held(self, now_s: float) -> str:
        """Why no command is followed, the gravest reason first; empty when one is."""
        reason = (
            self._halt_reason
            or self.latch.estop_reason
            or self._driver_fault
            or self._health.bad.get("odometry", "")
        )
        if reason:
            return reason
        age_s = self._watch.age_s(now_s)
        if age_s == math.inf:
            return self._stop_request or "no command has come yet"
        if age_s >= self._config.command_age_max_s:
            return f"the newest command is {age_s:.1f} s old"
        return ""

    def _command(self, wanted: Command | None, verdict: ReactiveVerdict, now_s: float) -> Command:
        """The next 0.2 s for the driver: what is wanted, as far as it can be reached."""
        speed, yaw_rate = self._slew.twist
        if wanted is not None:
            pan, tilt = wanted.head_at(now_s)
            self._head = (pan, tilt, wanted.face)
        goal_v, goal_w = self._goals(wanted, verdict, now_s)
        reach_v, reach_w = (rate * _SAMPLE_S for rate in self._reach(wanted, verdict))
        n = len(_SAMPLE_S)
        return Command(
            issued_time_s=now_s,
            start_time_s=now_s,
            time_s=_SAMPLE_S,
            speed_m_s=np.minimum(np.maximum(goal_v, speed - reach_v), speed + reach_v),
            yaw_rate_rad_s=np.minimum(np.maximum(goal_w, yaw_rate - reach_w), yaw_rate + reach_w),
            pan_rad=np.full(n, self._head[0]),
            tilt_rad=np.full(n, self._head[1]),
            face=self._head[2],
            reason=verdict.reason or (wanted.reason if wanted is not None else ""),
        )

    def _report(self, verdict: ReactiveVerdict, held: str, now_s: float) -> BodyReport:
        is_stopped = verdict.speed_scale == 0.0
        faults = (
            self._driver_fault,
            self._watch.refusal,
            *self._health.faults,
            self._reactive.fault(now_s),
            self._timing.fault,
            *self.outside_faults,
        )
        return BodyReport(
            time_s=now_s,
            speed_scale=verdict.speed_scale,
            stop_reason=held or (verdict.reason if is_stopped else ""),
            is_estopped=self.is_estopped,
            stop_count=self.latch.stop_count,
            command_age_s=self._watch.age_s(now_s),
            period_p99_s=self._timing.p99_s,
            period_jitter_s=self._timing.jitter_s,
            missed_deadlines=self._timing.missed_deadlines,
            estop_reason=self.latch.estop_reason,
            faults=tuple(dict.fromkeys(text for text in faults if text)),
        )

    def _read(self, now_s: float) -> SensorFrame:
        try:
            frame = self._body.read(now_s)
        except _DRIVER_ERRORS as problem:
            self._driver_fault = f"the driver cannot read its sensors: {problem}"
            return SensorFrame()
        self._driver_fault = ""
        return frame

    def _apply(self, command: Command) -> None:
        try:
            self._body.apply(command)
        except _DRIVER_ERRORS as problem:
            self._driver_fault = f"the driver cannot command its wheels: {problem}"

    def _distrusted(self) -> dict[str, str]:
        """What the reactive layer must do without, and why."""
        if not self._sensors.is_unproven:
            return self._health.bad
        return {**self._health.bad, "wheels": "the wheels did not move as commanded just now"}

    def _speed_m_s(self) -> float:
        newest = self._track.newest
        return newest.speed_m_s if newest is not None else self._slew.twist[0]

    def _reach(self, wanted: Command | None, verdict: ReactiveVerdict) -> tuple[float, float]:
        """How fast the twist may change within the driver's command.

        When braking, as fast as it just did: both axes in proportion, so the path stays the same.
        """
        if wanted is None or verdict.speed_scale == 0.0:
            return self._slew.growth
        return self._slew.brake_m_s2, self._slew.brake_rad_s2

    def _goals(
        self, wanted: Command | None, verdict: ReactiveVerdict, now_s: float
    ) -> tuple[FloatArray, FloatArray]:
        """The twist wanted at each sample of the driver's command."""
        n = len(_SAMPLE_S)
        if wanted is None or verdict.speed_scale == 0.0:
            return np.full(n, verdict.speed_m_s), np.full(n, verdict.yaw_rate_rad_s)
        t = now_s + self._config.actuation_delay_s - wanted.start_time_s + _SAMPLE_S
        scale = np.where(t > wanted.time_s[-1], 0.0, verdict.speed_scale)
        speed = scale * np.interp(t, wanted.time_s, wanted.speed_m_s)
        return speed, scale * np.interp(t, wanted.time_s, wanted.yaw_rate_rad_s)
