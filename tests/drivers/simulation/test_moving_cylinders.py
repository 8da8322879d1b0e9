import numpy as np
import pytest
from simulation_toys import drive, room, world

from drivers.simulation.scenario import CylinderPlan, Scenario
from drivers.simulation.spline import CatmullRom
from homebody.errors import HomebodyError
from homebody.geometry import SE2


def rolling(*keyframes, **parts):
    return CylinderPlan(name="ball", radius_m=0.2, keyframes=keyframes, **parts)


def test_spline_passes_its_keyframes_and_is_straight_between_even_ones():
    way = CatmullRom(np.array([[0, 0, 0], [1, 1, 2], [2, 2, 4], [3, 3, 6]]), is_looping=False)
    for t in range(4):
        assert way.at(t) == pytest.approx((t, 2 * t))
    # inner pieces: chord and tangents agree, so the cubic is the straight line
    assert way.at(1.25) == pytest.approx((1.25, 2.5))
    assert way.at(99.0) == pytest.approx((3, 6))


def test_spline_has_no_kink_and_the_catmull_rom_middle():
    way = CatmullRom(np.array([[0, 0, 0], [1, 1, 0], [2, 1, 1], [3, 0, 1]]), is_looping=False)
    # between p1 and p2: (-p0 + 9 p1 + 9 p2 - p3) / 16
    assert way.at(1.5) == pytest.approx((18 / 16, 8 / 16))
    h = 1e-6
    before = (np.array(way.at(1.0)) - way.at(1.0 - h)) / h
    after = (np.array(way.at(1.0 + h)) - way.at(1.0)) / h
    np.testing.assert_allclose(before, after, atol=1e-4)
    np.testing.assert_allclose(after, (0.5, 0.5), atol=1e-4)


def test_spline_loops():
    way = CatmullRom(np.array([[0, 0, 0], [2, 3, 1]]), is_looping=True)
    assert way.at(2.5) == pytest.approx(way.at(0.5))


def test_keyframes_must_rise_from_zero():
    for frames in ([(0.0, 0, 0), (0.0, 1, 1)], [(1.0, 0, 0), (2.0, 1, 1)]):
        with pytest.raises(ValueError, match="rise from 0"):
            rolling(*frames)


def test_keyframes_lie_within_the_home():
    scenario = Scenario(cylinders=(rolling((0.0, 99.0, 0.0)),))
    with pytest.raises(HomebodyError, match=r"cylinders.0.keyframes.0"):
        world(scenario=scenario)


def test_a_moving_cylinder_is_seen_measured_and_felt():
    # Stands 2 m ahead for a second, then comes at 1 m/s and stops 0.3 m ahead: in the robot.
    frames = ((0.0, 5.0, 2.0), (1.0, 5.0, 2.0), (2.0, 4.0, 2.0), (2.7, 3.3, 2.0))
    w = world(room(width_m=8.0, start=SE2(3.0, 2.0, 0.0)), Scenario(cylinders=(rolling(*frames),)))
    packets = [p for frame in drive(w, 0.8, 0.0, 0.0) for p in frame.lidar]
    ahead = [p.ranges_m[0] for p in packets if p.first_beam == 180]
    assert ahead[-1] == pytest.approx(1.8, abs=0.08)  # to its surface
    # at u = 0.8 of the first piece the spline swings 0.5 (u^2 - u^3) = 0.064 m back
    assert w.truth.clearance_m == pytest.approx(2.064 - 0.2 - 0.21, abs=2e-3)
    drive(w, 1.2, 0.0, 0.0)
    assert w.truth.clearance_m == pytest.approx(1.0 - 0.2 - 0.21, abs=0.02)
    assert w.truth.touch_count == 0
    drive(w, 0.7, 0.0, 0.0)
    assert w.truth.touch_count == 1
