"""The back end on small graphs: gradients, false closures, and what gates and chi squares mean."""

import numpy as np
import pytest

from homebody.geometry import SE2
from navigation.graph_slam.consistency import (
    PathCovariance,
    agree_mutually,
    agrees,
    largest_agreement,
)
from navigation.graph_slam.edges import Edge, EdgeKind
from navigation.graph_slam.incremental import optimise_despite_false_closures
from navigation.graph_slam.pose_graph import chi_squares, optimise

INFORMATION = np.diag([400.0, 400.0, 2500.0])


def edge(first, second, relative, kind=EdgeKind.CLOSURE, information=INFORMATION):
    return Edge(first, second, np.asarray(relative, dtype=float), information, kind)


def square_drive(rng, n_rounds=3, side=8):
    """Truth and noisy edges of a robot that drives around a square and closes the loop."""
    truth = [SE2.identity()]
    for k in range(n_rounds * 4 * side):
        truth.append(truth[-1] @ SE2(0.5, 0.0, np.pi / 2 if k % side == side - 1 else 0.0))
    noise = np.sqrt(1.0 / np.diag(INFORMATION))

    def measured(i, j):
        return ((truth[i].inverse() @ truth[j]) @ SE2.exp(noise * rng.normal(size=3))).wrapped()

    edges = [
        edge(k, k + 1, measured(k, k + 1).as_array(), EdgeKind.SEQUENTIAL)
        for k in range(len(truth) - 1)
    ]
    period = 4 * side
    edges += [
        edge(k - period, k, measured(k - period, k).as_array())
        for k in range(period, len(truth), 4)
    ]
    return np.array([p.as_array() for p in truth]), edges


def test_a_chi_square_is_the_squared_distance_in_sigmas():
    poses = np.array([[0.0, 0.0, 0.0], [1.1, 0.0, 0.0]])
    assert chi_squares(poses, [edge(0, 1, [1.0, 0.0, 0.0])]) == pytest.approx([400.0 * 0.01])
    twist = np.array([0.1, 0.02, 0.3])  # the full logarithm, not the difference of coordinates
    off = (SE2(1.0, 0.5, 0.7) @ SE2.exp(twist)).as_array()
    found = chi_squares(np.array([[0.0, 0.0, 0.0], off]), [edge(0, 1, [1.0, 0.5, 0.7])])
    assert found == pytest.approx([twist @ INFORMATION @ twist])


def test_the_optimum_beats_dead_reckoning_and_leaves_the_first_pose():
    truth, edges = square_drive(np.random.default_rng(1))
    reckoned = [SE2.identity()]
    for e in edges[: len(truth) - 1]:
        reckoned.append(reckoned[-1] @ SE2.from_array(e.relative))
    start = np.array([p.as_array() for p in reckoned])
    found = optimise(start, edges, is_robust=False)
    assert found[0] == pytest.approx(start[0], abs=1e-3)
    assert chi_squares(found, edges).sum() < 2.0 * len(edges) * 3
    error = np.linalg.norm(found[:, :2] - truth[:, :2], axis=1).mean()
    before = np.linalg.norm(start[:, :2] - truth[:, :2], axis=1).mean()
    assert error < 0.5 * before


def test_false_closures_do_not_break_the_map():
    rng = np.random.default_rng(2)
    _, edges = square_drive(rng)
    clean = optimise_despite_false_closures(edges)
    false = [
        edge(*sorted(rng.choice(90, 2, replace=False).tolist()), rng.uniform(-3.0, 3.0, 3))
        for _ in range(4)
    ]
    found = optimise_despite_false_closures(edges + false)
    assert not found.is_believed[len(edges) :].any()
    assert found.is_believed[: len(edges)].all()
    best = chi_squares(clean.poses, edges).sum()
    assert chi_squares(found.poses, edges).sum() < 1.05 * best


def test_a_path_covariance_adds_up_and_turns_become_offsets():
    poses = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [3.0, 0.0, 0.0]])
    chain = [
        edge(0, 1, [1.0, 0.0, 0.0], EdgeKind.SEQUENTIAL),
        edge(1, 2, [2.0, 0.0, 0.0], EdgeKind.SEQUENTIAL),
    ]
    covariance = PathCovariance(poses, chain).between(0, 2)
    yaw = 1.0 / 2500.0
    assert covariance[0, 0] == pytest.approx(2.0 / 400.0)
    assert covariance[1, 1] == pytest.approx(2.0 / 400.0 + 2.0**2 * yaw)  # 2 m after the first
    assert covariance[2, 2] == pytest.approx(2.0 * yaw)
    assert np.isinf(PathCovariance(poses, chain[:1]).between(0, 2)).any()


def test_closures_that_agree_with_one_another_are_found_among_others():
    truth, edges = square_drive(np.random.default_rng(3))
    chain = edges[: len(truth) - 1]
    paths = PathCovariance(truth, chain)
    right = [e for e in edges[len(truth) - 1 :] if 32 <= e.second <= 40]
    wrong = edge(3, 60, [4.0, 1.0, 0.5])
    assert agrees(right[0], truth, paths)
    assert not agrees(wrong, truth, paths)
    assert agree_mutually(right[0], right[1], truth, paths)
    chosen = largest_agreement([wrong, *right], truth, paths)
    assert sorted(chosen) == list(range(1, len(right) + 1))
