import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homebody.geometry import SE2, FloatArray
from homebody.messages import Command, rectangle_footprint
from navigation.reactive_sweep import (
    FootprintPlanes,
    Path,
    Wheels,
    commanded_path,
    first_contact,
    keep_wheels_off_drops,
)

FOOTPRINT = rectangle_footprint(0.42, 0.25)
PLANES = FootprintPlanes(FOOTPRINT)
coordinate = st.floats(-1.0, 1.0)
angle = st.floats(-math.pi, math.pi)


def slow_distance(pose: SE2, point: FloatArray) -> float:
    """Signed distance to the rectangle: Euclidean outside, to the nearest edge inside."""
    x, y = pose.inverse().apply(point)
    dx, dy = abs(x) - 0.21, abs(y) - 0.125
    if dx > 0 and dy > 0:
        return math.hypot(dx, dy)
    return max(dx, dy)


@given(coordinate, coordinate, angle, coordinate, coordinate)
def test_distance_is_never_too_large_and_at_most_8_percent_too_small(
    x: float, y: float, yaw: float, px: float, py: float
) -> None:
    pose, point = SE2(x, y, yaw), np.array([px, py])
    found = PLANES.distances_m(np.array([[x], [y], [yaw]]), point[None])[0, 0]
    exact = slow_distance(pose, point)
    assert found <= exact + 1e-9
    assert found >= (0.92 if exact > 0 else 1.0) * exact - 1e-9


def test_many_poses_and_points_at_once_give_the_same_as_one_by_one() -> None:
    rng = np.random.default_rng(1)
    xyt, points = rng.normal(size=(3, 5)), rng.normal(size=(7, 2))
    together = PLANES.distances_m(xyt, points)
    apart = [
        [PLANES.distances_m(xyt[:, [j]], points[[n]])[0, 0] for n in range(7)] for j in range(5)
    ]
    assert together == pytest.approx(np.array(apart))


def test_reach_is_the_way_to_the_outline() -> None:
    ways = PLANES.reach_m(np.array([[1.0, 0.0], [0.0, -1.0], [-1.0, 0.0]]))
    assert ways == pytest.approx([0.21, 0.125, 0.21])


def command(speed: list[float], yaw_rate: list[float], start_s: float = 0.0) -> Command:
    n = len(speed)
    zero = np.zeros(n)
    t = 0.1 * np.arange(n)
    return Command(start_s, start_s, t, np.array(speed), np.array(yaw_rate), zero, zero)


def slow_path(start: SE2, cmd: Command, start_s: float, horizon_s: float, n: int) -> list[SE2]:
    """The same by small exact steps; after the end the last twist is kept up."""
    poses, pose, fine = [start], start, 50
    dt = horizon_s / n / fine
    for i in range(n * fine):
        t = start_s - cmd.start_time_s + (i + 0.5) * dt
        v = float(np.interp(t, cmd.time_s, cmd.speed_m_s))
        w = float(np.interp(t, cmd.time_s, cmd.yaw_rate_rad_s))
        pose = pose @ SE2.exp((v * dt, 0.0, w * dt))
        if (i + 1) % fine == 0:
            poses.append(pose)
    return poses


def test_path_follows_the_command_from_where_the_robot_is() -> None:
    cmd = command([0.2, 0.5, 0.8, 0.8], [0.0, 1.0, 1.5, -0.5])
    start = SE2(1.0, -2.0, 0.7)
    path = commanded_path(
        start, cmd, (0.2, 0.0), start_s=0.05, horizon_s=0.5, n_steps=20, radius_m=0.25
    )
    for found, exact in zip(path.xyt.T, slow_path(start, cmd, 0.05, 0.5, 20), strict=True):
        assert found == pytest.approx(exact.as_array(), abs=2e-3)


def test_travel_counts_turning_in_place() -> None:
    path = commanded_path(
        SE2.identity(), None, (0.0, 2.0), start_s=0.0, horizon_s=0.5, n_steps=5, radius_m=0.25
    )
    assert path.travel_m[-1] == pytest.approx(0.25 * 2.0 * 0.5)  # r w t
    assert np.all(path.xyt[:2] == 0.0)


def straight(length_m: float, yaw: float = 0.0, n: int = 41) -> Path:
    way = np.linspace(0.0, length_m, n)
    return Path(np.stack([way * np.cos(yaw), way * np.sin(yaw), np.full(n, yaw)]), np.abs(way))


def contact_m(points: list[list[float]], path: Path, margin_m: float = 0.02) -> float:
    distances = PLANES.distances_m(path.xyt, np.array(points))
    is_seen = np.ones(len(points), dtype=bool)
    return first_contact(distances, path.travel_m, is_seen, margin_m).travel_m


def test_contact_ahead_is_where_the_margin_is_used_up() -> None:
    # the front edge is at 0.21, so it comes within 0.02 of a point at 0.60 after 0.37
    assert contact_m([[0.60, 0.0]], straight(0.5)) == pytest.approx(0.37, abs=2e-3)


def test_points_beside_a_straight_path_do_not_matter() -> None:
    wall = [[x, 0.125 + 0.03] for x in np.arange(-0.5, 1.5, 0.02)]
    assert contact_m(wall, straight(0.5)) == math.inf


def test_a_close_wall_alongside_may_stay_close() -> None:
    wall = [[x, 0.125 + 0.005] for x in np.arange(-0.5, 1.5, 0.02)]
    assert contact_m(wall, straight(0.5)) == math.inf


def test_a_close_wall_may_not_come_closer() -> None:
    wall = [[x, 0.125 + 0.005] for x in np.arange(-0.5, 1.5, 0.02)]
    turned = straight(0.5, yaw=0.1)
    turned.xyt[2, 0] = 0.0  # it stands parallel to the wall and then turns towards it
    assert contact_m(wall, turned) < 0.02


def test_a_point_inside_the_front_allows_backing_out_only() -> None:
    assert contact_m([[0.20, 0.0]], straight(0.3)) < 0.01
    assert contact_m([[0.20, 0.0]], straight(-0.3)) == math.inf


@settings(max_examples=200)
@given(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=8), angle, st.booleans())
def test_a_motion_that_gains_clearance_everywhere_is_never_a_contact(
    points: list[tuple[float, float]], yaw: float, is_back: bool
) -> None:
    path = straight(-0.3 if is_back else 0.3)
    at = SE2(0.0, 0.0, yaw).apply(np.array(points))
    distances = PLANES.distances_m(path.xyt, at)
    gains = np.all(np.diff(distances, axis=0) >= 0.0, axis=0)
    if not gains.any():
        return
    for is_seen in (np.ones(gains.sum(), dtype=bool), np.zeros(gains.sum(), dtype=bool)):
        contact = first_contact(distances[:, gains], path.travel_m, is_seen, 0.02)
        assert contact.travel_m == math.inf


def test_a_felt_point_inside_is_no_licence_to_touch_others() -> None:
    points = np.array([[-0.205, 0.0], [0.5, 0.0]])  # a drop at the back, a wall ahead
    path = straight(0.5)
    distances = PLANES.distances_m(path.xyt, points)
    contact = first_contact(distances, path.travel_m, np.array([False, True]), 0.02)
    assert contact.travel_m == pytest.approx(0.5 - 0.21 - 0.02, abs=2e-3)
    assert contact.point == 1


WHEELS = Wheels(half_axle_m=0.125, radius_m=0.05)


def way_to_drop_m(path, drop: tuple[float, float]) -> float:
    """Way until a drop forbids it, the rim's distance apart."""
    points, is_drop = np.array([drop]), np.array([True])
    distances = np.full((path.xyt.shape[1], 1), 1.0)  # as if the rim were far
    keep_wheels_off_drops(distances, path, points, is_drop, WHEELS)
    return first_contact(distances, path.travel_m, ~is_drop, 0.02).travel_m


def test_a_wheel_stops_its_radius_before_a_drop_that_passes_along_the_side() -> None:
    assert way_to_drop_m(straight(0.5), (0.2, 0.1)) == pytest.approx(0.15, abs=0.02)
    assert way_to_drop_m(straight(0.5), (0.2, 0.124)) == pytest.approx(0.15, abs=0.02)
    assert way_to_drop_m(straight(0.5), (0.2, 0.18)) == math.inf
    assert way_to_drop_m(straight(0.5), (-0.2, 0.1)) == math.inf
    assert way_to_drop_m(straight(-0.5), (-0.2, 0.1)) == pytest.approx(0.15, abs=0.02)


def test_a_wheel_that_is_near_a_drop_may_leave_it() -> None:
    assert way_to_drop_m(straight(0.5), (-0.02, 0.1)) == math.inf
    assert way_to_drop_m(straight(0.5), (0.02, 0.1)) <= 0.02
