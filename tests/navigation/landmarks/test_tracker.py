"""A camera that goes round a room: tracked, found again, and a map that forgets what is gone."""

import numpy as np
import pytest
from made_landmarks import NOISE, World, apart, camera_at

from navigation.landmarks.bundle import adjust
from navigation.landmarks.config import TrackerConfig
from navigation.landmarks.landmark_map import Life
from navigation.landmarks.observation import Band
from navigation.landmarks.tracker import LandmarkTracker

CONFIG = TrackerConfig(noise=NOISE)


def way(n=70):
    """A round in the middle of the room, looking outwards."""
    angle = np.linspace(0.0, 2.2 * np.pi, n)
    return [camera_at(4.0 + 1.2 * np.cos(a), 3.0 + 0.8 * np.sin(a), a) for a in angle]


def driven(seed=1, poses=None, adjusts=False):
    rng = np.random.default_rng(seed)
    world, tracker = World(rng), LandmarkTracker(CONFIG, rng)
    poses = way() if poses is None else poses
    tracked = []
    for pose in poses:
        tracked.append(tracker.step(world.sight(pose, rng)[0]))
        if adjusts and tracker.wants_adjustment():
            window = tracker.window()
            keyframes = [tracker.keyframes[k] for k in window]
            before = [tracker.keyframe_poses[k] for k in window]
            better = adjust(keyframes, before, NOISE, n_fixed=3 if window.start else 1)
            tracker.adopt(window.start, better.poses, better.ids, better.points_m)
    return world, tracker, tracked, rng


def errors(tracker, poses):
    found = tracker.trajectory()
    T_true_map = poses[0] @ found[0].inverse()
    return np.array([apart(T_true_map @ f, p) for f, p in zip(found, poses, strict=True)])


@pytest.fixture(scope="module")
def round_trip():
    world, tracker, tracked, rng = driven(adjusts=True)
    best = adjust(tracker.keyframes, tracker.keyframe_poses, NOISE, n_iterations=25)
    tracker.adopt(0, best.poses, best.ids, best.points_m)
    return world, tracker, tracked, rng


def test_a_round_is_tracked_to_a_few_centimetres(round_trip):
    _, tracker, tracked, _ = round_trip
    off = errors(tracker, way())
    assert not any(t.is_lost for t in tracked)
    assert np.sqrt(np.mean(off[:, 0] ** 2)) < 0.12
    assert off[:, 1].max() < 0.03
    assert off[-5:, 0].max() < 0.08  # back where it began
    assert len(tracker.map) < 2200  # of 1500, with false looks: seen again, not made anew


def test_a_carried_camera_is_found_by_landmarks_alone():
    rng = np.random.default_rng(11)
    world, tracker = World(rng), LandmarkTracker(CONFIG, rng)
    for pose in way()[::6]:  # a map of what was seen from true poses
        tracker.map.add(pose, world.sight(pose, rng)[0])
    for x, y, yaw in ((2.5, 3.5, 2.5), (5.0, 2.2, -1.0), (4.0, 3.0, 0.4)):
        sighting, _ = world.sight(camera_at(x, y, yaw), rng)
        found, _ = tracker.find_anywhere(sighting)
        off_m, off_rad = apart(found.T_known_sensor, camera_at(x, y, yaw))
        assert off_m < 0.05
        assert off_rad < 0.02


def test_a_foreign_room_is_not_taken_for_this_one(round_trip):
    _, tracker, _, rng = round_trip
    other = World(np.random.default_rng(99))
    sighting, _ = other.sight(camera_at(4.0, 3.0, 0.4), rng)
    assert tracker.find_anywhere(sighting)[0] is None
    lost = tracker.step(sighting)
    assert lost.is_lost
    assert lost.quality == 0.0


def test_infrared_and_visible_are_two_looks_of_one_place(round_trip):
    world, tracker, _, rng = round_trip
    dark, _ = world.sight(camera_at(4.0, 3.0, 0.4), rng, band=Band.INFRARED)
    assert tracker.find_anywhere(dark)[0] is None  # never seen in that light
    here = tracker.find_anywhere(world.sight(camera_at(4.0, 3.0, 0.4), rng)[0])[0]
    tracker.map.add(here.T_known_sensor, dark)
    again, _ = world.sight(camera_at(4.1, 3.0, 0.45), rng, band=Band.INFRARED)
    found = tracker.find_anywhere(again)[0]
    between = here.T_known_sensor.inverse() @ found.T_known_sensor
    assert apart(between, camera_at(4.0, 3.0, 0.4).inverse() @ camera_at(4.1, 3.0, 0.45))[0] < 0.05


def test_what_is_taken_away_fades_and_is_forgotten_and_the_rest_stays():
    rng = np.random.default_rng(7)
    world, tracker = World(rng), LandmarkTracker(CONFIG, rng)
    looks = [camera_at(4.5 + 0.11 * (k % 4), 3.0, 0.13 * (k % 3)) for k in range(80)]
    for pose in looks[:20]:
        tracker.step(world.sight(pose, rng, wrong=0.0)[0])
    confirmed = tracker.map.lives == Life.CONFIRMED
    assert confirmed.sum() > 40
    is_moved = np.zeros(len(world.points_m), dtype=bool)
    is_moved[::3] = True
    before = {*tracker.map.ids[confirmed].tolist()}
    world.points_m[is_moved, 2] = -50.0  # carried off
    for pose in looks[20:]:
        tracker.step(world.sight(pose, rng, wrong=0.0)[0])
    kept = before & {*tracker.map.ids[tracker.map.lives == Life.CONFIRMED].tolist()}
    assert 0.5 < len(kept) / len(before) < 0.75  # two thirds are still there
    assert apart(tracker.trajectory()[-1], looks[0].inverse() @ looks[-1])[0] < 0.03


def test_adjustment_makes_keyframes_truer():
    poses = way()[:40]
    _, tracker, _, _ = driven(seed=3, poses=poses)
    before = errors(tracker, poses)[:, 0]
    better = adjust(tracker.keyframes, tracker.keyframe_poses, NOISE)
    tracker.adopt(0, better.poses, better.ids, better.points_m)
    assert np.sqrt(np.mean(errors(tracker, poses)[:, 0] ** 2)) < np.sqrt(np.mean(before**2)) + 1e-3
    assert errors(tracker, poses)[:, 0].max() < 0.045
