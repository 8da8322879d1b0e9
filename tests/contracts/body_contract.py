"""The one suite that every `homebody.ports.Body` passes; a driver's test inherits it.

A driver gives a harness: the body, a clock that goes on, and how fast it truly moves.
"""

import math
from itertools import pairwise
from typing import Protocol

import numpy as np
import pytest

from homebody.geometry import SE2
from homebody.messages import Command, SensorFrame
from homebody.ports import Body

STEP_S = 0.02


class BodyHarness(Protocol):
    body: Body

    def advance_to(self, now_s: float) -> None: ...


def drive(now_s, speed_m_s, yaw_rate_rad_s, *, pan_rad=0.0, tilt_rad=0.0, length_s=0.5):
    return Command(
        issued_time_s=now_s,
        start_time_s=now_s,
        time_s=np.array([0.0, length_s]),
        speed_m_s=np.full(2, speed_m_s),
        yaw_rate_rad_s=np.full(2, yaw_rate_rad_s),
        pan_rad=np.full(2, pan_rad),
        tilt_rad=np.full(2, tilt_rad),
    )


class Run:
    """Steps a body at 50 Hz and keeps all that it said."""

    def __init__(self, harness: BodyHarness) -> None:
        self.harness = harness
        self.now_s = 0.0
        self.frames: list[SensorFrame] = []

    def step(self, duration_s, command=None):
        for _ in range(round(duration_s / STEP_S)):
            if command is not None:
                self.harness.body.apply(command(self.now_s))
            self.now_s = round(self.now_s + STEP_S, 9)
            self.harness.advance_to(self.now_s)
            self.frames.append(self.harness.body.read(self.now_s))
            self._check_times(self.frames[-1])
        return self

    def _check_times(self, frame):
        ranges = [t for p in frame.lidar for t in p.capture_time_s]
        several = [o.capture_time_s for o in frame.odometry + frame.depth]
        single = (frame.people, frame.bump, frame.cliff, frame.battery, frame.dock, frame.head)
        times = ranges + several + [m.capture_time_s for m in single if m is not None]
        assert all(t <= self.now_s + 1e-9 for t in times)

    @property
    def odometry(self):
        return [o for frame in self.frames for o in frame.odometry]

    @property
    def packets(self):
        return [p for frame in self.frames for p in frame.lidar]


class BodyContract:
    """Inherit it and give the fixture `harness`."""

    @pytest.fixture
    def run(self, harness) -> Run:
        return Run(harness)

    def test_describes_itself(self, harness):
        description = harness.body.description
        assert description.footprint_m.shape[1] == 2
        assert description.inscribed_radius_m > 0.0
        assert description.command_timeout_s > 0.0

    def test_read_gives_each_message_once_and_never_waits(self, harness, run):
        run.step(0.5)
        again = harness.body.read(run.now_s)
        assert again.odometry == again.lidar == again.depth == ()
        assert again.bump is again.head is again.people is None

    def test_capture_times_rise(self, run):
        run.step(1.0, lambda t: drive(t, 0.2, 0.3))
        odometry = [o.capture_time_s for o in run.odometry]
        packets = [p.capture_time_s[0] for p in run.packets]
        depth = [d.capture_time_s for f in run.frames for d in f.depth]
        for times in (odometry, packets, depth):
            assert all(b > a for a, b in pairwise(times))
        assert len(odometry) >= 45

    def test_packets_make_whole_turns(self, harness, run):
        lidar = harness.body.description.lidar
        run.step(1.0)
        if lidar is None:
            assert run.packets == []
            return
        starts = [p.turn * lidar.n_beams + p.first_beam for p in run.packets]
        assert np.all(np.diff(starts) == lidar.n_beams // lidar.n_packets)
        assert all(len(p.ranges_m) == len(p.capture_time_s) for p in run.packets)

    def test_odometry_is_cumulative(self, run):
        """Messages that are thrown away cost nothing: the next one holds all the way."""
        run.step(0.5)
        start = run.odometry[-1].T_odom_robot
        run.step(2.0, lambda t: drive(t, 0.2, 0.0))
        run.frames.clear()
        run.step(0.5, lambda t: drive(t, 0.0, 0.0))
        way = start.inverse() @ run.odometry[-1].T_odom_robot
        assert way.x_m == pytest.approx(0.4, abs=0.03)
        assert way.y_m == pytest.approx(0.0, abs=0.03)

    def test_starts_at_the_origin_of_odometry(self, run):
        run.step(0.3)
        assert run.odometry[0].T_odom_robot.distance_m(SE2.identity()) < 0.01

    def test_wheels_follow_a_twist(self, run):
        run.step(1.5, lambda t: drive(t, 0.2, 0.5))
        last = run.odometry[-10:]
        assert np.mean([o.speed_m_s for o in last]) == pytest.approx(0.2, abs=0.01)
        assert np.mean([o.yaw_rate_rad_s for o in last]) == pytest.approx(0.5, abs=0.03)

    def test_speed_is_capped(self, harness, run):
        limits = harness.body.description.limits
        run.step(1.2, lambda t: drive(t, 0.0, 50.0))
        assert max(o.yaw_rate_rad_s for o in run.odometry) < 1.05 * limits.yaw_rate_max_rad_s

    def test_old_command_brakes(self, harness, run):
        run.step(1.0, lambda t: drive(t, 0.3, 0.0, length_s=60.0))
        timeout_s = harness.body.description.command_timeout_s
        run.step(timeout_s + 0.4)
        assert abs(run.odometry[-1].speed_m_s) < 0.01

    def test_end_of_trajectory_brakes(self, run):
        run.step(1.0, lambda t: drive(t, 0.3, 0.0))
        command = drive(run.now_s, 0.3, 0.0, length_s=0.05)
        run.step(0.02, lambda _: command)
        run.step(0.24)
        assert abs(run.odometry[-1].speed_m_s) < 0.03

    def test_command_that_is_not_finite_is_refused(self, harness, run):
        run.step(0.5, lambda t: drive(t, 0.2, 0.0))
        for bad in (math.nan, math.inf):
            with pytest.raises(ValueError, match="finite"):
                harness.body.apply(drive(run.now_s, bad, 0.0))
        run.step(0.1)
        assert run.odometry[-1].speed_m_s == pytest.approx(0.2, abs=0.02)

    def test_head_follows(self, harness, run):
        head = harness.body.description.head
        run.step(1.5, lambda t: drive(t, 0.0, 0.0, pan_rad=0.8, tilt_rad=0.2))
        states = [f.head for f in run.frames if f.head is not None]
        if head is None:
            assert states == []
            return
        assert states[-1].pan_rad == pytest.approx(0.8, abs=0.02)
        assert states[-1].tilt_rad == pytest.approx(0.2, abs=0.02)
        run.step(2.0, lambda t: drive(t, 0.0, 0.0, pan_rad=9.0, tilt_rad=-9.0))
        states = [f.head for f in run.frames if f.head is not None]
        assert states[-1].pan_rad == pytest.approx(head.pan_max_rad, abs=0.02)
        assert states[-1].tilt_rad == pytest.approx(head.tilt_min_rad, abs=0.02)

    def test_close_stops_and_may_be_called_twice(self, harness, run):
        run.step(0.8, lambda t: drive(t, 0.3, 0.0, length_s=60.0))
        harness.body.close()
        harness.body.close()
        assert isinstance(harness.body.read(run.now_s), SensorFrame)
