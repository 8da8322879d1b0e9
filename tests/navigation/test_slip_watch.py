"""Slip as the lidar shows it, against turns made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.plane_geometry import box, ray_ranges
from homebody.geometry import SE2, FloatArray
from homebody.messages import LidarPacket, Odometry, SensorFrame, default_body
from navigation.reactive_config import ReactiveConfig
from navigation.reactive_track import OdometryTrack
from navigation.slip_watch import Slip, SlipWatch
from navigation.stopping import StoppingBound, slip_cap_m_s
from navigation.turn_match import match

BODY = default_body()
ROOM = np.concatenate([box(-2.0, -1.5, 4.0, 2.5), box(1.5, 0.8, 2.0, 1.4)])
TICK_S = 0.01
NOISE_M = 0.01


def points(pose: SE2, rng: np.random.Generator) -> FloatArray:
    """A turn's points in the room's frame, as seen from a pose, shape (360, 2)."""
    angles = pose.yaw_rad + np.linspace(-math.pi, math.pi, 360, endpoint=False)
    at = np.array([pose.x_m, pose.y_m])
    ranges = ray_ranges(at, angles, ROOM) + NOISE_M * rng.standard_normal(360)
    return np.asarray(at + ranges[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1))


@pytest.mark.parametrize(
    "moved",
    [SE2(0.0, 0.0, 0.0), SE2(0.08, 0.0, 0.0), SE2(0.0, -0.05, 0.1), SE2(0.05, 0.03, -0.4)],
)
def test_a_turn_is_laid_over_the_one_before(moved: SE2) -> None:
    rng = np.random.default_rng(2)
    old = points(SE2.identity(), rng)
    # Seen after a motion that dead reckoning knows nothing of: placed as if there had been none.
    new = moved.inverse().apply(points(moved, rng))
    found = match(old, new, np.ones(360, dtype=np.bool_), np.zeros(2))
    assert found is not None
    assert [found.x_m, found.y_m] == pytest.approx([moved.x_m, moved.y_m], abs=0.01)
    assert found.yaw_rad == pytest.approx(moved.yaw_rad, abs=0.01)


def test_turns_of_different_rooms_give_no_answer() -> None:
    rng = np.random.default_rng(2)
    old = points(SE2.identity(), rng)
    new = np.stack([np.linspace(-3, 3, 360), np.sin(np.linspace(0, 40, 360))], axis=1)
    assert match(old, new, np.ones(360, dtype=np.bool_), np.zeros(2)) is None


class Drive:
    """A robot that truly moves otherwise than its odometry says."""

    def __init__(self) -> None:
        assert BODY.lidar is not None
        self.watch = SlipWatch(BODY.lidar, BODY.circumscribed_radius_m)
        self.track = OdometryTrack()
        self.rng = np.random.default_rng(4)
        self.true = self.told = SE2(0.0, 0.0, 0.3)
        self.tick = 0

    @property
    def now_s(self) -> float:
        return self.tick * TICK_S

    def run(self, duration_s: float, told: tuple[float, float], true: tuple[float, float]) -> Slip:
        lidar = BODY.lidar
        assert lidar is not None
        n = lidar.n_beams // lidar.n_packets
        slip = Slip()
        for _ in range(round(duration_s / TICK_S)):
            self.tick += 1
            self.true, self.told = _moved(self.true, true), _moved(self.told, told)
            turn, part = divmod(self.tick, lidar.n_packets)
            angles = self.true.yaw_rad + lidar.beam_angles_rad()[part * n : (part + 1) * n]
            at = self.true.apply(lidar.T_robot_lidar.translation_m[:2])
            ranges = ray_ranges(at, angles, ROOM) + NOISE_M * self.rng.standard_normal(n)
            self.track.extend([Odometry(self.now_s, self.told, *told)])
            packet = LidarPacket(turn, part * n, np.full(n, self.now_s), ranges)
            slip = self.watch.update(SensorFrame(lidar=(packet,)).lidar, self.track, self.now_s)
        return slip


def _moved(pose: SE2, twist: tuple[float, float]) -> SE2:
    way, turn = twist[0] * TICK_S, twist[1] * TICK_S
    middle = pose.yaw_rad + 0.5 * turn
    return SE2(
        pose.x_m + way * math.cos(middle), pose.y_m + way * math.sin(middle), pose.yaw_rad + turn
    )


@pytest.mark.parametrize("twist", [(0.8, 0.0), (0.5, 1.5), (0.0, 2.5), (0.0, 0.0)])
def test_a_good_floor_is_no_complaint(twist: tuple[float, float]) -> None:
    assert Drive().run(1.5, twist, twist) == Slip()


@pytest.mark.parametrize(
    ("told", "true"),
    [
        ((0.8, 0.0), (0.0, 0.0)),  # the wheels spin
        ((0.8, 0.0), (0.8, 2.0)),  # one of them slips
        ((0.0, 0.0), (0.4, 0.5)),  # somebody pushes it
    ],
)
def test_slip_is_told_within_a_quarter_of_a_second_and_forgotten(
    told: tuple[float, float], true: tuple[float, float]
) -> None:
    drive = Drive()
    drive.run(0.5, told, told)
    slip = drive.run(0.26, told, true)
    assert "they slip, or somebody is carrying me" in slip.words
    assert slip.share > 0.25
    assert drive.run(2.0, (0.2, 0.0), (0.2, 0.0)).words
    assert drive.run(1.5, (0.0, 0.0), (0.0, 0.0)) == Slip()


def test_the_cap_keeps_what_is_off_within_the_margin() -> None:
    config = ReactiveConfig()
    bound = StoppingBound.of(BODY, config)
    speeds = [slip_cap_m_s(bound, config, share) for share in (0.0, 0.05, 0.3, 0.7, 3.0)]
    assert speeds[0] == math.inf
    assert speeds[1:] == sorted(speeds[1:], reverse=True)
    assert speeds[-1] == config.blind_speed_m_s
    for share, v in zip((0.05, 0.3, 0.7), speeds[1:4], strict=True):
        off_m = share * (bound.distance_m(v) - bound.margin_m)
        assert off_m == pytest.approx(bound.margin_m)
