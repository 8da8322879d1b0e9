import numpy as np
import pytest

from navigation.doors.patience import opening_hazard, passer_by_patience_s, patience_s

ONE = np.array([1.0])


def expected_cost_s(weights, rates, wait_s, saved_s):
    """Of waiting for at most `wait_s` and then going round, by dense sums."""
    t = np.linspace(0.0, wait_s, 4001)
    shut = (weights[:, None] * np.exp(-np.outer(rates, t))).sum(axis=0)
    waiting = float(np.trapezoid(shut, t))
    return waiting + float(shut[-1]) * saved_s


def test_with_one_rate_it_is_all_or_nothing():
    assert patience_s(ONE, np.array([0.1]), 9.0, 20.0) == 0.0
    assert patience_s(ONE, np.array([0.1]), 11.0, 20.0) == 20.0


@pytest.mark.parametrize("saved_s", [8.0, 15.0, 40.0, 200.0])
def test_no_other_wait_costs_less(saved_s):
    weights, rates = np.array([0.3, 0.4, 0.3]), np.array([0.5, 0.05, 0.001])
    best_s = patience_s(weights, rates, saved_s, 60.0)
    cost = expected_cost_s(weights, rates, best_s, saved_s) if best_s else saved_s
    others = [expected_cost_s(weights, rates, w, saved_s) for w in np.linspace(0.01, 60.0, 60)]
    assert cost <= min(others) + 1e-3


def test_the_hazard_falls_while_nothing_happens():
    weights, rates = np.array([0.5, 0.5]), np.array([1.0, 0.01])
    hazards = [opening_hazard(weights, rates, t) for t in (0.0, 1.0, 5.0, 30.0)]
    assert hazards[0] == pytest.approx(0.505)
    assert hazards == sorted(hazards, reverse=True)
    assert hazards[-1] == pytest.approx(0.01, rel=1e-3)


def test_nothing_to_save_is_nothing_to_wait_for():
    assert patience_s(ONE, np.array([5.0]), 0.0, 20.0) == 0.0


def test_a_passer_by_is_waited_for_as_long_as_it_pays():
    assert passer_by_patience_s(10.0, 4.0, 1.0, 30.0) == pytest.approx(6.0)
    assert passer_by_patience_s(2.0, 4.0, 1.0, 30.0) == 0.0
    assert passer_by_patience_s(1e3, 4.0, 1.0, 30.0) == 30.0
