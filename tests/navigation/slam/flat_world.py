"""A flat world of line segments for SLAM tests: a lidar, a drifting odometry, a driver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from homebody.geometry import SE2
from homebody.messages import BrainInput, LidarScan, Odometry

N_BEAMS = 360
RANGE_MAX_M = 8.0
TICK_S = 0.1
STEP_S = 0.01


def box(x0, y0, x1, y1):
    """Four segments (4, 4)."""
    return np.array([[x0, y0, x1, y0], [x1, y0, x1, y1], [x1, y1, x0, y1], [x0, y1, x0, y0]])


def small_home():
    """10 x 8 m, four rooms around a hall, walls of 10 cm, a thin door leaf, furniture, legs."""
    parts = [box(0, 0, 10, 8)]
    walls = [
        (3.9, 0.0, 4.0, 2.0), (3.9, 3.0, 4.0, 3.6), (0.0, 3.5, 1.6, 3.6), (2.6, 3.5, 4.0, 3.6),
        (6.0, 0.0, 6.1, 1.0), (6.0, 2.0, 6.1, 3.6), (6.0, 3.5, 7.5, 3.6), (8.5, 3.5, 10.0, 3.6),
        (0.0, 5.0, 3.0, 5.1), (4.0, 5.0, 6.5, 5.1), (7.5, 5.0, 10.0, 5.1), (5.2, 5.0, 5.3, 8.0),
    ]  # fmt: skip
    furniture = [
        (0.3, 0.3, 2.2, 1.2), (7.5, 0.2, 9.7, 1.0), (0.2, 7.2, 2.2, 7.8), (8.6, 6.0, 9.8, 7.6),
        (4.4, 0.1, 5.4, 0.6), (3.2, 7.3, 4.6, 7.8), (3.4, 2.96, 3.9, 3.0),
    ]  # fmt: skip
    legs = [(x - 0.02, y - 0.02, x + 0.02, y + 0.02)
            for x in (7.6, 8.6) for y in (2.1, 2.9)]  # fmt: skip
    parts += [box(*b) for b in walls + furniture + legs]
    way = [(5.0, 4.3), (2.1, 4.3), (2.1, 2.6), (3.0, 1.8), (2.8, 2.5), (4.95, 2.5), (5.0, 1.5),
           (6.8, 1.5), (7.0, 2.6), (8.0, 3.2), (8.0, 4.3), (7.0, 4.3), (7.0, 6.2), (6.0, 7.2),
           (7.0, 4.3), (3.5, 4.3), (3.5, 6.2), (1.2, 6.2), (3.5, 5.9), (3.5, 4.3)]  # fmt: skip
    return np.concatenate(parts), np.array(way)


def corridor_loop():
    """A corridor of 1.6 m around a block, 20 x 12 m, with door niches and a few cupboards."""
    outer, inner = (0.0, 0.0, 20.0, 12.0), (1.6, 1.6, 18.4, 10.4)
    niches = [(x, 1.6, x + 0.9, 1.8) for x in (3.0, 7.1, 12.3, 15.6)]
    niches += [(x, 10.2, x + 0.9, 10.4) for x in (4.2, 9.0, 14.8)]
    cupboards = [(5.2, 0.0, 6.2, 0.3), (10.0, 0.0, 10.6, 0.4), (13.9, 0.0, 14.5, 0.3),
                 (6.6, 11.7, 7.6, 12.0), (11.9, 11.6, 12.7, 12.0), (0.0, 5.0, 0.3, 6.0),
                 (19.7, 6.6, 20.0, 7.7)]  # fmt: skip
    solid = [box(*b) for b in [outer, inner, *cupboards]]
    frames = [box(x0, y0 - 0.06, x0 + 0.08, y1) if y0 < 5 else box(x0, y0, x0 + 0.08, y1 + 0.06)
              for x0, y0, x1, y1 in niches]  # fmt: skip
    way = np.array([(0.8, 0.8), (19.2, 0.8), (19.2, 11.2), (0.8, 11.2)])
    return np.concatenate(solid + frames), np.roll(way, -1, axis=0)


def cast(segments, origins, angles, range_max_m=RANGE_MAX_M):
    """Ranges (N,) of rays from origins (N, 2) at angles (N,); inf where nothing is hit."""
    p, d = segments[:, :2], segments[:, 2:] - segments[:, :2]
    ux, uy = np.cos(angles)[:, None], np.sin(angles)[:, None]
    wx, wy = p[:, 0] - origins[:, 0, None], p[:, 1] - origins[:, 1, None]
    cross = ux * d[:, 1] - uy * d[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (wx * d[:, 1] - wy * d[:, 0]) / cross
        s = (wx * uy - wy * ux) / cross
    t = np.where((t > 1e-6) & (s >= 0.0) & (s <= 1.0), t, np.inf).min(axis=1)
    return np.where(t <= range_max_m, t, np.inf)


@dataclass
class Drive:
    """True poses and odometry every 10 ms, shape (n, 3) each."""

    truth: np.ndarray
    odom: np.ndarray


def drive(way_m, duration_s, rng, *, speed=1.0, scale=0.015, slip=0.02, start_yaw=0.0):
    """Follow way points in a circle for ever, braking for turns, as a sloppy driver would."""
    n = round(duration_s / STEP_S)
    truth = np.zeros((n, 3))
    x, y, yaw = way_m[-1][0], way_m[-1][1], start_yaw
    v = w = 0.0
    k = 0
    for i in range(n):
        gx, gy = way_m[k]
        if np.hypot(gx - x, gy - y) < 0.2:
            k = (k + 1) % len(way_m)
            gx, gy = way_m[k]
        error = (np.arctan2(gy - y, gx - x) - yaw + np.pi) % (2 * np.pi) - np.pi
        v_want = speed * max(0.0, np.cos(error)) ** 4 * min(1.0, np.hypot(gx - x, gy - y) / 0.6)
        w_want = np.clip(4.0 * error, -2.5, 2.5)
        v += np.clip(v_want - v, -1.5 * STEP_S, 1.0 * STEP_S)
        w += np.clip(w_want - w, -5.0 * STEP_S, 5.0 * STEP_S)
        truth[i] = x, y, yaw
        x, y = x + v * np.cos(yaw) * STEP_S, y + v * np.sin(yaw) * STEP_S
        yaw += w * STEP_S
    return Drive(truth, _dead_reckon(truth, rng, scale, slip))


def _dead_reckon(truth, rng, scale, slip):
    """Odometry with a wrong wheel size, slip while turning and noise; starts at the origin."""
    step = np.diff(truth, axis=0)
    forward = np.hypot(step[:, 0], step[:, 1])
    forward = forward * (1 + scale) + rng.normal(0, 1, len(step)) * 0.02 * np.sqrt(forward * 0.01)
    turn = step[:, 2]
    turn = turn * (1 - slip) + rng.normal(0, 1, len(step)) * 0.02 * np.sqrt(np.abs(turn) * 0.01)
    yaw = np.concatenate(([0.0], np.cumsum(turn)))
    x = np.concatenate(([0.0], np.cumsum(forward * np.cos(yaw[:-1]))))
    y = np.concatenate(([0.0], np.cumsum(forward * np.sin(yaw[:-1]))))
    return np.column_stack((x, y, yaw))


def inputs(
    segments, drive_, rng, *, noise_m=0.01, dropout=0.005, moving=None
) -> Iterator[tuple[float, BrainInput, SE2]]:
    """(now, input, true pose) at 10 Hz; `moving(t)` gives further segments at a time."""
    per_tick = round(TICK_S / STEP_S)
    angles = -np.pi + 2 * np.pi * np.arange(N_BEAMS) / N_BEAMS
    share = (np.arange(N_BEAMS) + 1) / N_BEAMS * per_tick
    steps = np.arange(len(drive_.truth))
    for turn, end in enumerate(range(per_tick, len(drive_.truth), per_tick)):
        at = end - per_tick + share
        truth = np.column_stack([np.interp(at, steps, c) for c in drive_.truth.T])
        odom = np.column_stack([np.interp(at, steps, c) for c in drive_.odom.T])
        world = segments if moving is None else np.concatenate((segments, moving(end * STEP_S)))
        ranges = cast(world, truth[:, :2], truth[:, 2] + angles)
        ranges = ranges + rng.normal(0.0, noise_m, N_BEAMS)
        lost = rng.random(N_BEAMS)
        ranges = np.where(lost < dropout, np.where(lost < dropout / 2, np.nan, np.inf), ranges)
        scan = LidarScan(turn, at * STEP_S, ranges, odom)
        speed = np.linalg.norm(drive_.odom[end, :2] - drive_.odom[end - 1, :2]) / STEP_S
        rate = (drive_.odom[end, 2] - drive_.odom[end - 1, 2]) / STEP_S
        odometry = Odometry(end * STEP_S, SE2.from_array(drive_.odom[end]), speed, rate)
        yield end * STEP_S, BrainInput(odometry, scan), SE2.from_array(drive_.truth[end])
