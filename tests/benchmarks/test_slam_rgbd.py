"""RGB-D sequences: their lists are read, a rendered one is tracked, and the error is evo's."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.slam_rgbd import (
    aligned_errors,
    find_sequences,
    keypoints_of,
    load_sequence,
    ride,
)
from homebody.errors import InputError

N_FRAMES, STEP_S = 8, 0.1
FOCAL_PX, CENTRE_PX = 525.0, (319.5, 239.5)


def texture(rng):
    """A poster of blotches and sharp squares, (800, 800)."""
    image = cv2.resize(rng.integers(0, 256, (40, 40), dtype=np.uint8), (800, 800))
    for row, col, size, grey in rng.integers((0, 0, 6, 0), (760, 760, 40, 256), (700, 4)):
        image[row : row + size, col : col + size] = grey
    return image


def rendered(posters, x_m, yaw_rad):
    """Image and depth in 1/5000 m of a camera before a corner of two walls, z = 2.5 and x = 1."""
    cols, rows = np.meshgrid(np.arange(640), np.arange(480))
    flat = np.stack(((cols - CENTRE_PX[0]) / FOCAL_PX, (rows - CENTRE_PX[1]) / FOCAL_PX))
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    ray_x, ray_z = c * flat[0] + s, c - s * flat[0]
    ahead = np.where(ray_z > 1e-6, 2.5 / ray_z, np.inf)
    aside = np.where(ray_x > 1e-6, (1.0 - x_m) / ray_x, np.inf)
    depth = np.minimum(ahead, aside)
    at = np.where(ahead < aside, x_m + depth * ray_x, depth * ray_z)
    u = np.clip((at + 2.0) * 160.0, 0, 799).astype(np.float32)
    v = np.clip((depth * flat[1] + 2.0) * 160.0, 0, 799).astype(np.float32)
    images = [cv2.remap(poster, u, v, cv2.INTER_LINEAR) for poster in posters]
    image = np.where(ahead < aside, images[0], images[1])
    return image, (depth * 5000.0).astype(np.uint16)


def write_sequence(folder: Path, *, has_associations):
    rng = np.random.default_rng(5)
    posters = texture(rng), texture(rng)
    for name in ("rgb", "depth"):
        (folder / name).mkdir(parents=True)
    rgb, depth, both, truth = [], [], [], []
    for k in range(N_FRAMES):
        time_s, x_m, yaw_rad = 100.0 + k * STEP_S, 0.04 * k, 0.03 * k
        image, depths = rendered(posters, x_m, yaw_rad)
        cv2.imwrite(str(folder / f"rgb/{k}.png"), image)
        cv2.imwrite(str(folder / f"depth/{k}.png"), depths)
        rgb.append(f"{time_s} rgb/{k}.png")
        depth.append(f"{time_s + 0.004} depth/{k}.png")
        both.append(f"{rgb[-1]} {depth[-1]}")
        truth.append(f"{time_s} {x_m} 0 0 0 0 0 1")
    (folder / "groundtruth.txt").write_text("\n".join(["# t x y z", *truth]) + "\n")
    lists = {"associations.txt": both} if has_associations else {"rgb.txt": rgb, "depth.txt": depth}
    for name, lines in lists.items():
        (folder / name).write_text("\n".join(["# list", *lines]) + "\n")


@pytest.fixture(scope="module")
def sequence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rgbd") / "made"
    write_sequence(folder, has_associations=False)
    return folder


def test_a_rendered_sequence_is_found_and_tracked(sequence):
    assert find_sequences(sequence.parent) == [sequence]
    frames = load_sequence(sequence)
    sightings, took_ms = keypoints_of(frames)
    assert len(sightings) == len(took_ms) == N_FRAMES
    assert min(len(s) for s in sightings) > 200
    rode = ride(sightings, seed=0)
    assert not rode.is_lost.any()
    assert aligned_errors(rode.final_m, frames.truth_m).max() < 0.01


def test_both_kinds_of_lists_say_the_same(sequence, tmp_path):
    write_sequence(tmp_path / "other", has_associations=True)
    one, other = load_sequence(sequence), load_sequence(tmp_path / "other")
    assert np.array_equal(one.time_s, other.time_s)
    assert [p.name for p in one.depths] == [p.name for p in other.depths]
    assert one.truth_m[-1] == pytest.approx([0.04 * (N_FRAMES - 1), 0.0, 0.0])


def test_a_sequence_without_truth_for_its_images_is_refused(sequence, tmp_path):
    write_sequence(tmp_path / "late", has_associations=True)
    (tmp_path / "late/groundtruth.txt").write_text("1.0 0 0 0\n2.0 0 0 0\n")
    with pytest.raises(InputError, match="images with depth and truth"):
        load_sequence(tmp_path / "late")


def test_the_error_ignores_where_a_map_begins_and_nothing_else():
    rng = np.random.default_rng(2)
    truth = rng.normal(0.0, 1.0, (50, 3))
    c, s = np.cos(0.7), np.sin(0.7)
    turned = truth @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]).T + (3.0, -2.0, 1.0)
    assert aligned_errors(turned, truth).max() < 1e-9
    assert aligned_errors(1.1 * truth, truth).max() > 0.05  # scale is not forgiven


def test_the_error_is_that_of_evo():
    pytest.importorskip("evo")
    from evo.core import metrics
    from evo.core.trajectory import PoseTrajectory3D

    rng = np.random.default_rng(3)
    truth = np.cumsum(rng.normal(0.0, 0.1, (40, 3)), axis=0)
    found = truth + rng.normal(0.0, 0.02, truth.shape) + (1.0, 2.0, 3.0)
    upright = np.tile([1.0, 0.0, 0.0, 0.0], (40, 1))
    stamps = np.arange(40.0)
    reference = PoseTrajectory3D(truth.copy(), upright, stamps)
    estimate = PoseTrajectory3D(found.copy(), upright, stamps)
    estimate.align(reference)
    ape = metrics.APE(metrics.PoseRelation.translation_part)
    ape.process_data((reference, estimate))
    rmse = ape.get_statistic(metrics.StatisticsType.rmse)
    errors = aligned_errors(found, truth)
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(rmse, rel=1e-9)
