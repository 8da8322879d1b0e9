"""The history against closed forms, and against doors whose process is known."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homebody.errors import InputError
from navigation.doors.config import DoorConfig
from navigation.doors.history import DoorHistory
from navigation.doors.process import DAY_S, N_HOURS, hat_weights, profile_at, relaxed

CONFIG = DoorConfig()
HOUR_S = 3600.0


def slow_relaxed(p, profile, rate, from_s, to_s, n=20_000):
    """dp/dt = rate (profile - p) by the midpoint rule."""
    step = (to_s - from_s) / n
    for i in range(n):
        middle = profile_at(profile, from_s + (i + 0.5) * step)
        half = p + 0.5 * step * rate * (middle - p)
        p += step * rate * (middle - half)
    return p


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.0, 1.0), min_size=N_HOURS, max_size=N_HOURS),
    st.floats(0.0, 1.0),
    st.floats(0.0, 2 * DAY_S),
    st.floats(10.0, 1.5 * DAY_S),
    st.floats(3600.0, 4e5),
)
def test_relaxing_is_the_solution_of_its_equation(profile, p, from_s, span_s, scale_s):
    profile, rates = np.array(profile), np.array([1.0 / scale_s])
    fast = relaxed(p, profile, rates, from_s, from_s + span_s)
    assert fast[0] == pytest.approx(
        slow_relaxed(p, profile, rates[0], from_s, from_s + span_s), abs=1e-5
    )


def test_with_a_constant_profile_it_is_the_two_state_chain():
    rates = np.array([1e-3, 1e-4])
    p = relaxed(1.0, np.full(N_HOURS, 0.3), rates, 5e4, 5e4 + 700.0)
    np.testing.assert_allclose(p, 0.3 + 0.7 * np.exp(-rates * 700.0), rtol=1e-12)
    np.testing.assert_allclose(relaxed(0.0, np.full(N_HOURS, 0.3), rates, 0.0, 1e9), 0.3)


def test_the_times_of_day_join_at_midnight():
    low, high, share = hat_weights(0.0)
    assert (low, high) == (N_HOURS - 1, 0)
    assert share == pytest.approx(0.5)
    profile = np.arange(float(N_HOURS))
    assert profile_at(profile, DAY_S - 1e-6) == pytest.approx(profile_at(profile, 0.0), abs=1e-6)


def test_a_door_never_seen_is_as_the_prior_says():
    history = DoorHistory()
    assert history.p_open(1e9) == pytest.approx(CONFIG.prior_open)
    assert history.beta() == pytest.approx((1.6, 0.4))


def test_the_first_sighting_counts_as_one():
    history = DoorHistory()
    history.sight(False, 1e9)
    assert history.beta() == pytest.approx((1.6, 0.4 + 1.0))


def test_sightings_count_by_how_independent_they_are():
    """For one known rate: 1 + sum of tanh(rate gap / 2). Equation (7)."""
    config = DoorConfig(shortest_s=600.0, longest_s=600.0, forget_s=1e9)
    history = DoorHistory(config)
    gaps_s = (10.0, 10.0, 300.0, 5000.0)
    now_s = 1e5
    history.sight(True, now_s)
    for gap_s in gaps_s:
        now_s += gap_s
        history.sight(True, now_s)
    expected = 1.0 + sum(math.tanh(gap_s / 1200.0) for gap_s in gaps_s)
    assert sum(history.beta()) - config.prior_weight == pytest.approx(expected, rel=2e-3)


def test_the_worth_of_sightings_is_that_of_least_squares():
    """The variance of the best linear mean of a process with correlation exp(-rate gap)."""
    times = np.array([0.0, 20.0, 90.0, 700.0, 710.0])
    correlation = np.exp(-np.abs(times[:, None] - times[None]) / 600.0)
    information = np.linalg.inv(correlation).sum()
    assert 1.0 + np.tanh(np.diff(times) / 1200.0).sum() == pytest.approx(information, rel=1e-12)


def test_a_door_seen_shut_is_likely_shut_for_a_while_and_not_for_ever():
    history = DoorHistory()
    for day in range(20):
        history.sight(True, day * DAY_S)
    now_s = 20 * DAY_S
    history.sight(False, now_s)
    after = [history.p_open(now_s + t) for t in (0.0, 30.0, 600.0, HOUR_S, DAY_S, 5 * DAY_S)]
    assert after[0] == pytest.approx(CONFIG.error_share)
    assert after == sorted(after)
    assert after[1] < CONFIG.shut_below, "not tried again at once"
    assert after[-1] > 0.8, "nor written off for ever"


def test_what_is_long_ago_fades_to_the_prior():
    history = DoorHistory()
    for hour in range(200):
        history.sight(False, hour * HOUR_S)
    assert history.p_open(200 * HOUR_S) < 0.1
    history.sight(True, 200 * HOUR_S + 30 * CONFIG.forget_s)
    a, b = history.beta()
    assert b == pytest.approx(CONFIG.prior_weight * (1.0 - CONFIG.prior_open), abs=0.55)
    assert a / (a + b) > 0.75


def simulated(rng, open_at, rate_per_s, n, gap_s):
    """Times and states of a door whose chance of being open is drawn to open_at(time of day)."""
    now_s, state, times, states = 0.0, True, [], []
    for gap in rng.exponential(gap_s, n):
        steps = max(1, int(gap / 300.0))
        for i in range(steps):
            target = open_at(now_s + (i + 0.5) * gap / steps)
            p = target + (state - target) * math.exp(-rate_per_s * gap / steps)
            state = rng.random() < p
        now_s += gap
        times.append(now_s)
        states.append(state)
    return times, states


def open_by_day(time_s):
    return 0.9 if 8 * HOUR_S <= time_s % DAY_S < 20 * HOUR_S else 0.2


@pytest.mark.parametrize("rate_per_s", [1.0 / 1800.0, 1.0 / 20_000.0])
def test_predictions_are_calibrated_on_a_door_with_a_known_process(rate_per_s):
    """Of the times when it says 70 %, about 70 % are open, and it beats saying the mean."""
    rng = np.random.default_rng(5)
    times, states = simulated(rng, open_by_day, rate_per_s, 1500, 2 * HOUR_S)
    history, said, was = DoorHistory(), [], []
    for i, (now_s, is_open) in enumerate(zip(times, states, strict=True)):
        if i > 300:
            said.append(history.p_open(now_s))
            was.append(is_open)
        history.sight(is_open, now_s)
    said, was = np.array(said), np.array(was, dtype=float)
    for low, high in ((0.0, 0.35), (0.35, 0.65), (0.65, 1.0)):
        held = (said >= low) & (said < high)
        if held.sum() > 60:
            error = 2.6 * math.sqrt(0.25 / held.sum())
            assert was[held].mean() == pytest.approx(said[held].mean(), abs=0.04 + error)
    brier = float(np.mean((said - was) ** 2))
    assert brier < 0.85 * float(np.mean((was.mean() - was) ** 2))
    by_day = history.profile()
    assert by_day[3] > by_day[0]
    if rate_per_s > 1e-4:  # a door slower than the day lags behind it
        assert by_day[3] > 0.75
        assert by_day[0] < 0.45


def test_the_rate_of_change_is_learnt():
    rng = np.random.default_rng(2)
    scales = []
    for rate in (1.0 / 300.0, 1.0 / 60_000.0):
        history = DoorHistory()
        for now_s, is_open in zip(*simulated(rng, lambda _: 0.6, rate, 400, 900.0), strict=True):
            history.sight(is_open, now_s)
        scales.append(float(np.exp(history.rate_weights @ -np.log(history.rates_per_s))))
    assert scales[0] < 900.0
    assert scales[1] > 15_000.0


def test_a_state_goes_through_json_and_back():
    history = DoorHistory()
    for i, is_open in enumerate((True, False, True, True)):
        history.sight(is_open, 1e9 + 5000.0 * i)
    again = DoorHistory.from_state(json.loads(json.dumps(history.state())))
    assert again.p_open(1e9 + 9e4) == history.p_open(1e9 + 9e4)
    assert DoorHistory.from_state(DoorHistory().state()).seen_s is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("open", [1.0]),
        ("shut", [-1.0] * N_HOURS),
        ("log_weight", "x"),
        ("seen_s", float("nan")),
        ("was_open", 1),
    ],
)
def test_a_spoilt_state_is_refused(field, value):
    with pytest.raises(InputError, match=field):
        DoorHistory.from_state({**DoorHistory().state(), field: value})


def test_a_clock_that_runs_back_changes_nothing_but_the_state():
    history = DoorHistory()
    history.sight(True, 1e6)
    history.sight(False, 9e5)
    assert history.seen_s == 1e6
    assert history.p_open(1e6) == pytest.approx(CONFIG.error_share)
