"""Slipping and being carried, as dead reckoning's corrections show them."""

import pytest

from homebody.geometry import SE2
from navigation.carried_watch import CarriedWatch

T_ODOM = SE2(2.0, 0.0, 0.0)


def words_after(duration_s: float, drift_m_s: float, quality: float = 0.95) -> str:
    """Dead reckoning is corrected evenly, ten times a second."""
    watch = CarriedWatch()
    words = ""
    for tick in range(round(duration_s * 10)):
        words = watch.step(SE2(0.1 * tick * drift_m_s, 0.0, 0.0), T_ODOM, quality, 0.1 * tick)
    return words


@pytest.mark.parametrize(("drift_m_s", "is_told"), [(0.05, False), (0.8, True)])
def test_slip_is_told_and_drift_is_not(drift_m_s: float, is_told: bool) -> None:
    assert ("wheels" in words_after(2.0, drift_m_s)) is is_told


def test_a_map_that_does_not_fit_is_told_within_a_second() -> None:
    assert words_after(0.6, 0.0, quality=0.3) == ""
    assert "does not fit my map" in words_after(1.0, 0.0, quality=0.3)


def test_a_turn_of_the_estimate_counts_and_is_forgotten() -> None:
    watch = CarriedWatch()
    for tick in range(60):
        yaw = 0.0 if tick < 10 else 1.0
        words = watch.step(SE2(0.0, 0.0, yaw), SE2.identity(), 1.0, 0.1 * tick)
        if tick < 10 or tick > 52:
            assert words == ""
        elif tick < 45:
            assert words
