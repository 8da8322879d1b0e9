"""The benchmark's measures against cases worked out by hand."""

import math
from functools import partial

import numpy as np
import pytest
from made_maps import two_rooms

from benchmarks.room_baselines import morphological_rooms, watershed_rooms
from benchmarks.room_scores import f_score, score
from navigation.types import FREE


def halves():
    """Reference rooms of 20 x 30 and 20 x 10 cells side by side."""
    rooms = np.zeros((2, 20, 40), np.bool_)
    rooms[0, :, :30] = True
    rooms[1, :, 30:] = True
    return rooms


def test_the_truth_scores_full():
    labels = np.where(halves()[0], 1, 2).astype(np.int32)
    found = score(labels, halves(), 0.05)
    assert (found.precision, found.recall, found.count_error) == (1.0, 1.0, 0.0)
    assert found.border_m == 0.0


def test_one_room_for_two():
    found = score(np.ones((20, 40), np.int32), halves(), 0.05)
    assert found.precision == pytest.approx(600 / 800)
    assert found.recall == 1.0
    assert found.count_error == 0.5
    assert found.border_m == 1.0  # the border is missing


def test_a_border_that_is_off():
    labels = np.ones((20, 40), np.int32)
    labels[:, 24:] = 2  # 6 cells beside the true border
    found = score(labels, halves(), 0.05)
    assert found.precision == pytest.approx((1.0 + 200 / 320) / 2)
    assert found.recall == pytest.approx((480 / 600 + 1.0) / 2)
    assert found.border_m == pytest.approx(6 * 0.05)


def test_what_nobody_labelled_counts_only_where_all_is_labelled():
    labels = np.where(halves()[0], 1, 2).astype(np.int32)
    assert score(labels, halves()[:1], 0.05).precision == pytest.approx(0.5)
    assert score(labels, halves()[:1], 0.05, is_whole=False).precision == 1.0


def test_nothing_found_and_specks():
    assert score(np.zeros((20, 40), np.int32), halves(), 0.05).recall == 0.0
    labels = np.where(halves()[0], 1, 2).astype(np.int32)
    labels[:10, :10] = 3  # 100 cells are left out
    assert score(labels, halves(), 0.05).n_rooms == 2
    assert math.isnan(score(labels * 0 + 1, halves()[:1] | True, 0.05).border_m)


def test_f_is_the_harmonic_mean():
    assert f_score(1.0, 0.5) == pytest.approx(2 / 3)
    assert f_score(0.0, 0.0) == 0.0


@pytest.mark.parametrize(
    "method", [watershed_rooms, partial(morphological_rooms, room_max_m2=10.0)]
)
def test_the_baselines_find_two_rooms(method):
    labels = method(two_rooms().cells == FREE, 0.05)
    assert labels.max() == 2
    assert labels[60, 60] != labels[60, 130]
