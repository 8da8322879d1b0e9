"""RGB-D sequences as TUM keeps them (Sturm et al. 2012), through the landmark tracker, vision only.

A sequence is a folder with `rgb/`, `depth/`, `groundtruth.txt` and `associations.txt`, or `rgb.txt`
and `depth.txt`. Of faster ones every n-th frame is taken, for about 10 Hz. The error is the RMSE of
the positions after the best rigid alignment (ATE); the seed draws the hypotheses of the searches.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.common import Row
from homebody.errors import InputError
from homebody.geometry import FloatArray
from navigation.landmarks.config import KeypointConfig, TrackerConfig
from navigation.landmarks.keypoints import KeypointFinder, Pinhole
from navigation.landmarks.observation import Sighting
from navigation.landmarks.tracker import LandmarkTracker

N_SEEDS = 10
_RATE_HZ = 10.0
_TOGETHER_S = 0.02
_DEPTH_PER_M = 5000.0
_N_FIXED = 5
_LOST_FOR_GOOD_FRAMES = 20
# of the data set's own page, by the camera's name in the path
_CAMERAS = {
    "1": Pinhole(517.3, 516.5, 318.6, 255.3, (0.2624, -0.9531, -0.0054, 0.0026, 1.1633)),
    "2": Pinhole(520.9, 521.0, 325.1, 249.7, (0.2312, -0.7849, -0.0033, -0.0001, 0.9172)),
    "3": Pinhole(535.4, 539.2, 320.1, 247.6),
}
_ANY_CAMERA = Pinhole(525.0, 525.0, 319.5, 239.5)


@dataclass(frozen=True, slots=True)
class Sequence3d:
    """Frames of one camera.

    Attributes:
        time_s: Of the images, shape (n,).
        images: Files, with the depth images as `depths`.
        truth_m: Where the camera was, shape (n, 3).
    """

    time_s: FloatArray
    images: tuple[Path, ...]
    depths: tuple[Path, ...]
    truth_m: FloatArray
    camera: Pinhole


def find_sequences(data: Path) -> list[Path]:
    """Every sequence below a folder."""
    folders = sorted(path.parent for path in data.rglob("groundtruth.txt"))
    return [folder for folder in folders if (folder / "rgb").is_dir() and _has_list(folder)]


def _has_list(folder: Path) -> bool:
    both = (folder / "rgb.txt").exists() and (folder / "depth.txt").exists()
    return both or (folder / "associations.txt").exists()


def load_sequence(folder: Path) -> Sequence3d:
    """Read the lists of a sequence; the images stay on disk.

    Raises:
        InputError: A list cannot be read, or no image has a depth image and a true pose.
    """
    rows = _associated(folder)
    truth = np.array(
        [[float(word) for word in words[:4]] for words in _lines(folder / "groundtruth.txt")]
    )
    if len(truth) < 2:
        raise InputError(folder / "groundtruth.txt", "rows", len(truth), "at least 2")
    rows = [row for row in rows if truth[0, 0] <= row[0] <= truth[-1, 0]]
    if not rows:
        raise InputError(folder, "images with depth and truth", 0, "at least 1")
    time_s = np.array([row[0] for row in rows])
    step_s = float(np.median(np.diff(time_s))) if len(rows) > 1 else 1.0
    every = max(1, round(1.0 / (_RATE_HZ * step_s)))
    rows, time_s = rows[::every], time_s[::every]
    where = np.column_stack([np.interp(time_s, truth[:, 0], truth[:, k]) for k in (1, 2, 3)])
    images, depths = tuple(row[1] for row in rows), tuple(row[2] for row in rows)
    return Sequence3d(time_s, images, depths, where, _camera(folder))


def _lines(path: Path) -> list[list[str]]:
    lines = [line.split() for line in path.read_text().splitlines()]
    return [words for words in lines if words and not words[0].startswith("#")]


def _associated(folder: Path) -> list[tuple[float, Path, Path]]:
    """Time, image and depth image, in order of time."""
    try:
        if (folder / "associations.txt").exists():
            listed = _lines(folder / "associations.txt")
            return [(float(w[0]), folder / w[1], folder / w[3]) for w in listed]
        images = [(float(w[0]), folder / w[1]) for w in _lines(folder / "rgb.txt")]
        depths = [(float(w[0]), folder / w[1]) for w in _lines(folder / "depth.txt")]
    except (ValueError, IndexError) as problem:
        raise InputError(folder, "lists of images", str(problem), "time and file") from problem
    times = np.array([time_s for time_s, _ in depths])
    found = []
    for time_s, image in images:
        k = int(np.argmin(np.abs(times - time_s))) if len(times) else 0
        if len(times) and abs(times[k] - time_s) < _TOGETHER_S:
            found.append((time_s, image, depths[k][1]))
    return found


def _camera(folder: Path) -> Pinhole:
    for number, camera in _CAMERAS.items():
        if f"freiburg{number}" in folder.name or f"fr{number}" in folder.name:
            return camera
    return _ANY_CAMERA


def aligned_errors(found_m: FloatArray, truth_m: FloatArray) -> FloatArray:
    """Distances (n,) of positions (n, 3) from the truth after the best rigid motion (Umeyama)."""
    a, b = found_m - found_m.mean(axis=0), truth_m - truth_m.mean(axis=0)
    u, _, vt = np.linalg.svd(b.T @ a)
    rotation = u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt
    return np.asarray(np.linalg.norm(b - a @ rotation.T, axis=1))


@dataclass(frozen=True, slots=True)
class Ride:
    """One run of the tracker.

    Attributes:
        online_m, final_m: Positions, shape (n, 3).
        is_lost: Shape (n,).
        track_ms: Shape (n,).
    """

    online_m: FloatArray
    final_m: FloatArray
    is_lost: np.ndarray
    track_ms: FloatArray
    back_s: float
    n_landmarks: int
    n_keyframes: int


def ride(sightings: Sequence[Sighting], seed: int) -> Ride:
    """Track a sequence, with the adjustment beside it."""
    from navigation.landmarks.bundle import adjust  # noqa: PLC0415 (loads GTSAM)

    config = TrackerConfig()
    tracker = LandmarkTracker(config, np.random.default_rng(seed))
    online, is_lost, track_ms, back_s = [], [], [], 0.0
    for sighting in sightings:
        began_s = time.thread_time()
        tracked = tracker.step(sighting)
        track_ms.append(1e3 * (time.thread_time() - began_s))
        online.append(tracked.T_map_camera.translation_m)
        is_lost.append(tracked.is_lost)
        if tracker.wants_adjustment():
            began_s = time.process_time()
            window = tracker.window()
            keyframes = [tracker.keyframes[k] for k in window]
            poses = [tracker.keyframe_poses[k] for k in window]
            n_fixed = _N_FIXED if window.start else 1
            better = adjust(keyframes, poses, config.noise, n_fixed=n_fixed)
            tracker.adopt(window.start, better.poses, better.ids, better.points_m)
            back_s += time.process_time() - began_s
    began_s = time.process_time()
    best = adjust(tracker.keyframes, tracker.keyframe_poses, config.noise, n_iterations=25)
    tracker.adopt(0, best.poses, best.ids, best.points_m)
    back_s += time.process_time() - began_s
    final = np.array([pose.translation_m for pose in tracker.trajectory()])
    return Ride(
        np.array(online), final, np.array(is_lost), np.array(track_ms), back_s, len(tracker.map),
        len(tracker.keyframes),
    )  # fmt: skip


def keypoints_of(sequence: Sequence3d) -> tuple[list[Sighting], FloatArray]:
    """Landmarks of all frames, and what finding them took [ms], (n,); images are dropped at once.

    Raises:
        InputError: An image cannot be read.
    """
    finder = KeypointFinder(sequence.camera, KeypointConfig(), TrackerConfig().noise)
    cv2.setNumThreads(1)  # one core, as is promised
    sightings, took_ms = [], []
    for image, depth in zip(sequence.images, sequence.depths, strict=True):
        grey = cv2.imread(str(image), cv2.IMREAD_GRAYSCALE)
        raw = cv2.imread(str(depth), cv2.IMREAD_UNCHANGED)
        if grey is None or raw is None or grey.shape != raw.shape[:2]:
            raise InputError(image, "image with depth", "unreadable", "two pictures of one size")
        began_s = time.thread_time()
        depth_m = raw.astype(np.float64) / _DEPTH_PER_M
        sightings.append(finder.with_depth(np.asarray(grey, dtype=np.uint8), depth_m))
        took_ms.append(1e3 * (time.thread_time() - began_s))
    return sightings, np.array(took_ms)


def run_sequence(folder: Path, seed: int, n_seeds: int = N_SEEDS) -> Row:
    """A row of the table: medians over the seeds."""
    sequence = load_sequence(folder)
    sightings, found_ms = keypoints_of(sequence)
    ride(sightings[:3], seed)  # compiles
    rides = [ride(sightings, seed + k) for k in range(n_seeds)]
    final = [aligned_errors(r.final_m, sequence.truth_m) for r in rides]
    online = [aligned_errors(r.online_m, sequence.truth_m) for r in rides]
    ate_m = np.array([_rms(errors) for errors in final])
    frame_ms = found_ms + np.median([r.track_ms for r in rides], axis=0)
    return {
        "case": folder.name,
        "kind": "rgbd",
        "seed": seed,
        "frames": len(sightings),
        "ate_m": float(np.median(ate_m)),
        "ate_m_worst_seed": float(ate_m.max()),
        "ate_m_max": float(np.median([errors.max() for errors in final])),
        "online_ate_m": float(np.median([_rms(errors) for errors in online])),
        "lost": float(np.mean([r.is_lost.sum() for r in rides])),
        "lost_for_good": float(sum(r.is_lost[-_LOST_FOR_GOOD_FRAMES:].all() for r in rides)),
        "frame_ms_mean": float(frame_ms.mean()),
        "frame_ms_p99": float(np.percentile(frame_ms, 99)),
        "keypoints_ms_mean": float(found_ms.mean()),
        "back_s": float(np.median([r.back_s for r in rides])),
        "landmarks": float(np.median([r.n_landmarks for r in rides])),
        "keyframes": float(np.median([r.n_keyframes for r in rides])),
    }


def _rms(errors: FloatArray) -> float:
    return float(np.sqrt(np.mean(errors**2)))
