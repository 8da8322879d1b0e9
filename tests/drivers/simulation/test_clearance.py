import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulation_toys import room

from drivers.simulation.clearance import ClearanceMeter
from drivers.simulation.homes.home import Box, Cylinder, Door, corners_m
from drivers.simulation.model import MovingObject
from drivers.simulation.people import PersonState
from homebody.geometry import SE2
from homebody.messages import default_body

BODY = default_body()


def outline_points(polygon, spacing_m=0.01):
    """Points along a closed outline, shape (N, 2)."""
    points = []
    for p, q in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        n = max(2, math.ceil(np.linalg.norm(q - p) / spacing_m))
        points.append(p + (q - p) * np.linspace(0, 1, n)[:, None])
    return np.concatenate(points)


def slow_clearance(home, pose):
    """Least distance between points along all outlines."""
    body = outline_points(pose.apply(BODY.footprint_m))
    best = math.inf
    for box in home.boxes:
        points = outline_points(corners_m(box))
        best = min(best, np.linalg.norm(body[:, None] - points, axis=2).min())
    for pole in home.cylinders:
        gap = np.linalg.norm(body - (pole.x_m, pole.y_m), axis=1) - pole.radius_m
        best = min(best, gap.min())
    return best


@settings(max_examples=15, deadline=None)
@given(
    st.floats(0.5, 2.5),
    st.floats(0.5, 1.5),
    st.floats(-3.2, 3.2),
    st.floats(-3.2, 3.2),
)
def test_equals_the_slow_reference(x, y, yaw, box_yaw):
    home = room(
        3.0,
        2.0,
        boxes=[Box(1.2, 0.9, 0.2, 0.05, box_yaw)],
        cylinders=(Cylinder(2.2, 1.2, 0.05),),
    )
    pose = SE2(x, y, yaw)
    expected = slow_clearance(home, pose)
    measured = ClearanceMeter(home, BODY).measure(pose)
    if measured > 0.01:
        assert measured == pytest.approx(expected, abs=0.012)


def test_overlap_has_no_clearance():
    home = room(boxes=[Box(3.0, 2.0, 0.1, 0.1)], cylinders=(Cylinder(1.0, 1.0, 0.1),))
    meter = ClearanceMeter(home, BODY)
    assert meter.measure(SE2(3.0, 2.0, 0.3)) == 0.0
    assert meter.measure(SE2(1.0, 1.0, 0.3)) == 0.0


def test_only_what_is_at_the_robots_height_counts():
    home = room(boxes=[Box(2.0, 2.0, 0.3, 0.3, z_low_m=0.7, z_high_m=0.8)])
    assert ClearanceMeter(home, BODY).measure(SE2(2.0, 2.0, 0.0)) > 1.0


def test_doors_people_and_objects_count():
    door = Door("d", (3.0, 3.0), (4.0, 3.0))
    meter = ClearanceMeter(room(doors=(door,)), BODY, (MovingObject("b", (0.1, 0.2, 0.3)),))
    pose = SE2(3.5, 2.5, 0.0)
    shut = meter.measure(pose, (0.0,))
    assert shut == pytest.approx(0.5 - 0.125 - 0.02)
    assert meter.measure(pose, (math.pi / 2,)) > shut
    ann = PersonState("ann", 3.5, 2.0, 0.0, 0.0, ((3.5, 2.2), (3.5, 1.8)))
    assert meter.measure(pose, (1.5,), (ann,)) == pytest.approx(0.3 - 0.125 - 0.07)
    at = SE2(3.5, 2.9, math.pi / 2)
    assert meter.measure(pose, (1.5,), (), (at,)) == pytest.approx(0.4 - 0.125 - 0.1)


def test_empty_space_has_no_end():
    from dataclasses import replace

    assert ClearanceMeter(replace(room(), boxes=()), BODY).measure(SE2(0, 0, 0)) == math.inf
