"""Branch and bound finds what trying everything finds, and places explain the scans they hold."""

import numpy as np
import pytest
from flat_world import box, cast

from homebody.geometry import SE2
from navigation.graph_slam.place import RESOLUTION_M, Place, block_maxima
from navigation.graph_slam.search import SearchField, Window, n_levels, search
from navigation.mapping.beams import Beams

ANGLES = np.linspace(-np.pi / 2, np.pi / 2, 181)
ROOM = np.concatenate((box(-3, -2, 4, 3), box(1.0, 1.0, 1.5, 1.6), box(-2.0, -1.5, -1.0, -1.2)))


def beams_at(pose):
    origin = np.tile([pose.x_m, pose.y_m], (len(ANGLES), 1))
    ranges = cast(ROOM, origin, ANGLES + pose.yaw_rad)
    ends = np.column_stack((np.cos(ANGLES), np.sin(ANGLES))) * ranges[:, None]
    is_hit = np.isfinite(ranges)
    return Beams.from_ends(np.zeros((is_hit.sum(), 2)), ends[is_hit], is_hit[is_hit])


def place_of(poses):
    place = Place(10.0)
    for pose in poses:
        place.add(beams_at(pose), pose)
    return place


def exhaustive(points_m, field, window, n_yaw, yaw_step):
    """Every yaw and shift, one by one: best score."""
    levels, reach = field.levels[0], max(1, int(np.ceil(window.reach_m / field.resolution_m)))
    best = 0.0
    for k in range(-n_yaw, n_yaw + 1):
        yaw = window.guess.yaw_rad + k * yaw_step
        turned = SE2(window.guess.x_m, window.guess.y_m, yaw).apply(points_m)
        cells = np.floor((turned - field.origin_m) / field.resolution_m).astype(int)
        for dr in range(-reach, reach + 1):
            for dc in range(-reach, reach + 1):
                col, row = cells[:, 0] + dc, cells[:, 1] + dr
                ok = (row >= 0) & (col >= 0) & (row < levels.shape[0]) & (col < levels.shape[1])
                best = max(best, levels[row[ok], col[ok]].sum() / 255.0 / len(points_m))
    return best


@pytest.fixture(scope="module")
def place():
    return place_of([SE2(0.1 * k, 0.02 * k, 0.1 * k) for k in range(6)])


def test_block_maxima_bound_every_block():
    values = np.random.default_rng(0).integers(0, 255, (9, 11)).astype(np.uint8)
    levels = block_maxima(values, 4)
    for h in range(4):
        for r in range(9):
            for c in range(11):
                assert levels[h, r, c] == values[r : r + 2**h, c : c + 2**h].max()


def test_branch_and_bound_finds_what_trying_everything_finds(place):
    truth = SE2(0.37, -0.22, 0.31)
    points = beams_at(truth).ends_m[::12]
    window = Window(SE2(0.2, -0.1, 0.25), 0.4, 0.1)
    levels, origin = place.levels(n_levels(window.reach_m, RESOLUTION_M))
    field = SearchField(levels, origin, RESOLUTION_M)
    found = search(points, field, window)
    range_m = np.percentile(np.linalg.norm(points, axis=1), 85)
    step = RESOLUTION_M / range_m
    assert found.score == pytest.approx(
        exhaustive(points, field, window, int(np.ceil(0.1 / step)), step)
    )
    assert found.pose.distance_m(truth) < 0.08
    assert abs(found.pose.yaw_rad - truth.yaw_rad) < 0.03


def test_another_place_can_be_asked_for_and_bad_ones_refused(place):
    points = beams_at(SE2(0.3, 0.0, 0.2)).ends_m[::4]
    window = Window(SE2(0.0, 0.0, 0.0), 2.0, 3.1)
    levels, origin = place.levels(n_levels(window.reach_m, RESOLUTION_M))
    field = SearchField(levels, origin, RESOLUTION_M)
    best = search(points, field, window)
    other = search(points, field, window, elsewhere_than=[best.pose])
    assert best.pose.distance_m(SE2(0.3, 0.0, 0.2)) < 0.08
    assert other.score < best.score - 0.1
    assert search(points, field, window, score_min=best.score + 0.01) is None


def test_a_place_explains_its_own_scans_and_no_others(place):
    pose = SE2(0.25, 0.05, 0.2)
    assert place.explain(beams_at(pose), pose, 0.1).share > 0.95
    assert place.explain(beams_at(pose), SE2(0.25, 0.6, 0.6), 0.1).share < 0.5
    place_again = place_of([pose])
    place_again.clear()
    assert place_again.explain(beams_at(pose), pose, 0.1).n_judged == 0
