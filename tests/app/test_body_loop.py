import dataclasses
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.body_config import BodyLoopConfig
from app.body_loop import BodyLoop
from app.body_output import BodyOutput
from app.command_watch import CommandWatch, refusal
from app.loop_timing import LoopTiming
from app.scan_assembler import ScanAssembler
from app.slew import TwistSlew
from app.urgency import make_urgent
from benchmarks.kinematic_body import KinematicBody, constant_command
from benchmarks.plane_geometry import box
from homebody.geometry import SE2
from homebody.messages import (
    Command,
    EstopButton,
    LidarPacket,
    MotionLimits,
    Odometry,
    default_body,
)
from navigation.reactive import ReactiveLayer
from navigation.reactive_track import OdometryTrack

PERIOD_S = 0.02
OPEN = box(-20.0, -20.0, 20.0, 20.0)
Brain = Callable[[float], Command | None]


class Bench:
    """A body loop on a kinematic body, with a brain at 10 Hz."""

    def __init__(self, body: KinematicBody | None = None) -> None:
        self.body = body or KinematicBody(OPEN)
        self.loop = BodyLoop(self.body, ReactiveLayer(self.body.description), BodyLoopConfig())
        self.tick = 0
        self.command: Command | None = None
        self.outputs: list[BodyOutput] = []

    @property
    def now_s(self) -> float:
        return self.tick * PERIOD_S

    def run(self, duration_s: float, brain: Brain = lambda _: None) -> BodyOutput:
        for _ in range(round(duration_s / PERIOD_S)):
            self.tick += 1
            if self.tick % 5 == 0:
                self.command = brain(self.now_s) or self.command
            self.outputs.append(self.loop.step(self.command, self.now_s))
        return self.outputs[-1]

    def drive(self, duration_s: float, speed: float = 1.0, yaw_rate: float = 0.0) -> BodyOutput:
        return self.run(duration_s, lambda now_s: constant_command(now_s, speed, yaw_rate))


@pytest.mark.parametrize("pause_s", [0.5, 1.0, 10.0])
def test_after_a_suspension_the_robot_does_not_lurch(pause_s: float) -> None:
    bench = Bench()
    bench.run(0.3)
    bench.drive(2.0)
    bench.tick += round(pause_s / PERIOD_S)
    bench.body.read(bench.now_s)  # the base has gone on, and braked by its own timeout
    speeds = [bench.body.speed]
    for _ in range(100):
        bench.drive(PERIOD_S)
        speeds.append(bench.body.speed)
    rise_m_s2 = (np.array(speeds[5:]) - np.array(speeds[:-5])).max() / (5 * PERIOD_S)
    assert rise_m_s2 < 1.25, "comfort is 1 m/s2"
    assert speeds[-1] > 0.2, "it goes on"


def feel(bench: Bench, is_pressed: bool) -> None:
    button = EstopButton(bench.now_s + PERIOD_S, is_pressed)
    bench.body.extra = dataclasses.replace(bench.body.extra, button=button)


def test_the_button_on_the_robot_stops_it_and_is_released_by_word_only() -> None:
    bench = Bench()
    bench.run(0.3)
    bench.drive(1.0)
    assert bench.body.speed > 0.5
    feel(bench, True)
    out = bench.drive(1.0)
    assert out.report.stop_reason == "the emergency stop was engaged by the button on the robot"
    assert bench.body.speed == pytest.approx(0.0, abs=0.01)
    assert bench.loop.set_estop(False) == "the button on the robot is still pressed"
    assert bench.drive(0.1).report.is_estopped
    feel(bench, False)
    assert bench.drive(0.3).report.is_estopped, "letting it go is no release"
    assert bench.loop.set_estop(False) == ""
    assert not bench.drive(0.5).report.is_estopped
    assert bench.body.speed > 0.1


def test_follows_the_command_within_comfort() -> None:
    bench = Bench()
    bench.run(0.3)
    out = bench.drive(2.5)
    assert bench.body.speed == pytest.approx(1.0, abs=0.01)
    assert out.report.stop_reason == ""
    assert out.report.speed_scale == 1.0
    speeds = np.array([o.command.speed_m_s[0] for o in bench.outputs])
    assert np.diff(speeds).max() <= 1.2 * 1.0 * PERIOD_S + 1e-9


def test_stands_until_a_command_comes() -> None:
    out = Bench().run(0.5)
    assert out.report.stop_reason == "no command has come yet"
    assert out.command.speed_m_s[0] == 0.0


def test_brakes_within_a_tick_when_the_command_is_too_old_and_stands_in_time() -> None:
    bench = Bench()
    bench.run(0.3)
    bench.drive(2.5)
    assert bench.command is not None
    issued_s = bench.command.issued_time_s
    n = len(bench.outputs)
    bench.run(1.0)
    times = [o.report.time_s for o in bench.outputs[n:]]
    speeds = [o.command.speed_m_s[0] for o in bench.outputs[n:]]
    braking = next(t for t, v in zip(times, speeds, strict=True) if v < 0.99)
    assert braking <= issued_s + 0.3 + PERIOD_S + 1e-9
    standing = next(t for t, v in zip(times, speeds, strict=True) if v == 0.0)
    assert standing <= issued_s + 0.3 + 1.0 / 3.0 + PERIOD_S + 1e-9
    assert "s old" in bench.outputs[-1].report.stop_reason
    assert bench.body.speed == pytest.approx(0.0, abs=1e-3)


def test_braking_keeps_the_curve() -> None:
    bench = Bench()
    bench.run(0.3)
    bench.drive(2.5, 0.8, 0.8)
    n = len(bench.outputs)
    bench.run(1.0)
    moving = [o for o in bench.outputs[n:] if o.command.speed_m_s[0] > 0.01]
    ratios = [o.command.yaw_rate_rad_s[0] / o.command.speed_m_s[0] for o in moving]
    assert ratios == pytest.approx(np.ones(len(ratios)), abs=1e-6)
    ahead = [o.command for o in moving[-8:]]
    for command in ahead:
        assert command.yaw_rate_rad_s == pytest.approx(command.speed_m_s, abs=1e-6)


def test_estop_is_latched_until_released_and_needs_a_new_command() -> None:
    bench = Bench()
    bench.run(0.3)
    bench.drive(1.5)
    bench.loop.set_estop(True, "the panel")
    out = bench.drive(1.0)
    assert out.report.is_estopped
    assert out.report.estop_reason == "the emergency stop was engaged by the panel"
    assert out.report.stop_reason == out.report.estop_reason
    assert bench.body.speed == pytest.approx(0.0, abs=1e-3)
    bench.loop.set_estop(True, "somebody else")
    assert bench.drive(0.1).report.estop_reason.endswith("the panel")
    bench.loop.set_estop(False)
    assert not bench.drive(0.2).report.is_estopped
    bench.drive(2.0)
    assert bench.body.speed > 0.9


def test_a_stop_ends_the_commands_made_before_it_was_heard() -> None:
    bench = Bench()
    bench.run(0.3)
    bench.drive(1.5)
    stopped_s = bench.now_s
    bench.loop.stop("somebody said stop")
    out = bench.drive(0.2)
    assert out.report.stop_reason == "somebody said stop"
    assert out.report.stop_count == 1
    bench.run(0.6)
    assert bench.body.speed == pytest.approx(0.0, abs=1e-3)
    bench.drive(1.0)
    moving = [o.report.time_s for o in bench.outputs if o.command.speed_m_s[0] > 0.0]
    assert not any(stopped_s + 0.4 < t < stopped_s + 0.8 for t in moving)
    assert bench.body.speed > 0.3


def test_halt_is_for_ever() -> None:
    bench = Bench()
    bench.run(0.3)
    bench.drive(1.0)
    bench.loop.halt("switched off")
    assert bench.drive(1.0).report.stop_reason == "switched off"
    assert bench.body.speed == pytest.approx(0.0, abs=1e-3)


def test_a_failing_driver_stops_it_with_a_reason_and_it_recovers() -> None:
    bench = Bench()
    bench.run(0.3)
    bench.drive(1.0)
    bench.body.error = OSError("cable pulled")
    out = bench.drive(0.5)
    assert "cable pulled" in out.report.stop_reason
    assert out.command.speed_m_s[0] == 0.0
    bench.body.error = None
    assert bench.drive(1.0).report.stop_reason == ""


def test_a_bug_in_the_driver_is_not_hidden() -> None:
    bench = Bench()
    bench.body.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        bench.run(0.1)


def test_a_refused_command_leaves_the_old_one_in_force() -> None:
    bench = Bench()
    bench.run(0.3)
    bench.drive(1.5)
    good = constant_command(bench.now_s, 1.0, 0.0)
    bench.command = dataclasses.replace(good, speed_m_s=np.full(11, np.nan))
    out = bench.run(0.1)
    assert any("not finite" in fault for fault in out.report.faults)
    assert out.command.speed_m_s[0] > 0.9
    assert "s old" in bench.run(0.5).report.stop_reason


def test_a_command_that_starts_later_waits_for_its_time() -> None:
    bench = Bench()
    bench.run(0.3)
    bench.drive(1.5, 0.5)
    later = dataclasses.replace(
        constant_command(bench.now_s, -0.2, 0.0), start_time_s=bench.now_s + 0.1
    )
    bench.command = later
    assert bench.run(0.06).command.speed_m_s[0] == pytest.approx(0.5)
    assert bench.run(0.1).command.speed_m_s[0] < 0.5


def test_gives_every_turn_once_and_the_newest_odometry() -> None:
    bench = Bench()
    bench.run(1.05)
    scans = [o.parts.scan for o in bench.outputs if o.parts.scan is not None]
    assert [s.turn for s in scans] == list(range(len(scans)))
    assert len(scans) in (9, 10)
    names = {name for o in bench.outputs for name, _ in o.messages()}
    assert names == {"odometry", "scan", "bump", "report"}


def test_stops_before_a_wall_whatever_it_is_told() -> None:
    bench = Bench(KinematicBody(box(-2, -2, 3, 2), noise_m=0.01))
    bench.drive(5.0)
    assert 0.0 < bench.body.clearance_m() < 0.12
    assert "an obstacle" in bench.outputs[-1].report.stop_reason
    bench.drive(1.0, -0.3)
    assert bench.body.clearance_m() > 0.2


@pytest.mark.parametrize("offset_m", [0.0, 0.1, 0.17])
def test_a_doorway_of_70_cm_does_not_slow_it(offset_m: float) -> None:
    jambs = np.array([[[0.0, -2], [0.0, -0.35]], [[0.0, 0.35], [0.0, 2]]])
    walls = np.concatenate([box(-4, -2, 4, 2), jambs])
    bench = Bench(KinematicBody(walls, SE2(-1.5, offset_m, 0.0), noise_m=0.01))
    bench.run(0.3)
    bench.drive(3.0, 0.8)
    assert bench.body.pose.x_m > 0.3
    assert min(o.report.speed_scale for o in bench.outputs[20:]) > 0.95


@pytest.mark.parametrize("seed", range(4))
def test_random_commands_in_clutter_touch_nothing_and_wedge_nobody(seed: int) -> None:
    rng = np.random.default_rng(seed)
    posts = [box(x, y, x + 0.1, y + 0.1) for x in (-0.9, 0.6) for y in (-0.8, 0.5)]
    body = KinematicBody(np.concatenate([box(-1.5, -1.2, 1.5, 1.2), *posts]), noise_m=0.01)
    bench = Bench(body)
    for _ in range(16):
        speed = float(rng.choice([-0.3, 0.0, 0.5, 1.0]))
        yaw_rate = float(rng.choice([0.0, rng.uniform(-2.5, 2.5)]))
        bench.run(0.8, lambda now, v=speed, w=yaw_rate: constant_command(now, v, w))  # type: ignore[misc]
        assert body.clearance_m() > 0.0
    way = 0.0
    for speed, yaw_rate in ((-0.3, 0.0), (0.3, 0.0), (0.0, 1.0), (0.0, -1.0)):
        before = body.pose
        bench.drive(0.6, speed, yaw_rate)
        way += body.pose.distance_m(before) + abs(body.pose.yaw_rad - before.yaw_rad)
    assert way > 0.2


def test_it_repeats_bit_for_bit() -> None:
    runs = []
    for _ in range(2):
        bench = Bench(KinematicBody(box(-2, -2, 3, 2), noise_m=0.01, seed=7))
        bench.drive(3.0, 1.0, 0.2)
        runs.append([o.command.speed_m_s.tolist() for o in bench.outputs])
    assert runs[0] == runs[1]


# --- the parts --------------------------------------------------------------------------------


def bad(**changes: object) -> Command:
    return dataclasses.replace(constant_command(1.0, 0.5, 0.0), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("drive!", "is a str"),
        (bad(speed_m_s=[0.5] * 11), "no row of numbers"),
        (bad(speed_m_s=np.zeros((11, 2))), "no row of numbers"),
        (bad(speed_m_s=np.array(["1"] * 11)), "no row of numbers"),
        (bad(pan_rad=np.zeros(3)), "samples"),
        (bad(yaw_rate_rad_s=np.full(11, np.inf)), "not finite"),
        (bad(issued_time_s=math.nan), "not finite"),
        (bad(speed_m_s=np.full(11, 1e300)), "asks for 1e+300"),
        (bad(time_s=np.zeros(11)), "do not rise"),
        (bad(issued_time_s=3601.0, start_time_s=3601.0), "in the future"),
        (bad(start_time_s=9.0), "starts more than"),
    ],
)
def test_nonsense_is_refused_with_a_reason(command: object, words: str) -> None:
    assert words in refusal(command, 1.0)


def nonsense(rng: np.random.Generator, now_s: float) -> object:
    """What a mad brain may send: wrong numbers, sizes, times and things."""
    good = constant_command(now_s, 1.0, 0.0)
    huge = float(rng.choice([np.nan, np.inf, -np.inf, 1e300, -1e9]))
    name = str(rng.choice(["time_s", "speed_m_s", "yaw_rate_rad_s", "pan_rad", "tilt_rad"]))
    size = int(rng.choice([0, 1, 10, 12, 30]))
    changes: list[dict[str, object]] = [
        {name: np.full(11, huge)},
        {name: np.zeros(size)},
        {name: rng.normal(size=(3, 4))},
        {name: "fast"},
        {"issued_time_s": now_s + float(rng.choice([-3600.0, 0.5, 3600.0]))},
        {"start_time_s": now_s + float(rng.choice([-3600.0, 5.0, np.nan]))},
    ]
    things: list[object] = [b"\x00" * size, 7, [], {"speed": 1}]
    which = int(rng.integers(len(changes) + len(things)))
    if which >= len(changes):
        return things[which - len(changes)]
    return dataclasses.replace(good, **changes[which])  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(3))
def test_a_brain_gone_mad_at_full_speed_stops_the_robot_and_hits_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bench = Bench(KinematicBody(box(-2, -2, 3.0, 2), noise_m=0.01))
    bench.run(0.3)
    bench.drive(1.6)
    assert bench.body.speed > 0.9
    for _ in range(100):
        bench.run(0.02, lambda _: None)
        bench.command = nonsense(rng, bench.now_s)  # type: ignore[assignment]
        assert bench.body.clearance_m() > 0.0
        assert math.isfinite(bench.body.speed)
    assert abs(bench.body.speed) < 1e-3
    assert bench.outputs[-1].report.faults
    bench.drive(0.6, -0.3)
    assert bench.body.speed < -0.1


def test_a_late_loop_says_so_in_words_and_recovers() -> None:
    timing, now_s = LoopTiming(0.02, window=100), 0.0
    for k in range(200):
        timing.tick(now_s)
        now_s += 0.06 if k % 10 == 0 else 0.02
    assert "late 10 times" in timing.fault
    assert timing.jitter_s > 0.005
    for _ in range(200):
        timing.tick(now_s)
        now_s += 0.02
    assert timing.fault == ""


def test_the_loop_asks_for_what_the_system_allows_and_says_what_it_got() -> None:
    with ThreadPoolExecutor(1) as pool:  # scheduling is a thread's own
        words = pool.submit(make_urgent).result()
    assert words.split()[0].strip(":") in ("real-time", "nice", "ordinary")


def test_a_good_command_is_not_refused_and_is_kept_within_the_bodys_limits() -> None:
    watch = CommandWatch(MotionLimits())
    watch.take(constant_command(1.0, 7.0, -9.0), 1.0)
    assert watch.refusal == ""
    in_force = watch.in_force(1.0)
    assert in_force is not None
    assert in_force.twist_at(1.0) == (1.0, -2.5)


def test_commands_out_of_order_are_refused() -> None:
    watch = CommandWatch(MotionLimits())
    watch.take(constant_command(1.0, 0.5, 0.0), 1.0)
    watch.take(constant_command(0.8, 0.1, 0.0), 1.1)
    assert "older" in watch.refusal
    assert watch.age_s(1.1) == pytest.approx(0.1)


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-2.5, 2.5)), min_size=1, max_size=10),
    st.floats(0.001, 0.1),
)
def test_the_slew_keeps_its_limits_and_arrives(
    targets: list[tuple[float, float]], dt_s: float
) -> None:
    slew = TwistSlew(MotionLimits())
    last = slew.twist
    for target in targets:
        new = slew.step(target, dt_s)
        assert abs(new[0] - last[0]) <= 3.0 * dt_s + 1e-9
        assert abs(new[1] - last[1]) <= 15.0 * dt_s + 1e-9
        last = new
    for _ in range(5000):
        last = slew.step(targets[-1], dt_s)
    assert last == pytest.approx(targets[-1], abs=1e-6)


def test_timing_counts_late_ticks() -> None:
    timing = LoopTiming(0.02, window=100)
    now_s = 0.0
    for k in range(201):
        timing.tick(now_s)
        now_s += 0.05 if k % 50 == 49 else 0.02
    assert timing.missed_deadlines == 4
    assert timing.p99_s == pytest.approx(0.02, abs=1e-9) or timing.p99_s == pytest.approx(0.05)
    assert LoopTiming(0.02).tick(5.0) == 0.02


def packet(turn: int, part: int, time_s: float) -> LidarPacket:
    times = time_s + np.arange(36) * 0.01 / 36
    return LidarPacket(turn, 36 * part, times, np.full(36, float(part + 1)))


def test_a_turn_with_lost_packets_has_nan_there_and_a_time_everywhere() -> None:
    lidar = default_body().lidar
    assert lidar is not None
    track = OdometryTrack()
    for k in range(41):
        track.extend([Odometry(0.01 * k, SE2(0.01 * k, 0.0, 0.0), 1.0, 0.0)])
    scans = ScanAssembler(lidar)
    sent = [packet(0, p, 0.01 * p) for p in range(10) if p != 3]
    assert scans.update(sent, track) is None
    scan = scans.update([packet(1, 0, 0.1)], track)
    assert scan is not None
    assert np.isnan(scan.ranges_m).nonzero()[0].tolist() == list(range(108, 144))
    assert scan.capture_time_s == pytest.approx(0.1 * np.arange(360) / 360, abs=1e-6)
    assert scan.odom_xyt[:, 0] == pytest.approx(scan.capture_time_s)  # 1 m/s from 0
    late = scans.update([packet(0, 3, 0.03)], track)
    assert late is None
    whole = scans.update([packet(1, p, 0.1 + 0.01 * p) for p in range(1, 10)], track)
    assert whole is not None
    assert whole.turn == 1


def test_what_was_left_of_a_turn_when_the_lidar_fell_silent_is_dropped() -> None:
    """Dead reckoning has forgotten where it was seen from."""
    lidar = default_body().lidar
    assert lidar is not None
    track = OdometryTrack()
    track.extend([Odometry(0.02 * k, SE2(0.02 * k, 0.0, 0.0), 1.0, 0.0) for k in range(600)])
    scans = ScanAssembler(lidar)

    def part(turn: int, index: int, time_s: float) -> LidarPacket:
        return LidarPacket(turn, 36 * index, np.full(36, time_s), np.ones(36))

    assert scans.update([part(0, 0, 1.0), part(0, 1, 1.01)], track) is None
    assert scans.update([part(1, 0, 9.0)], track) is None
    whole = scans.update([part(1, k, 9.0 + 0.01 * k) for k in range(1, 10)], track)
    assert whole is not None
    assert whole.turn == 1
