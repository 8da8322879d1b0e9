"""Carried elsewhere, the robot notices, is searched for in the whole map, and goes on."""

from dataclasses import replace

import numpy as np
import pytest
from flat_world import Drive, drive, inputs, small_home

from homebody.geometry import SE2
from homebody.messages import default_body
from navigation.slam.config import SlamConfig
from navigation.slam.lost_and_found import LostAndFound
from navigation.slam.slam import Slam

BEFORE_S = 45.0
AFTER_S = 8.0


class _Done:
    def __init__(self, result):
        self._result = result

    def poll(self, now_s):
        return True

    def result(self):
        return self._result


class _AtOnce:
    """Runs a job on the spot and counts them."""

    def __init__(self):
        self.kinds = []

    def submit(self, kind, work, *args, now_s):
        self.kinds.append(kind)
        return _Done(work(*args))


def later(brain_input, shift_s):
    scan, odometry = brain_input.scan, brain_input.odometry
    scan = replace(scan, turn=scan.turn + 100_000, capture_time_s=scan.capture_time_s + shift_s)
    odometry = replace(odometry, capture_time_s=odometry.capture_time_s + shift_s)
    return replace(brain_input, scan=scan, odometry=odometry)


def carried(first, second):
    """The second drive with dead reckoning that goes on from the first's end."""
    start = SE2.from_array(first.odom[-1])
    odom = [(start @ SE2.from_array(p)).as_array() for p in second.odom]
    return Drive(second.truth, np.array(odom))


@pytest.fixture(scope="module")
def kidnap():
    """Outputs, errors and job kinds before and after the robot is carried across the home."""
    segments, way = small_home()
    rng = np.random.default_rng(3)
    first = drive(way, BEFORE_S, rng)
    second = carried(first, drive(np.roll(way, -9, axis=0), AFTER_S, rng, start_yaw=2.0))
    slam = Slam(default_body(), T_map_robot_start=SE2.from_array(first.truth[0]))
    jobs = _AtOnce()
    lost = LostAndFound(SlamConfig().lost, jobs)
    rows = []
    for drive_, shift_s in ((first, 0.0), (second, BEFORE_S)):
        for now_s, brain_input, truth in inputs(segments, drive_, rng):
            seen = slam.step(later(brain_input, shift_s), (), now_s + shift_s)
            estimate = seen.estimate
            rows.append((now_s + shift_s, estimate.T_map_robot.distance_m(truth), estimate.quality))
            T_map_odom = lost.step(
                seen.scan, estimate.quality, estimate.T_map_odom, seen.snapshot, now_s + shift_s
            )
            if T_map_odom is not None:
                slam.relocate(T_map_odom)
    return np.array(rows), jobs.kinds


def test_nothing_is_searched_while_all_is_well(kidnap):
    rows, _ = kidnap
    before = rows[rows[:, 0] < BEFORE_S]
    assert before[:, 1].max() < 0.05
    assert before[:, 2].min() > 0.8


def test_it_is_noticed_within_three_seconds_and_mended_within_eight(kidnap):
    rows, kinds = kidnap
    after = rows[rows[:, 0] > BEFORE_S + 0.05]
    assert after[0, 1] > 2.0
    assert after[after[:, 0] < BEFORE_S + 3.0, 2].min() < 0.5
    assert set(kinds) == {"relocalize"}
    assert after[-5:, 1].max() < 0.10
    assert after[-1, 2] > 0.8
