import dataclasses
import math

import numpy as np
import pytest

from homebody.geometry import SE2, FloatArray
from homebody.messages import (
    BodyDescription,
    Bump,
    Cliff,
    LidarPacket,
    Odometry,
    SensorFrame,
    default_body,
)
from navigation.reactive import ReactiveLayer
from navigation.reactive_config import ReactiveConfig
from navigation.reactive_lidar import smoothed
from navigation.reactive_track import OdometryTrack

LIDAR_ONLY = dataclasses.replace(default_body(), depth=None, cliff=None)
WITH_CLIFF_SENSORS = dataclasses.replace(default_body(), depth=None)
N_BEAMS = 360


def packets_at(points: FloatArray, time_s: float, turn: int = 0) -> tuple[LidarPacket, ...]:
    """A whole turn that sees each point (robot frame), and nothing else."""
    ranges = np.full(N_BEAMS, np.inf)
    angles = np.arctan2(points[:, 1], points[:, 0])
    beams = np.round((angles + np.pi) / (2.0 * np.pi) * N_BEAMS).astype(int) % N_BEAMS
    np.minimum.at(ranges, beams, np.hypot(points[:, 0], points[:, 1]))
    times = np.full(36, time_s)
    return tuple(LidarPacket(turn, 36 * k, times, ranges[36 * k : 36 * k + 36]) for k in range(10))


class Bench:
    """A standing robot whose sensors can be set."""

    def __init__(self, body: BodyDescription = LIDAR_ONLY, **config: float) -> None:
        self.layer = ReactiveLayer(body, ReactiveConfig(**config))  # type: ignore[arg-type]
        self.track = OdometryTrack()
        self.now_s = 0.0
        self.turn = 0

    def see(
        self,
        *points: tuple[float, float],
        pose: SE2 | None = None,
        speed: float = 0.0,
        step_s: float = 0.1,
        frame: SensorFrame | None = None,
    ) -> None:
        self.now_s += step_s
        self.turn += 1
        at = np.array(points, dtype=float).reshape(-1, 2)
        odometry = Odometry(self.now_s, pose or SE2.identity(), speed, 0.0)
        self.track.extend([odometry])
        lidar = packets_at(at, self.now_s, self.turn)
        full = dataclasses.replace(frame or SensorFrame(), lidar=lidar)
        self.layer.update(full, self.track, self.now_s)

    def scale(self, speed: float, yaw_rate: float) -> float:
        return self.layer.check(speed, yaw_rate, None, self.now_s).speed_scale


def wall_ahead(x: float) -> list[tuple[float, float]]:
    return [(x, y) for y in np.arange(-0.5, 0.5, 0.02).tolist()]


def test_nothing_moves_before_odometry_and_ranges_have_come() -> None:
    bench = Bench()
    verdict = bench.layer.check(0.5, 0.0, None, 0.0)
    assert (verdict.speed_m_s, verdict.reason) == (0.0, "no odometry yet")
    bench.track.extend([Odometry(0.0, SE2.identity(), 0.0, 0.0)])
    bench.layer.update(SensorFrame(), bench.track, 0.0)
    verdict = bench.layer.check(0.5, 0.0, None, 0.0)
    assert (verdict.speed_m_s, verdict.reason) == (0.0, "no range sensor speaks")


def test_free_space_changes_nothing() -> None:
    bench = Bench()
    bench.see()
    verdict = bench.layer.check(1.0, 0.5, None, bench.now_s)
    assert (verdict.speed_m_s, verdict.yaw_rate_rad_s, verdict.reason) == (1.0, 0.5, "")


def test_slows_down_continuously_and_stops_before_a_wall() -> None:
    scales = []
    for distance in np.arange(1.0, 0.2, -0.01):
        bench = Bench()
        bench.see(*wall_ahead(float(distance)))
        scales.append(bench.scale(1.0, 0.0))
    assert scales[0] == 1.0
    assert scales[-1] == 0.0
    steps = -np.diff(scales)
    assert np.all(steps >= -1e-9)
    assert steps.max() < 0.15


@pytest.mark.parametrize("speed", [0.2, 0.5, 1.0])
def test_allowed_speed_can_stop_before_the_wall(speed: float) -> None:
    for distance in np.arange(0.3, 1.0, 0.05):
        bench = Bench()
        bench.see(*wall_ahead(float(distance)))
        allowed = speed * bench.scale(speed, 0.0)
        room = distance - 0.21
        assert allowed * 0.1 + allowed**2 / 6.0 <= max(room - 0.02, 0.0) + 1e-6


def test_reason_says_what_and_where() -> None:
    bench = Bench()
    bench.see(*wall_ahead(0.24))
    verdict = bench.layer.check(0.5, 0.0, None, bench.now_s)
    assert verdict.speed_scale == 0.0
    assert verdict.reason == "an obstacle 0.03 m ahead"


def test_walls_five_centimetres_away_on_both_sides_do_not_slow_it() -> None:
    walls = [(x, s * 0.175) for x in np.arange(-1, 1, 0.01).tolist() for s in (-1, 1)]
    bench = Bench()
    bench.see(*walls)
    assert bench.scale(1.0, 0.0) == 1.0


def test_blocked_ahead_backing_out_is_allowed() -> None:
    bench = Bench()
    bench.see(*wall_ahead(0.215))
    assert bench.scale(0.3, 0.0) == 0.0
    assert bench.scale(-0.3, 0.0) == 1.0


def test_blocked_ahead_a_curve_becomes_a_turn_in_place() -> None:
    bench = Bench()
    bench.see(*wall_ahead(0.249))
    verdict = bench.layer.check(0.5, 1.0, None, bench.now_s)
    assert verdict.speed_m_s == 0.0
    assert 0.0 < verdict.yaw_rate_rad_s <= 0.6


def test_points_stay_in_place_while_the_robot_moves() -> None:
    bench = Bench()
    bench.see(*wall_ahead(0.95))
    # the lidar is lost in the next turns, odometry says that the wall has come nearer
    for k in range(1, 4):
        bench.now_s += 0.1
        at = SE2(0.25 * k, 0.0, 0.0)
        bench.track.extend([Odometry(bench.now_s, at, 0.0, 0.0)])
        bench.layer.update(SensorFrame(), bench.track, bench.now_s)
    assert bench.scale(0.5, 0.0) == 0.0


def test_measurements_are_placed_by_the_pose_at_their_capture() -> None:
    bench = Bench()
    for k in range(21):
        bench.track.extend([Odometry(0.01 * k, SE2(0.01 * k, 0.0, 0.0), 1.0, 0.0)])
    late = packets_at(np.array(wall_ahead(0.6)), 0.1)  # seen at x = 0.1, arrives at 0.2
    bench.layer.update(SensorFrame(lidar=late), bench.track, 0.2)
    verdict = bench.layer.check(1.0, 0.0, None, 0.2)
    assert verdict.clearance_m == pytest.approx(0.6 - 0.1 - 0.21, abs=2e-3)


def test_an_obstacle_seen_gone_is_forgotten_within_two_turns() -> None:
    bench = Bench()
    bench.see(*wall_ahead(0.25))
    assert bench.scale(0.3, 0.0) == 0.0
    bench.see()
    bench.see()
    assert bench.scale(0.3, 0.0) == 1.0


def test_lost_beams_keep_the_older_measurement_for_half_a_second() -> None:
    bench = Bench()
    bench.see(*wall_ahead(0.25))
    lost = tuple(
        dataclasses.replace(p, ranges_m=np.where(np.arange(36) % 36 == 0, np.inf, np.nan))
        for p in packets_at(np.zeros((0, 2)), 0.0)
    )
    for _ in range(4):
        bench.now_s += 0.1
        bench.track.extend([Odometry(bench.now_s, SE2.identity(), 0.0, 0.0)])
        now = np.full(36, bench.now_s)
        frame = SensorFrame(lidar=tuple(dataclasses.replace(p, capture_time_s=now) for p in lost))
        bench.layer.update(frame, bench.track, bench.now_s)
    assert bench.scale(0.3, 0.0) == 0.0
    bench.see(step_s=0.2)
    assert bench.scale(0.3, 0.0) == 1.0


def test_the_robot_does_not_stop_for_itself() -> None:
    bench = Bench()
    bench.see((0.1, 0.0), (0.0, 0.05))
    assert bench.scale(0.5, 0.5) == 1.0


def test_a_silent_lidar_ends_the_drive_with_a_reason() -> None:
    bench = Bench()
    bench.see()
    bench.now_s += 0.6
    bench.track.extend([Odometry(bench.now_s, SE2.identity(), 0.0, 0.0)])
    bench.layer.update(SensorFrame(), bench.track, bench.now_s)
    verdict = bench.layer.check(0.5, 0.0, None, bench.now_s)
    assert (verdict.speed_scale, verdict.reason) == (0.0, "no range sensor speaks")
    assert "no range sensor speaks" in bench.layer.fault(bench.now_s)


def test_a_silent_depth_camera_costs_speed() -> None:
    bench = Bench(default_body())
    bench.see()
    verdict = bench.layer.check(1.0, 0.0, None, bench.now_s)
    assert verdict.speed_m_s == pytest.approx(0.3)
    assert verdict.reason == "the depth camera is silent"


def test_packets_of_the_wrong_size_are_named_and_harmless() -> None:
    bench = Bench()
    bench.see()
    bad = LidarPacket(0, 350, np.zeros(36), np.ones(36))
    bench.layer.update(SensorFrame(lidar=(bad,)), bench.track, bench.now_s)
    assert "wrong size" in bench.layer.fault(bench.now_s)


def bumped(count: int, angle: float = 0.0) -> SensorFrame:
    return SensorFrame(bump=Bump(0.0, count, False, angle))


def test_after_a_bump_ahead_only_ahead_is_blocked_until_it_fades() -> None:
    bench = Bench()
    bench.see(frame=bumped(0))
    assert bench.scale(0.3, 0.0) == 1.0
    bench.see(frame=bumped(1))
    assert bench.scale(0.3, 0.0) == 0.0
    assert bench.scale(-0.3, 0.0) == 1.0
    assert "touched" in bench.layer.check(0.3, 0.0, None, bench.now_s).reason
    for _ in range(42):  # 4.2 s of driving elsewhere
        bench.see(frame=bumped(1), speed=0.3)
    assert bench.scale(0.3, 0.0) == 1.0


@pytest.mark.parametrize(("sensor", "blocked", "free"), [(1, 0.3, -0.3), (4, -0.3, 0.3)])
def test_a_drop_stops_it_from_either_direction(sensor: int, blocked: float, free: float) -> None:
    bench = Bench(WITH_CLIFF_SENSORS)
    is_drop = np.zeros(6, dtype=bool)
    is_drop[sensor] = True
    bench.see(frame=SensorFrame(cliff=Cliff(0.1, is_drop)))
    assert bench.scale(blocked, 0.0) == 0.0
    assert bench.scale(free, 0.0) == 1.0
    assert "a drop" in bench.layer.check(blocked, 0.0, None, bench.now_s).reason


def test_a_drop_is_cleared_when_the_sensor_sees_floor_there_again() -> None:
    bench = Bench(WITH_CLIFF_SENSORS)
    bench.see(frame=SensorFrame(cliff=Cliff(0.1, np.ones(6, dtype=bool))))
    assert bench.scale(0.3, 0.0) == 0.0
    bench.see(frame=SensorFrame(cliff=Cliff(0.2, np.zeros(6, dtype=bool))))
    assert bench.scale(0.3, 0.0) == 1.0


def test_track_interpolates_extrapolates_and_refuses_nonsense() -> None:
    track = OdometryTrack(capacity=8)
    with pytest.raises(ValueError, match="no odometry"):
        track.pose_at(0.0)
    for k in range(30):
        track.extend([Odometry(0.1 * k, SE2(0.1 * k, 0.0, 0.2 * k), 1.0, 0.0)])
    track.extend([Odometry(2.0, SE2(9.0, 9.0, 9.0), 0.0, 0.0)])  # out of order
    track.extend([Odometry(9.0, SE2(math.nan, 0.0, 0.0), 0.0, 0.0)])
    times = np.array([0.0, 2.45, 2.9, 3.0, 9.0])
    several = track.poses_at(times)
    c = math.cos(5.8)  # the newest yaw
    assert several[:, 0] == pytest.approx([2.2, 2.45, 2.9, 2.9 + 0.1 * c, 2.9 + 0.35 * c])
    for time_s, pose in zip(times, several, strict=True):
        assert track.pose_at(float(time_s)).as_array() == pytest.approx(pose)


def test_beyond_late_odometry_the_track_goes_on_as_the_wheels_were_told() -> None:
    """Told to brake from 1 m/s at 3 m/s2 from 0 s on, and to turn by 0.5 rad/s from 0.1 s on."""
    track = OdometryTrack()
    track.extend([Odometry(0.0, SE2(0.0, 0.0, 0.0), 0.9, 0.0)])
    for k in range(-10, 20):
        t = 0.02 * k
        track.tell((1.0 - 3.0 * max(0.0, t), 0.5 if t >= 0.1 else 0.0), t)
    at = track.pose_at(0.2)
    assert math.hypot(at.x_m, at.y_m) == pytest.approx(0.9 * 0.2 - 1.5 * 0.2**2, abs=0.001)
    assert at.yaw_rad == pytest.approx(0.5 * 0.1, abs=0.01)
    assert track.poses_at(np.array([0.2]))[0] == pytest.approx(at.as_array())
    track.extend([Odometry(0.2, at, 0.3, 0.5)])
    assert track.pose_at(0.2).x_m == pytest.approx(at.x_m), "a new sample counts for more"


def test_track_unwraps_the_yaw() -> None:
    track = OdometryTrack()
    track.extend(
        [Odometry(0.0, SE2(0, 0, 3.1), 0.0, 0.0), Odometry(0.1, SE2(0, 0, -3.1), 0.0, 0.0)]
    )
    assert track.pose_at(0.05).yaw_rad == pytest.approx(math.pi, abs=1e-6)


def test_smoothing_averages_a_wall_and_leaves_edges_and_single_beams() -> None:
    assert smoothed(np.array([0.50, 0.51, 0.52])) == pytest.approx([0.51, 0.51, 0.51])
    lone = np.array([0.9, 0.9, 0.4, 0.9, 0.9])
    assert smoothed(lone) == pytest.approx(lone)
    holes = smoothed(np.array([0.5, np.nan, 0.52]))
    assert holes[[0, 2]] == pytest.approx([0.51, 0.51])
    assert np.isnan(holes[1])


def test_very_close_walls_alongside_allow_driving_along_them_with_noise() -> None:
    rng = np.random.default_rng(0)
    bench = Bench()
    moved = 0
    for _ in range(50):
        walls = [(x, 0.125 + 0.015) for x in np.arange(-1, 1, 0.004).tolist()]
        noisy = np.array(walls) * (1.0 + 0.008 * rng.standard_normal((len(walls), 1)))
        bench.see(*(tuple(p) for p in noisy.tolist()))
        moved += bench.scale(0.2, 0.0) > 0.2
    assert moved > 25
