"""The simulated smart camera: what it sees is there, errs as told, and measures the way."""

import dataclasses

import numpy as np
import pytest
from simulation_toys import IDEAL, NO_DELAY, drive, room, world

from drivers.simulation.config import LandmarkCameraConfig
from drivers.simulation.homes.home import Box
from homebody.geometry import SE2, SE3
from homebody.messages import LandmarkCameraDescription, default_body
from navigation.landmarks.closures import LandmarkClosures
from navigation.landmarks.config import LandmarkClosureConfig, PointNoiseConfig
from navigation.landmarks.observation import Band, Sighting

CAMERA = LandmarkCameraDescription()
BODY = dataclasses.replace(default_body(), landmark_camera=CAMERA)
EXACT = LandmarkCameraConfig(
    bearing_std_rad=0.0, range_std_m=0.0, range_std_per_m=0.0, bit_noise=0.0, miss_share=0.0,
    wrong_share=0.0,
)  # fmt: skip


def config(landmarks):
    delay = NO_DELAY.model_copy(update={"landmarks_s": 0.0})
    return IDEAL.model_copy(update={"landmarks": landmarks, "delay": delay})


def frames_of(landmarks, home=None, duration_s=0.5, speed=0.0, yaw_rate=0.0, seed=0):
    """Landmarks with the true pose of the robot at each frame."""
    w = world(home, config=config(landmarks), body=BODY, seed=seed)
    poses = {}

    def note(now_s):
        poses[round(now_s, 3)] = w.truth.T_home_robot

    frames = [f.landmarks for f in drive(w, duration_s, speed, yaw_rate, note) if f.landmarks]
    return [(f, poses[min(poses, key=lambda t: abs(t - f.capture_time_s))]) for f in frames]


def in_home(frame, pose):
    return (SE3.from_se2(pose) @ CAMERA.T_robot_camera(0.0, 0.0)).apply(frame.points_camera_m)


def test_what_is_seen_lies_on_walls_in_view():
    frame, pose = frames_of(EXACT)[-1]
    points = in_home(frame, pose)
    assert len(points) > 20
    assert (
        points[:, 0] == pytest.approx(6.0, abs=0.01)
        or (np.minimum(np.abs(points[:, 0] - 6.0), np.abs(points[:, 1] - 2.0) - 2.0) < 0.01).all()
    )
    assert (frame.points_camera_m[:, 0] > 0.0).all()
    assert (np.linalg.norm(frame.points_camera_m, axis=1) < CAMERA.range_max_m).all()


def test_what_stands_before_a_wall_hides_it():
    cupboard = Box(3.0, 2.0, 0.1, 1.2)
    behind = in_home(*frames_of(EXACT, room(boxes=(cupboard,)))[-1])
    is_shaded = (behind[:, 0] > 5.9) & (np.abs(behind[:, 1] - 2.0) < 1.0) & (behind[:, 2] < 0.4)
    assert not is_shaded.any()
    assert (np.abs(behind[:, 0] - 2.9) < 0.01).any()


def test_errors_are_those_that_were_asked_for():
    truth = frames_of(EXACT)[-1][0]
    noisy_config = LandmarkCameraConfig(bit_noise=0.1, miss_share=0.25, wrong_share=0.0)
    noisy = frames_of(noisy_config, duration_s=2.0)
    share = np.mean([len(f.points_camera_m) for f, _ in noisy]) / len(truth.points_camera_m)
    assert share == pytest.approx(0.75, abs=0.06)
    frame = noisy[-1][0]
    bits = np.unpackbits(frame.descriptors[:, None] ^ truth.descriptors[None], axis=2).sum(axis=2)
    assert bits.min(axis=1).mean() == pytest.approx(25.6, abs=3.0)
    off = frame.points_camera_m - truth.points_camera_m[bits.argmin(axis=1)]
    assert 0.005 < np.std(off) < 0.08


def test_in_the_dark_the_same_place_has_another_look():
    day = frames_of(EXACT)[-1][0]
    night = frames_of(EXACT.model_copy(update={"is_dark": True}))[-1][0]
    assert night.is_infrared
    assert not day.is_infrared
    assert night.points_camera_m == pytest.approx(day.points_camera_m)
    bits = np.unpackbits(day.descriptors ^ night.descriptors, axis=1).sum(axis=1)
    assert bits.mean() == pytest.approx(128, abs=8)


def test_a_home_looks_the_same_to_every_robot_and_noise_comes_from_the_seed():
    once, again = frames_of(LandmarkCameraConfig())[-1][0], frames_of(LandmarkCameraConfig())[-1][0]
    other = frames_of(LandmarkCameraConfig(), seed=1)[-1][0]
    assert np.array_equal(once.points_camera_m, again.points_camera_m)
    assert np.array_equal(once.descriptors, again.descriptors)
    assert not np.array_equal(once.points_camera_m, other.points_camera_m)
    assert np.array_equal(
        frames_of(EXACT)[-1][0].descriptors, frames_of(EXACT, seed=1)[-1][0].descriptors
    )


def test_the_way_is_measured_by_what_the_camera_sees():
    closures = LandmarkClosures(LandmarkClosureConfig(n_back=1), np.random.default_rng(0))
    noise = PointNoiseConfig()
    frames = frames_of(LandmarkCameraConfig(), duration_s=3.0, speed=0.4, yaw_rate=0.3)
    poses, edges = [], []
    for node, (frame, pose) in enumerate(frames):
        band = Band.INFRARED if frame.is_infrared else Band.VISIBLE
        sighting = Sighting.of(frame.points_camera_m, frame.descriptors, noise, band)
        edges += closures.step(node, sighting.moved(CAMERA.T_robot_camera(0.0, 0.0)))
        poses.append(pose)
    assert len(edges) > 20
    chi2 = []
    for e in edges:  # a turn and a sideways step look alike to far walls, and the edge knows it
        wanted = poses[e.first].inverse() @ poses[e.second]
        off = (SE2.from_array(e.relative).inverse() @ wanted).wrapped().as_array()
        assert np.hypot(off[0], off[1]) < 0.15
        chi2.append(off @ e.information @ off)
    assert np.mean(chi2) < 6.0
    assert max(chi2) < 25.0
