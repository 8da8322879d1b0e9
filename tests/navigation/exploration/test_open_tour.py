import itertools

import numpy as np
import pytest

from navigation.exploration.open_tour import open_tour


def cost(leg_s, weight, order):
    at_s = np.cumsum([leg_s[a, b] for a, b in itertools.pairwise(order)])
    return at_s[-1] + sum(weight[place] * s for place, s in zip(order[1:], at_s, strict=True))


def exact(leg_s, weight):
    rest = itertools.permutations(range(1, len(leg_s)))
    return min(cost(leg_s, weight, (0, *order)) for order in rest)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("early", [0.0, 3.0])
def test_tours_of_seven_places_are_nearly_the_best_of_all(seed, early):
    rng = np.random.default_rng(seed)
    points = rng.random((7, 2))
    leg_s = np.linalg.norm(points[:, None] - points[None], axis=2)
    weight = early * rng.random(7)
    order = open_tour(leg_s, weight)
    assert sorted(order) == list(range(7))
    assert order[0] == 0
    assert cost(leg_s, weight, order) <= 1.05 * exact(leg_s, weight)


def test_without_weights_a_line_is_walked_from_the_near_end():
    at = np.array([3.0, 1.0, 0.0, 4.0, 6.0])  # the robot stands at 3: 4 and 6 first cost 9, not 3+6
    leg_s = np.abs(at[:, None] - at[None])
    assert list(open_tour(leg_s)) in ([0, 1, 2, 3, 4], [0, 3, 4, 1, 2])
    assert cost(leg_s, np.zeros(5), open_tour(leg_s)) == 9.0


def test_what_weighs_much_comes_first():
    at = np.array([0.0, -1.0, 2.0])
    leg_s = np.abs(at[:, None] - at[None])
    assert list(open_tour(leg_s)) == [0, 1, 2]
    assert list(open_tour(leg_s, np.array([0.0, 0.1, 10.0]))) == [0, 2, 1]


def test_one_place_and_none():
    assert list(open_tour(np.zeros((1, 1)))) == [0]
    assert list(open_tour(np.array([[0.0, 2.0], [2.0, 0.0]]))) == [0, 1]
