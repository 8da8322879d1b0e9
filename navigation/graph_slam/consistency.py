"""Whether a loop closure agrees with what the graph believes so far.

The closure's relative pose is compared with the graph's, gated by the covariance along the best
path of believed edges between its ends: an upper bound of the true one, since each further path
only adds knowledge. Closures that disagree wait; where several of them agree with one another
(pairwise consistency, Mangelson et al. 2018) they outvote a front end that slipped.
Cost: one Dijkstra search per closure, 1 ms for 3,500 scans.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from homebody.geometry import FloatArray, wrap_angle
from navigation.graph_slam.edges import Edge

_LEVER_M = 4.0  # what a radian costs, to find the best path
_GATE = 18.0  # of the chi-square with 3 degrees of freedom: 0.05 % of true closures fail


class PathCovariance:
    """Covariances between scans along the edges of a graph.

    Args:
        poses: Shape (N, 3).
        edges: That are believed; they must connect all scans that will be asked about.
    """

    def __init__(self, poses: FloatArray, edges: Sequence[Edge]) -> None:
        self._poses = poses
        n = len(poses)
        ends = np.sort(np.array([(e.first, e.second) for e in edges]).reshape(-1, 2), axis=1)
        information = np.array([e.information for e in edges], dtype=np.float64).reshape(-1, 3, 3)
        self._covariances = np.asarray(np.linalg.inv(information), dtype=np.float64)
        self._seen_at = np.array([e.second for e in edges])
        weights = _weights(self._covariances)
        order = np.lexsort((weights, ends[:, 1], ends[:, 0]))
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = (np.diff(ends[order], axis=0) != 0).any(axis=1)
        best = order[is_first]  # of several edges between two scans
        self._edge_of = {
            (int(a), int(b)): int(k) for (a, b), k in zip(ends[best], best, strict=True)
        }
        self._matrix = csr_matrix((weights[best], (ends[best, 0], ends[best, 1])), shape=(n, n))
        self._from: dict[int, tuple[FloatArray, np.ndarray]] = {}

    def distances(self, start: int) -> FloatArray:
        """Accumulated variance [m^2, a radian counts as 4 m] from a scan to all others, (N,)."""
        return self._search(start)[0]

    def between(self, first: int, second: int) -> FloatArray:
        """Covariance (3, 3) of the pose of `second` in the frame of `first`, seen at `second`."""
        previous = self._search(first)[1]
        chain = [second]
        while chain[-1] != first:
            step = int(previous[chain[-1]])
            if step < 0:
                return np.diag([np.inf, np.inf, np.inf])
            chain.append(step)
        total = np.zeros((3, 3))
        for b, a in pairwise(chain):
            edge = self._edge_of[min(a, b), max(a, b)]
            seen_at = self._poses[self._seen_at[edge]]
            moved = adjoint(relative_pose(self._poses[second], seen_at))
            total += moved @ self._covariances[edge] @ moved.T
        return total

    def _search(self, start: int) -> tuple[FloatArray, np.ndarray]:
        if start not in self._from:
            if len(self._from) > 64:
                self._from.clear()
            distance, previous = dijkstra(
                self._matrix, directed=False, indices=start, return_predecessors=True
            )
            self._from[start] = np.asarray(distance), np.asarray(previous)
        return self._from[start]


def edge_covariance(edge: Edge) -> FloatArray:
    """Inverse of its information, (3, 3)."""
    return np.asarray(np.linalg.inv(edge.information))


def _weights(covariances: FloatArray) -> FloatArray:
    """Variance of each edge as one number [m^2], (E,)."""
    c = covariances
    return np.asarray(c[:, 0, 0] + c[:, 1, 1] + _LEVER_M**2 * c[:, 2, 2])


def relative_pose(p: FloatArray, q: FloatArray) -> FloatArray:
    """Pose q in the frame of pose p, (3,) each."""
    c, s = np.cos(p[2]), np.sin(p[2])
    dx, dy = q[0] - p[0], q[1] - p[1]
    return np.array([c * dx + s * dy, c * dy - s * dx, wrap_angle(float(q[2] - p[2]))])


def adjoint(pose: FloatArray) -> FloatArray:
    """How a small motion (3,) in the frame at `pose` looks in the frame that `pose` is given in."""
    c, s = np.cos(pose[2]), np.sin(pose[2])
    return np.array([[c, -s, pose[1]], [s, c, -pose[0]], [0.0, 0.0, 1.0]])


def disagreement(edge: Edge, poses: FloatArray, covariance: FloatArray) -> float:
    """Squared Mahalanobis distance of an edge from the graph's own relative pose.

    Args:
        covariance: Of that relative pose, (3, 3), seen at the edge's second scan.
    """
    found = relative_pose(poses[edge.first], poses[edge.second])
    error = relative_pose(np.asarray(edge.relative), found)
    total = covariance + edge_covariance(edge)
    if not np.isfinite(total).all():
        return 0.0
    return float(error @ np.linalg.solve(total, error))


def agrees(edge: Edge, poses: FloatArray, paths: PathCovariance) -> bool:
    """Whether an edge is as near to the graph's belief as its uncertainty lets expect."""
    return disagreement(edge, poses, paths.between(edge.first, edge.second)) < _GATE


def agree_mutually(one: Edge, other: Edge, poses: FloatArray, paths: PathCovariance) -> bool:
    """Whether two edges close one loop with the short ways between their ends."""
    there = relative_pose(poses[one.first], poses[other.first])
    back = relative_pose(poses[other.second], poses[one.second])
    way = _chain(_chain(there, np.asarray(other.relative)), back)
    error = relative_pose(np.asarray(one.relative), way)
    at_end = adjoint(relative_pose(poses[one.second], poses[other.second]))
    at_start = adjoint(_inverse(np.asarray(one.relative))) @ adjoint(there)
    total = edge_covariance(one) + at_end @ edge_covariance(other) @ at_end.T
    total = total + at_start @ paths.between(one.first, other.first) @ at_start.T
    total = total + paths.between(other.second, one.second)
    if not np.isfinite(total).all():
        return False
    return float(error @ np.linalg.solve(total, error)) < _GATE


def largest_agreement(edges: Sequence[Edge], poses: FloatArray, paths: PathCovariance) -> list[int]:
    """Indices of the largest set found, greedily, of edges that all agree with one another."""
    n = len(edges)
    table = np.eye(n, dtype=bool)
    for a in range(n):
        for b in range(a):
            table[a, b] = table[b, a] = agree_mutually(edges[a], edges[b], poses, paths)
    best: list[int] = []
    for seed in range(n):
        members, allowed = [seed], table[seed].copy()
        for k in np.argsort(-table.sum(axis=1)):
            if k != seed and allowed[k]:
                members.append(int(k))
                allowed &= table[k]
        if len(members) > len(best):
            best = members
    return best


def _chain(p: FloatArray, q: FloatArray) -> FloatArray:
    c, s = np.cos(p[2]), np.sin(p[2])
    return np.array([p[0] + c * q[0] - s * q[1], p[1] + s * q[0] + c * q[1], p[2] + q[2]])


def _inverse(p: FloatArray) -> FloatArray:
    return relative_pose(p, np.zeros(3))
