import math

import cv2
import numpy as np
import pytest

from benchmarks.peers.dwa import Costmap, Dwa, DwaSettings
from homebody.geometry import SE2
from homebody.grid import GridSpec
from homebody.messages import MotionLimits, rectangle_footprint

SPEC = GridSpec(-3.0, -3.0, 0.05, 120, 120)
LIMITS = MotionLimits(accel_max_m_s2=2.0, yaw_accel_max_rad_s2=4.0)
SETTINGS = DwaSettings(speed_max_m_s=0.5)
AHEAD = np.column_stack([np.linspace(0.0, 2.5, 50), np.zeros(50)])


def costmap(*boxes):
    solid = np.zeros(SPEC.shape, dtype=bool)
    for x0, y0, x1, y1 in boxes:
        low, high = SPEC.cell_rc(x0, y0), SPEC.cell_rc(x1, y1)
        solid[low[0] : high[0], low[1] : high[1]] = True
    free = (~solid).astype(np.uint8)
    distance = 0.05 * cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return Costmap.inflated(SPEC, distance.astype(np.float32), 0.165, SETTINGS)


def dwa():
    return Dwa(rectangle_footprint(0.42, 0.33), LIMITS, SETTINGS)


def settle(path, *boxes, n=40):
    """Let the twist follow what is chosen while the robot is held at the origin."""
    twist, planner, seen = (0.0, 0.0), dwa(), costmap(*boxes)
    for _ in range(n):
        twist = planner.step(SE2.identity(), twist, path, seen)
    return twist


def test_in_the_open_it_goes_straight_at_its_top_speed():
    speed, yaw_rate = settle(AHEAD)
    assert speed == pytest.approx(0.5)
    assert abs(yaw_rate) < 0.05


def test_it_turns_toward_a_path_that_bends():
    left = np.column_stack([np.zeros(50), np.linspace(0.0, 2.5, 50)])
    assert settle(left, n=4)[1] > 0.3


def test_it_never_leaves_the_window_of_what_can_be_reached():
    speed, yaw_rate = dwa().step(SE2.identity(), (0.2, 0.0), AHEAD, costmap())
    assert abs(speed - 0.2) <= 2.0 * SETTINGS.period_s + 1e-9
    assert abs(yaw_rate) <= 4.0 * SETTINGS.period_s + 1e-9


def test_before_a_wall_it_stops_and_turns():
    speed, yaw_rate = settle(AHEAD, (0.3, -1.0, 0.5, 1.0))
    assert speed * SETTINGS.simulated_s <= 0.1 or abs(yaw_rate) > 0.3
    # nothing at all is free: it turns in place toward the path
    inside = settle(AHEAD, (-0.2, -0.3, 0.3, 0.3), n=1)
    assert inside == (0.0, math.copysign(SETTINGS.escape_yaw_rate_rad_s, inside[1]))
