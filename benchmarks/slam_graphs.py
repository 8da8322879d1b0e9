"""Public pose graphs (`.g2o`): the back end alone, from odometry, and with false loop closures."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.common import Row
from homebody.errors import InputError
from homebody.geometry import SE2, FloatArray
from navigation.graph_slam.edges import Edge, EdgeKind

_FALSE_SHARE = 0.10


def load_graph(path: Path) -> tuple[FloatArray, list[Edge]]:
    """Guess (N, 3), dead reckoned where the file has no vertices, and edges.

    Raises:
        InputError: A line of a planar graph cannot be read, or the odometry has gaps.
    """
    vertices: dict[int, list[float]] = {}
    edges: list[Edge] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        words = line.split()
        if not words or words[0] not in {"VERTEX_SE2", "EDGE_SE2"}:
            continue
        try:
            if words[0] == "VERTEX_SE2":
                vertices[int(words[1])] = [float(w) for w in words[2:5]]
            else:
                edges.append(_edge(words))
        except (ValueError, IndexError) as problem:
            raise InputError(path, f"line {number}", line[:60], "a g2o line") from problem
    edges.sort(key=lambda edge: edge.kind is not EdgeKind.SEQUENTIAL)
    odometry = dead_reckoned(path, edges)
    if len(vertices) == len(odometry):
        return np.array([vertices[k] for k in range(len(odometry))]), edges
    return odometry, edges


def _edge(words: list[str]) -> Edge:
    first, second = int(words[1]), int(words[2])
    x, y, yaw, a, b, c, d, e, f = (float(w) for w in words[3:12])
    information = np.array([[a, b, c], [b, d, e], [c, e, f]])
    kind = EdgeKind.SEQUENTIAL if second == first + 1 else EdgeKind.CLOSURE
    return Edge(first, second, np.array([x, y, yaw]), information, kind)


def dead_reckoned(path: Path, edges: list[Edge]) -> FloatArray:
    """Poses (N, 3) along the sequential edges alone."""
    by_first = {e.first: e for e in edges if e.kind is EdgeKind.SEQUENTIAL}
    n = 1 + max(max(e.first, e.second) for e in edges)
    poses = [SE2.identity()]
    for k in range(n - 1):
        if k not in by_first:
            raise InputError(path, "edges", f"none from {k} to {k + 1}", "a chain of all poses")
        poses.append(poses[-1] @ SE2.from_array(by_first[k].relative))
    return np.array([p.as_array() for p in poses])


def with_false_closures(edges: list[Edge], seed: int) -> list[Edge]:
    """The same edges, and a tenth as many closures again between random poses, at random."""
    rng = np.random.default_rng(seed)
    closures = [e for e in edges if e.kind is EdgeKind.CLOSURE]
    n = 1 + max(max(e.first, e.second) for e in edges)
    false = []
    for _ in range(round(_FALSE_SHARE * len(closures))):
        first, second = sorted(rng.choice(n, 2, replace=False).tolist())
        like = closures[int(rng.integers(len(closures)))]
        relative = np.array([*rng.normal(0.0, 2.0, 2), rng.uniform(-np.pi, np.pi)])
        false.append(replace(like, first=first, second=second, relative=relative))
    return edges + false


def run_graph(path: Path, seed: int) -> Row:
    """Chi squares of the optimum from odometry, and with false closures added."""
    from navigation.graph_slam.incremental import (  # noqa: PLC0415  (loads GTSAM)
        optimise_despite_false_closures,
    )
    from navigation.graph_slam.pose_graph import chi_squares, optimise  # noqa: PLC0415

    _, edges = load_graph(path)
    odometry = dead_reckoned(path, edges)
    began_s = time.process_time()
    optimum = optimise(odometry, edges, is_robust=False)
    plain_s = time.process_time() - began_s
    dirty = with_false_closures(edges, seed)
    began_s = time.process_time()
    robust = optimise_despite_false_closures(dirty)
    is_false = np.arange(len(dirty)) >= len(edges)
    best = float(chi_squares(optimum, edges).sum())
    with_false = float(chi_squares(robust.poses, edges).sum())
    return {
        "case": path.stem,
        "kind": "graph",
        "seed": seed,
        "poses": len(odometry),
        "edges": len(edges),
        "chi2": best,
        "chi2_false": with_false,
        "loss": with_false / best - 1.0,
        "false_believed": int(robust.is_believed[is_false].sum()),
        "true_refused": int((~robust.is_believed[~is_false]).sum()),
        "plain_s": plain_s,
        "robust_s": time.process_time() - began_s,
    }
