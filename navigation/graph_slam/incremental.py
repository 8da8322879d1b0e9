"""A pose graph with false closures in it: two ways to tell them, and the better of both.

Taken in as it grew, a closure is believed when it agrees with what was believed before: right where
dead reckoning is good. Graduated non-convexity over the whole graph (Yang et al. 2020) is right
where closures are many. The truncated cost over all edges says which of the two came out better.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from homebody.geometry import SE2, FloatArray
from navigation.graph_slam.consistency import PathCovariance, agrees
from navigation.graph_slam.edges import Edge, EdgeKind
from navigation.graph_slam.pose_graph import Optimum, chi_squares, optimise, optimise_robustly

_CHI2_MAX = 21.1  # 0.01 % of true edges lie beyond
_N_REVISIONS = 3


def optimise_despite_false_closures(edges: Sequence[Edge]) -> Optimum:
    """Poses (N, 3) from edges alone, of which closures may be false; a sequential chain is needed.

    The first pose is the origin.
    """
    chain = sorted((e for e in edges if e.kind is EdgeKind.SEQUENTIAL), key=lambda e: e.first)
    reckoned = np.concatenate((np.zeros((1, 3)), _reckon(np.zeros(3), chain)))
    is_trusted = np.array([e.kind is EdgeKind.SEQUENTIAL for e in edges])
    found = [
        _revised(optimise_robustly(reckoned, edges, is_trusted).poses, edges),
        optimise_incrementally(edges),
    ]
    return min(found, key=lambda optimum: _truncated_cost(optimum, edges))


def optimise_incrementally(edges: Sequence[Edge], batch: int = 50) -> Optimum:
    """Poses (N, 3) from edges alone, in the order of the scans, and which edges are believed.

    Args:
        edges: With a sequential one from each scan to the next.
        batch: Scans between two optimisations.
    """
    chain = {e.first: e for e in edges if e.kind is EdgeKind.SEQUENTIAL}
    closures: dict[int, list[int]] = {}
    for index, edge in enumerate(edges):
        if edge.kind is not EdgeKind.SEQUENTIAL:
            closures.setdefault(max(edge.first, edge.second), []).append(index)
    is_believed = np.array([e.kind is EdgeKind.SEQUENTIAL for e in edges])
    poses = np.zeros((1, 3))
    open_closures: list[int] = []
    for begin in range(0, len(chain), batch):
        end = min(begin + batch, len(chain))
        poses = np.concatenate((poses, _reckon(poses[-1], [chain[k] for k in range(begin, end)])))
        open_closures += [c for k in range(begin + 1, end + 1) for c in closures.get(k, [])]
        so_far = [k for k, e in enumerate(edges) if max(e.first, e.second) <= end]
        paths = PathCovariance(poses, [edges[k] for k in so_far if is_believed[k]])
        accepted = [
            c for c in open_closures if not is_believed[c] and agrees(edges[c], poses, paths)
        ]
        if not accepted:
            continue
        is_believed[accepted] = True
        chosen = [k for k in so_far if is_believed[k]]
        poses = optimise(poses, [edges[k] for k in chosen])
        is_off = chi_squares(poses, [edges[k] for k in chosen]) > _CHI2_MAX
        doubted = [k for k, off in zip(chosen, is_off, strict=True) if off]
        is_believed[[k for k in doubted if edges[k].kind is not EdgeKind.SEQUENTIAL]] = False
    return _revised(poses, edges)


def _reckon(start: FloatArray, chain: Sequence[Edge]) -> FloatArray:
    here = SE2.from_array(start)
    poses = []
    for edge in chain:
        here = here @ SE2.from_array(edge.relative)
        poses.append(here.as_array())
    return np.array(poses).reshape(-1, 3)


def _truncated_cost(optimum: Optimum, edges: Sequence[Edge]) -> float:
    return float(np.minimum(chi_squares(optimum.poses, edges), _CHI2_MAX).sum())


def _revised(poses: FloatArray, edges: Sequence[Edge]) -> Optimum:
    """Believe what fits the whole, and nothing else."""
    is_sequential = np.array([e.kind is EdgeKind.SEQUENTIAL for e in edges])
    is_believed = is_sequential
    for _ in range(_N_REVISIONS):
        is_believed = is_sequential | (chi_squares(poses, edges) < _CHI2_MAX)
        chosen = [e for e, b in zip(edges, is_believed, strict=True) if b]
        poses = optimise(poses, chosen, is_robust=False)
    return Optimum(poses, is_believed)
