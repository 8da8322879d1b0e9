import numpy as np
import pytest

from homebody.geometry import SE2
from homebody.messages import HeadDescription
from navigation.head import HeadPlanner
from navigation.types import LocalPlan, MotionState

HEAD = HeadDescription()
TIMES = np.linspace(0.0, 3.0, 61)


def plan_with_yaw(yaw: np.ndarray, start_s: float = 0.0) -> LocalPlan:
    xyt = np.zeros((len(TIMES), 3))
    xyt[:, 2] = yaw
    return LocalPlan(start_s, TIMES, xyt, np.zeros(61), np.gradient(yaw, TIMES))


def follow(head: HeadPlanner, yaw_at, seconds: float, look_at=None) -> tuple:
    """Replan every 0.1 s and keep the first 0.1 s of each answer: times, pans, tilts at 20 Hz."""
    times, pans, tilts = [], [], []
    for i in range(round(seconds / 0.1)):
        now = 0.1 * i
        plan = plan_with_yaw(yaw_at(now + TIMES), now)
        point = None if look_at is None else look_at(now)
        pan, tilt = head.step(plan, point, MotionState(SE2(0, 0, yaw_at(now))), now)
        for t in (0.0, 0.05):
            times.append(now + t)
            pans.append(np.interp(t, TIMES, pan))
            tilts.append(np.interp(t, TIMES, tilt))
    return np.array(times), np.array(pans), np.array(tilts)


def turning_at(start_s: float):
    return lambda t: np.clip(1.2 * (np.asarray(t) - start_s), 0.0, 1.5)


def test_the_head_leads_the_body_by_at_least_half_a_second() -> None:
    times, pans, _ = follow(HeadPlanner(HEAD), turning_at(3.0), 6.0)
    seen = times[np.argmax(pans > 0.1)]
    assert 0.5 <= 3.0 - seen <= 1.2
    assert abs(pans[-1]) < 0.06, "the head looks ahead again after the turn"


def test_speed_and_acceleration_limits_hold_for_a_jumping_target() -> None:
    def jumping(now):
        angle = 1.2 if int(now / 0.7) % 2 else -1.4
        return np.array([2 * np.cos(angle), 2 * np.sin(angle), 1.2 if angle > 0 else 0.1])

    _, pans, tilts = follow(HeadPlanner(HEAD), lambda t: 0.0 * np.asarray(t), 8.0, jumping)
    for angles in (pans, tilts):
        rate = np.diff(angles) / 0.05
        assert np.abs(rate).max() <= HEAD.speed_max_rad_s + 1e-6
        assert np.abs(np.diff(rate)).max() / 0.05 <= HEAD.accel_max_rad_s2 * 1.05
    assert np.abs(pans).max() > 1.0


def test_it_looks_at_the_point_within_its_limits() -> None:
    still = lambda t: 0.0 * np.asarray(t)  # noqa: E731
    _, pans, tilts = follow(HeadPlanner(HEAD), still, 3.0, lambda _: np.array([1.0, 1.0, 0.92]))
    assert pans[-1] == pytest.approx(np.pi / 4, abs=0.05)
    assert tilts[-1] == pytest.approx(np.arctan2(0.5, np.sqrt(2.0)), abs=0.05)
    _, pans, _ = follow(HeadPlanner(HEAD), still, 3.0, lambda _: np.array([-1.0, 0.1]))
    assert pans[-1] == pytest.approx(HEAD.pan_max_rad, abs=1e-3)


def test_no_head_and_no_numbers() -> None:
    plan = plan_with_yaw(np.zeros(61))
    pan, tilt = HeadPlanner(None).step(plan, None, MotionState(SE2.identity()), 0.0)
    assert not pan.any()
    assert not tilt.any()
    broken = plan_with_yaw(np.full(61, np.nan))
    pan, _ = HeadPlanner(HEAD).step(broken, np.array([np.nan, 0.0]), MotionState(SE2.identity()), 0)
    assert np.isfinite(pan).all()
