import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebody.geometry import (
    SE2,
    SE3,
    FloatArray,
    points_in_polygon,
    wrap_angle,
    wrap_angles,
)

metres = st.floats(-100.0, 100.0)
radians = st.floats(-20.0, 20.0)
poses = st.builds(SE2, metres, metres, radians)
small_twists = st.tuples(st.floats(-5, 5), st.floats(-5, 5), st.floats(-3.1, 3.1))
solid_poses = st.builds(
    SE3.from_xyz_rpy,
    st.tuples(metres, metres, metres),
    st.tuples(radians, radians, radians),
)


def same(a: SE2, b: SE2) -> bool:
    turn = abs(wrap_angle(a.yaw_rad - b.yaw_rad))
    return a.distance_m(b) < 1e-8 and turn < 1e-9


@given(poses, poses, poses)
def test_se2_is_a_group(a: SE2, b: SE2, c: SE2) -> None:
    e = SE2.identity()
    assert same((a @ b) @ c, a @ (b @ c))
    assert same(a @ e, a)
    assert same(e @ a, a)
    assert same(a @ a.inverse(), e)
    assert same(a.inverse() @ a, e)
    assert same((a @ b).inverse(), b.inverse() @ a.inverse())


@given(poses, poses, st.lists(st.tuples(metres, metres), min_size=1, max_size=4))
def test_se2_acts_on_points(a: SE2, b: SE2, points: list[tuple[float, float]]) -> None:
    p = np.array(points)
    assert (a @ b).apply(p) == pytest.approx(a.apply(b.apply(p)), abs=1e-8)
    assert a.inverse().apply(a.apply(p)) == pytest.approx(p, abs=1e-8)


@given(small_twists)
def test_se2_exp_and_log_are_inverse(twist: tuple[float, float, float]) -> None:
    assert SE2.exp(twist).log() == pytest.approx(np.array(twist), abs=1e-8)


@given(small_twists)
def test_se2_exp_is_many_small_steps(twist: tuple[float, float, float]) -> None:
    n = 2000
    x = y = yaw = 0.0
    vx, vy, w = (c / n for c in twist)
    for _ in range(n):  # the slow, obvious way, with the yaw at the middle of each step
        c, s = math.cos(yaw + w / 2), math.sin(yaw + w / 2)
        x, y, yaw = x + c * vx - s * vy, y + s * vx + c * vy, yaw + w
    assert SE2.exp(twist).as_array() == pytest.approx([x, y, yaw], abs=1e-5)


@given(poses, poses)
def test_se2_interpolates_between_its_ends(a: SE2, b: SE2) -> None:
    assert same(a.interpolate(b, 0.0), a)
    gap = abs(abs(wrap_angle(b.yaw_rad - a.yaw_rad)) - math.pi)
    if gap > 1e-6:
        assert a.interpolate(b, 1.0).distance_m(b) < 1e-6


def test_se2_array_round_trip() -> None:
    assert SE2.from_array(SE2(1.0, 2.0, 3.0).as_array()) == SE2(1.0, 2.0, 3.0)
    # a quarter turn about (1, 0): the point (1, 0) of the robot lies at (1, 1)
    assert SE2(1.0, 0.0, math.pi / 2).apply([1.0, 0.0]) == pytest.approx([1.0, 1.0])


@given(solid_poses, solid_poses)
def test_se3_is_a_group(a: SE3, b: SE3) -> None:
    assert (a @ a.inverse()).matrix() == pytest.approx(np.eye(4), abs=1e-8)
    assert (a @ b).matrix() == pytest.approx(a.matrix() @ b.matrix(), abs=1e-8)
    assert (a @ b).inverse().matrix() == pytest.approx(np.linalg.inv((a @ b).matrix()), abs=1e-6)
    assert np.linalg.det(a.rotation) == pytest.approx(1.0)


@given(poses)
def test_se3_keeps_the_plane(pose: SE2) -> None:
    assert same(SE3.from_se2(pose, 0.3).to_se2(), pose)


def test_se3_turns_x_down_with_positive_pitch() -> None:
    down = SE3.from_xyz_rpy((0.0, 0.0, 1.0), (0.0, math.pi / 2, 0.0))
    assert down.apply([1.0, 0.0, 0.0]) == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    assert down.rotate([1.0, 0.0, 0.0]) == pytest.approx([0.0, 0.0, -1.0], abs=1e-12)


def test_se3_refuses_wrong_shapes_and_is_read_only() -> None:
    with pytest.raises(ValueError, match="rotation has shape"):
        SE3(np.eye(2), np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        SE3.identity().translation_m[0] = 1.0


@given(st.floats(-1e3, 1e3))
def test_wrapping(angle: float) -> None:
    wrapped = wrap_angle(angle)
    assert -math.pi <= wrapped <= math.pi
    assert math.cos(wrapped) == pytest.approx(math.cos(angle), abs=1e-9)
    assert wrap_angles([angle])[0] == pytest.approx(wrapped)


def slow_inside(point: FloatArray, triangle: FloatArray) -> bool:
    a, b, c = triangle
    signs = [np.cross([*(q - p), 0.0], [*(point - p), 0.0])[2] for p, q in ((a, b), (b, c), (c, a))]
    return all(s > 0 for s in signs) or all(s < 0 for s in signs)


def test_points_in_polygon_agrees_with_the_signs_of_the_edges() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        triangle, points = rng.normal(size=(3, 2)), rng.normal(size=(20, 2))
        expected = [slow_inside(p, triangle) for p in points]
        assert points_in_polygon(points, triangle).tolist() == expected


def test_points_in_a_polygon_that_is_not_convex() -> None:
    corner = np.array([[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2]], dtype=float)
    points = np.array([[0.5, 1.5], [1.5, 1.5], [1.5, 0.5], [-0.1, 1.0]])
    assert points_in_polygon(points, corner).tolist() == [True, False, True, False]
