"""Discs that move are found from the ranges alone; what stands still never is."""

import math

import numpy as np
import pytest

from homebody.geometry import SE2
from navigation.mapping.beams import Beams
from navigation.movers.tracker import MoverTracker

# an L-shaped room with a table leg and two cupboards, as segments
WALLS = [
    ((0, 0), (8, 0)),
    ((8, 0), (8, 6)),
    ((8, 6), (4, 6)),
    ((4, 6), (4, 4)),
    ((4, 4), (0, 4)),
    ((0, 4), (0, 0)),
    ((2.0, 3.2), (2.6, 3.2)),
    ((2.6, 3.2), (2.6, 4.0)),
    ((6.8, 1.0), (6.8, 1.6)),
    ((6.8, 1.6), (7.3, 1.6)),
]
LEGS = [(3.0, 1.0), (3.6, 1.0), (3.0, 1.6), (3.6, 1.6)]
Disc = tuple[float, float, float]


def scan(
    pose: SE2,
    discs: list[Disc],
    rng: np.random.Generator,
    n_beams: int = 360,
    span_rad: float = 2 * math.pi,
    range_m: float = 8.0,
) -> Beams:
    """What a lidar at a pose sees, 1 cm of noise, in the frame of the room."""
    angles = pose.yaw_rad + np.linspace(-0.5 * span_rad, 0.5 * span_rad, n_beams, endpoint=False)
    rays = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    origin, reach = pose.translation(), np.full(n_beams, range_m)
    for a, b in WALLS:
        edge = np.subtract(b, a)
        cross = rays[:, 0] * edge[1] - rays[:, 1] * edge[0]
        to_a = np.subtract(a, origin)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (to_a[0] * edge[1] - to_a[1] * edge[0]) / cross
            s = (to_a[0] * rays[:, 1] - to_a[1] * rays[:, 0]) / cross
        reach = np.where((t > 0) & (s >= 0) & (s <= 1) & (t < reach), t, reach)
    for x, y, radius in discs + [(x, y, 0.03) for x, y in LEGS]:
        to = np.subtract((x, y), origin)
        along = rays @ to
        inside = radius**2 - (to @ to - along**2)
        t = along - np.sqrt(np.maximum(inside, 0.0))
        reach = np.where((inside > 0) & (t > 0) & (t < reach), t, reach)
    is_hit = reach < range_m
    reach = reach + np.where(is_hit, rng.normal(0.0, 0.01, n_beams), 0.0)
    return Beams.from_ends(np.tile(origin, (n_beams, 1)), origin + reach[:, None] * rays, is_hit)


def test_nothing_that_stands_still_moves_however_the_robot_drives_and_turns() -> None:
    rng = np.random.default_rng(1)
    tracker, seen = MoverTracker(), 0
    for i in range(400):
        t = 0.1 * i
        pose = SE2(4.4 + 2.2 * math.sin(0.3 * t), 2.6 + 0.5 * math.sin(0.5 * t), 0.9 * t)
        wrong = SE2(*rng.normal(0.0, (0.01, 0.01, 0.005)))  # of localization
        seen += len(tracker.step(scan(pose, [], rng).transformed(wrong), t))
    assert seen == 0


@pytest.mark.parametrize(
    ("n_beams", "span_rad", "rate_hz"), [(360, 2 * math.pi, 10.0), (720, 1.5 * math.pi, 40.0)]
)
@pytest.mark.parametrize("radius_m", [0.17, 0.5])
@pytest.mark.parametrize("velocity", [(-0.6, 0.0), (0.0, -0.5), (-0.5, -0.7)])
def test_a_disc_that_moves_is_found_within_a_second_with_its_velocity(
    n_beams: int, span_rad: float, rate_hz: float, radius_m: float, velocity: tuple[float, float]
) -> None:
    rng, tracker = np.random.default_rng(2), MoverTracker()
    start, pose, begins_s = np.array([6.0, 4.6]), SE2(4.6, 2.6, 0.8), 1.0
    found_s, errors = math.inf, []
    for i in range(round(3.2 * rate_hz)):
        t = i / rate_hz
        place = start + max(t - begins_s, 0.0) * np.array(velocity)
        if np.linalg.norm(place - pose.translation()) < 0.7:
            break
        beams = scan(pose, [(*place, radius_m)], rng, n_beams, span_rad)
        for mover in tracker.step(beams, t):
            found_s = min(found_s, t - begins_s)
            if t - begins_s >= 1.0:
                errors.append(np.linalg.norm(mover.velocity_map_m_s - velocity))
                assert np.linalg.norm(mover.position_map_m - place) < 0.35
    assert found_s <= 1.0
    assert np.median(errors) < 0.2


def test_a_person_who_is_tracked_already_is_no_mover_as_well() -> None:
    rng, tracker = np.random.default_rng(3), MoverTracker()
    for i in range(30):
        place = np.array([6.0 - 0.06 * i, 4.0 - 0.02 * i])
        beams = scan(SE2(4.6, 2.0, 0.8), [(*place, 0.25)], rng)
        assert tracker.step(beams, 0.1 * i, place[None]) == ()


def test_bad_scans_change_nothing() -> None:
    tracker = MoverTracker()
    broken = Beams(
        np.zeros((3, 2)), np.full((3, 2), np.nan), np.ones(3, dtype=bool), np.zeros((3, 2))
    )
    assert tracker.step(broken, 1.0) == ()
    assert tracker.step(Beams.empty(), 2.0) == ()
    assert tracker.step(None, 3.0) == ()
