"""The pose graph: poses in the plane, relative measurements between them, and their optimum.

Levenberg-Marquardt of GTSAM with Huber losses on what closes loops; where closures may be false,
graduated non-convexity (Yang et al., "Graduated non-convexity for robust spatial perception",
2020) with truncated least squares decides which to believe. Loading GTSAM costs 60 MB and it holds
the interpreter while it works: import this module in a worker process only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gtsam
import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray, wrap_angles
from navigation.graph_slam.edges import Edge, EdgeKind

BoolArray = NDArray[np.bool_]
_HUBER_SIGMAS = 2.5
_ANCHOR_SIGMAS = np.array([1e-4, 1e-4, 1e-5])
_INLIER_PROBABILITY = 0.9999  # of the chi-square of a true closure
_LM_ITERATIONS = 60
_SMALL_RAD = 1e-4
_BELIEVED = 0.5  # GNC weight above which a closure counts


@dataclass(frozen=True, slots=True)
class Optimum:
    """Poses (N, 3), and which edges are believed, shape (E,)."""

    poses: FloatArray
    is_believed: BoolArray


def optimise(
    poses: FloatArray, edges: Sequence[Edge], *, is_robust: bool = True, n_iterations: int = 0
) -> FloatArray:
    """The poses (N, 3) of least error, from a guess; the first pose stays where it is.

    Args:
        is_robust: Huber losses on edges that are not sequential.
        n_iterations: Bound on the work; 0 for as many as it takes.
    """
    graph = _graph(poses, edges, is_robust=is_robust)
    parameters = gtsam.LevenbergMarquardtParams()
    parameters.setMaxIterations(n_iterations or _LM_ITERATIONS)
    parameters.setRelativeErrorTol(1e-6)
    optimizer = gtsam.LevenbergMarquardtOptimizer(graph, _values(poses), parameters)
    return _poses(optimizer.optimize(), len(poses))


def optimise_robustly(poses: FloatArray, edges: Sequence[Edge], is_trusted: BoolArray) -> Optimum:
    """The same where some edges may be false: they are believed only if they agree with the rest.

    Args:
        is_trusted: Edges (E,) that are surely right, such as the sequential ones.
    """
    is_trusted = np.asarray(is_trusted, dtype=bool)
    if is_trusted.all():
        return Optimum(optimise(poses, edges), is_trusted)
    graph = _graph(poses, edges, is_robust=False)
    inner = gtsam.LevenbergMarquardtParams()
    inner.setMaxIterations(_LM_ITERATIONS)
    parameters = gtsam.GncLMParams(inner)
    parameters.setLossType(gtsam.GncLossType.TLS)
    parameters.setKnownInliers([*np.flatnonzero(is_trusted).tolist(), len(edges)])
    optimizer = gtsam.GncLMOptimizer(graph, _values(poses), parameters)
    optimizer.setInlierCostThresholdsAtProbability(_INLIER_PROBABILITY)
    found = _poses(optimizer.optimize(), len(poses))
    is_believed = np.asarray(optimizer.getWeights())[: len(edges)] > _BELIEVED
    return Optimum(found, is_believed | is_trusted)


def optimise_and_judge(poses: FloatArray, edges: Sequence[Edge]) -> tuple[FloatArray, FloatArray]:
    """The robust optimum's poses (N, 3) and the chi square of each edge there (E,)."""
    found = optimise(poses, edges)
    return found, chi_squares(found, edges)


def chi_squares(poses: FloatArray, edges: Sequence[Edge]) -> FloatArray:
    """Squared Mahalanobis error of each edge, (E,), of the full logarithm as in GTSAM."""
    if not edges:
        return np.zeros(0)
    i, j = (np.array([getattr(e, name) for e in edges]) for name in ("first", "second"))
    measured = np.array([e.relative for e in edges])
    information = np.array([e.information for e in edges])
    found = _relative(poses[i], poses[j])
    error = _logarithm(_relative(measured, found))
    return np.asarray(np.einsum("ei,eij,ej->e", error, information, error))


def _relative(p: FloatArray, q: FloatArray) -> FloatArray:
    """Poses q in the frames of poses p, (E, 3) each."""
    d = q[:, :2] - p[:, :2]
    c, s = np.cos(p[:, 2]), np.sin(p[:, 2])
    return np.column_stack(
        (c * d[:, 0] + s * d[:, 1], c * d[:, 1] - s * d[:, 0], wrap_angles(q[:, 2] - p[:, 2]))
    )


def _logarithm(poses: FloatArray) -> FloatArray:
    """Twists (E, 3) whose exponentials are the poses (E, 3); see `SE2.log`."""
    w = poses[:, 2]
    half = 0.5 * w
    a = np.where(np.abs(w) < _SMALL_RAD, 1.0 - w * w / 12.0, half / np.tan(np.where(w, half, 1.0)))
    x, y = poses[:, 0], poses[:, 1]
    return np.column_stack((a * x + half * y, a * y - half * x, w))


def _graph(
    poses: FloatArray, edges: Sequence[Edge], *, is_robust: bool
) -> gtsam.NonlinearFactorGraph:
    graph = gtsam.NonlinearFactorGraph()
    huber = gtsam.noiseModel.mEstimator.Huber.Create(_HUBER_SIGMAS)
    for edge in edges:
        noise: gtsam.noiseModel.Base = gtsam.noiseModel.Gaussian.Information(edge.information)
        if is_robust and edge.kind is not EdgeKind.SEQUENTIAL:
            noise = gtsam.noiseModel.Robust.Create(huber, noise)
        pose = gtsam.Pose2(*edge.relative)
        graph.add(gtsam.BetweenFactorPose2(edge.first, edge.second, pose, noise))
    anchor = gtsam.noiseModel.Diagonal.Sigmas(_ANCHOR_SIGMAS)
    graph.add(gtsam.PriorFactorPose2(0, gtsam.Pose2(*poses[0]), anchor))
    return graph


def _values(poses: FloatArray) -> gtsam.Values:
    values = gtsam.Values()
    for key, pose in enumerate(poses):
        values.insert(key, gtsam.Pose2(*pose))
    return values


def _poses(values: gtsam.Values, n: int) -> FloatArray:
    """Poses by key; unwrapping is the reader's business."""
    found = np.asarray(gtsam.utilities.extractPose2(values), dtype=np.float64)
    if found.shape != (n, 3):
        raise ValueError(f"pose graph: {found.shape[0]} poses came back; allowed: {n}")
    return found
