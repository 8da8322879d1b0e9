"""Tracks keep their identity, know their speed, and are given up in time."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homebody.geometry import SE2
from homebody.messages import Detection, PersonDetections
from navigation.people.kalman import innovation, predict, update
from navigation.people.tracker import PeopleTracker


class Standing:
    """The robot at one pose."""

    def __init__(self, pose=None):
        self._pose = pose or SE2.identity()

    def at(self, time_s):
        return self._pose


def frame(time_s, positions_map_m, pose=None, sigma_m=0.05, facing=None):
    T_robot_map = (pose or SE2.identity()).inverse()
    people = tuple(
        Detection(T_robot_map.apply(p), np.eye(2) * sigma_m**2, facing) for p in positions_map_m
    )
    return PersonDetections(time_s, people)


def walk(tracker, paths, duration_s, rng=None, *, miss=0.0, sigma_m=0.05):
    """Follow people along paths (functions of time); returns the last output."""
    people = ()
    for k in range(round(duration_s * 10)):
        time_s = 0.1 * k
        seen = [np.asarray(path(time_s), float) for path in paths]
        if rng is not None:
            seen = [p + rng.normal(0.0, sigma_m, 2) for p in seen if rng.random() > miss]
        people = tracker.step(frame(time_s, seen, sigma_m=sigma_m), Standing(), time_s)
    return people


def test_a_person_is_believed_at_the_third_look():
    tracker = PeopleTracker()
    n = [len(tracker.step(frame(0.1 * k, [(2.0, 0.0)]), Standing(), 0.1 * k)) for k in range(4)]
    assert n == [0, 0, 1, 1]


def test_position_and_speed_of_a_walker():
    error_m, error_m_s = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        (person,) = walk(PeopleTracker(), [lambda t: (0.9 * t, 1.0)], 4.0, rng, miss=0.1)
        error_m.append(person.position_map_m - (0.9 * 3.9, 1.0))
        error_m_s.append(person.velocity_map_m_s - (0.9, 0.0))
        sigma = np.sqrt(np.diag(person.covariance))
        assert (np.abs(np.concatenate((error_m[-1], error_m_s[-1]))) < 3.5 * sigma).all()
    assert np.sqrt(np.mean(np.square(error_m))) < 0.06
    assert np.sqrt(np.mean(np.square(error_m_s))) < 0.25


def test_two_who_pass_each_other_keep_their_numbers():
    tracker = PeopleTracker()
    paths = [lambda t: (-2.0 + 0.9 * t, 0.25), lambda t: (2.0 - 0.9 * t, -0.25)]
    first = {p.identity: p.position_map_m[0] for p in walk(tracker, paths, 0.5)}
    tracker = PeopleTracker()
    last = {p.identity: p for p in walk(tracker, paths, 4.5, np.random.default_rng(1))}
    assert first.keys() == last.keys()
    for identity, x in first.items():
        assert math.copysign(1.0, x) == -math.copysign(1.0, last[identity].position_map_m[0])
        assert last[identity].velocity_map_m_s[0] * x < 0.0


def test_out_of_sight_it_walks_on_less_and_less_sure_then_ends():
    tracker = PeopleTracker()
    (seen,) = walk(tracker, [lambda t: (0.5 * t, 0.0)], 3.0)
    spread = np.trace(seen.covariance[:2, :2])
    for k in range(1, 29):
        now_s = 2.9 + 0.1 * k
        (person,) = tracker.step(frame(now_s, []), Standing(), now_s)
        assert person.identity == seen.identity
        assert np.trace(person.covariance[:2, :2]) > spread
        spread = np.trace(person.covariance[:2, :2])
    assert person.position_map_m[0] == pytest.approx(0.5 * now_s, abs=0.3)
    assert tracker.step(None, Standing(), 6.1) == ()


def test_seen_again_it_is_the_same_person():
    tracker = PeopleTracker()
    (before,) = walk(tracker, [lambda t: (1.0, 1.0)], 2.0)
    (after,) = tracker.step(frame(3.5, [(1.2, 1.1)]), Standing(), 3.5)
    assert after.identity == before.identity


def test_a_ghost_is_never_shown():
    tracker = PeopleTracker()
    tracker.step(frame(0.0, [(1.0, 0.0)]), Standing(), 0.0)
    tracker.step(frame(1.0, []), Standing(), 1.0)
    assert tracker.step(frame(1.1, [(1.0, 0.0)]), Standing(), 1.1) == ()


def test_detections_are_put_where_the_robot_was():
    pose = SE2(2.0, -1.0, 0.7)
    tracker = PeopleTracker()
    for k in range(5):
        people = tracker.step(
            frame(0.1 * k, [(3.0, 0.5)], pose, facing=1.0), Standing(pose), 0.1 * k + 0.05
        )
    assert people[0].position_map_m == pytest.approx([3.0, 0.5], abs=1e-6)
    assert people[0].facing_map_rad == pytest.approx(1.7)
    assert people[0].time_s == pytest.approx(0.45)


def test_a_detection_that_is_no_number_is_left_out():
    bad = PersonDetections(0.0, (Detection(np.array([np.nan, 0.0]), np.eye(2)),))
    assert PeopleTracker().step(bad, Standing(), 0.0) == ()


numbers = st.floats(-3.0, 3.0)


@settings(max_examples=30, deadline=None)
@given(numbers, numbers, numbers, numbers, st.floats(0.0, 2.0))
def test_filters_are_the_slow_ones(x, y, vx, vy, dt_s):
    state = np.array([[x, y, vx, vy], [1.0, 2.0, 0.0, 0.5]])
    covariance = np.stack([np.diag([0.1, 0.2, 0.5, 0.4]), np.eye(4)])
    states, covariances = predict(state, covariance, dt_s, 1.0)
    assert states[0] == pytest.approx([x + dt_s * vx, y + dt_s * vy, vx, vy])
    assert covariances[0, 0, 0] == pytest.approx(0.1 + dt_s**2 * 0.5 + dt_s**3 / 3)
    noise = np.stack([np.eye(2) * 0.01, np.eye(2) * 0.04])
    seen = np.array([[0.5, -0.5], [1.5, 2.0]])
    distance, squared = innovation(states, covariances, seen, noise)
    for m in range(2):
        for d in range(2):
            e = seen[d] - states[m, :2]
            s = covariances[m, :2, :2] + noise[d]
            assert distance[m, d] == pytest.approx(np.linalg.norm(e))
            assert squared[m, d] == pytest.approx(e @ np.linalg.inv(s) @ e)
    new_states, new_covariances = update(states, covariances, seen, noise)
    for m in range(2):
        h = np.eye(2, 4)
        gain = covariances[m] @ h.T @ np.linalg.inv(h @ covariances[m] @ h.T + noise[m])
        assert new_states[m] == pytest.approx(states[m] + gain @ (seen[m] - states[m, :2]))
        assert new_covariances[m] == pytest.approx(
            (np.eye(4) - gain @ h) @ covariances[m], abs=1e-9
        )
