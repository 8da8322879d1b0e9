"""The rigid motion that lays one set of points on another, though some pairs are false.

Hypotheses from three pairs each (Kabsch 1976, all at once), the one with most pairs inside the
gate wins; then Gauss-Newton on ``e_i = T^-1 p_i - q_i``, weighted by the information of both
points, under Geman and McClure's loss that narrows as it converges. The inverse Hessian is the
covariance.
Cost: 5 ms for 200 hypotheses and 400 pairs, the refinement alone 1 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import SE3, FloatArray
from navigation.compiled import compiled
from navigation.landmarks.config import AlignmentConfig

_STEP_DONE = 1e-5
_DAMPING = 1e-9
_DRAWN_PER_HYPOTHESIS = 10


@dataclass(frozen=True, slots=True)
class Pairs:
    """Points seen, and where those points are known to be.

    Attributes:
        seen_m: In the sensor's frame, shape (N, 3).
        covariance: Of them there, shape (N, 3, 3).
        known_m: The same points in the frame of what is known, shape (N, 3).
        variance_m2: Of those in any direction, shape (N,).
    """

    seen_m: FloatArray
    covariance: FloatArray
    known_m: FloatArray
    variance_m2: FloatArray

    def __len__(self) -> int:
        return len(self.seen_m)


@dataclass(frozen=True, slots=True)
class Alignment:
    """The sensor in the frame of what is known.

    Attributes:
        covariance: Of a small motion (x, y, z, rotation vector) in the sensor's frame, (6, 6).
        is_inlier: Pairs within the gate, shape (N,).
    """

    T_known_sensor: SE3
    covariance: FloatArray
    is_inlier: NDArray[np.bool_]

    @property
    def n_inliers(self) -> int:
        return int(self.is_inlier.sum())


def align(pairs: Pairs, config: AlignmentConfig, rng: np.random.Generator) -> Alignment | None:
    """From pairs alone; None where too few agree."""
    if len(pairs) < max(3, config.n_inliers_min):
        return None
    weights = _weights(pairs)
    rotations, translations = _hypotheses(pairs, weights, config, rng)
    if not len(rotations):
        return None
    n_inside = count_inliers(
        pairs.seen_m, pairs.known_m, weights, rotations, translations, config.gate_sigmas**2
    )
    best = int(np.argmax(n_inside))
    return refine(pairs, SE3(rotations[best], translations[best]), config)


def refine(pairs: Pairs, start: SE3, config: AlignmentConfig) -> Alignment | None:
    """From a pose that is about right; None where too few pairs agree."""
    if len(pairs) < 3:
        return None
    weights = _weights(pairs)
    pose, hessian = start, np.eye(6)
    widths = np.geomspace(
        config.kernel_first_sigmas, config.kernel_last_sigmas, config.n_iterations
    )
    for width in widths.tolist():
        error = pose.inverse().apply(pairs.known_m) - pairs.seen_m  # in the sensor's frame
        hessian, gradient = normal_equations(pairs.seen_m + error, error, weights, width)
        hessian += _DAMPING * np.eye(6)
        step = np.asarray(-np.linalg.solve(hessian, gradient), dtype=np.float64)
        pose = pose @ SE3(_rotation(step[3:]), step[:3])
        if np.abs(step).max() < _STEP_DONE and width < 1.5 * config.kernel_last_sigmas:
            break
    squared = _squared(pose.inverse().apply(pairs.known_m) - pairs.seen_m, weights)
    is_inlier = squared < config.gate_sigmas**2
    if is_inlier.sum() < max(config.n_inliers_min, config.inlier_share_min * len(pairs)):
        return None
    return Alignment(pose, np.asarray(np.linalg.inv(hessian)), is_inlier)


def _weights(pairs: Pairs) -> FloatArray:
    """Information of the difference of seen and known, (N, 3, 3)."""
    known = pairs.variance_m2[:, None, None] * np.eye(3)
    return np.asarray(np.linalg.inv(pairs.covariance + known))


def _squared(error: FloatArray, weights: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ni,nij,nj->n", error, weights, error))


@compiled
def normal_equations(
    turned: FloatArray, error: FloatArray, weights: FloatArray, width: float
) -> tuple[FloatArray, FloatArray]:
    """Hessian (6, 6) and gradient (6,) of a motion in the sensor's frame, robustly weighted.

    Moving the sensor by (t, w) moves a known point there by ``-t - w x p = -t + [p] w``.

    Args:
        turned: Known points in the sensor's frame, (N, 3); `error` is what they are off, (N, 3).
        weights: Shape (N, 3, 3).
        width: Of the robust kernel, in sigmas.
    """
    hessian, gradient = np.zeros((6, 6)), np.zeros(6)
    jacobian, weighted = np.zeros((3, 6)), np.zeros((3, 6))
    for i in range(len(turned)):
        squared = 0.0
        for r in range(3):
            for c in range(3):
                squared += error[i, r] * weights[i, r, c] * error[i, c]
        robust = (width * width / (width * width + squared)) ** 2  # Geman and McClure
        x, y, z = turned[i, 0], turned[i, 1], turned[i, 2]
        for r in range(3):
            jacobian[r, r] = -1.0
        jacobian[0, 4], jacobian[0, 5] = -z, y
        jacobian[1, 3], jacobian[1, 5] = z, -x
        jacobian[2, 3], jacobian[2, 4] = -y, x
        for r in range(3):
            for c in range(6):
                total = 0.0
                for k in range(3):
                    total += weights[i, r, k] * jacobian[k, c]
                weighted[r, c] = robust * total
        for r in range(6):
            for k in range(3):
                gradient[r] += weighted[k, r] * error[i, k]
                for c in range(6):
                    hessian[r, c] += jacobian[k, r] * weighted[k, c]
    return hessian, gradient


def _cross(vectors: FloatArray) -> FloatArray:
    """Matrices (N, 3, 3) that multiply by a vector's cross product from the left."""
    out = np.zeros((len(vectors), 3, 3))
    out[:, 0, 1], out[:, 0, 2] = -vectors[:, 2], vectors[:, 1]
    out[:, 1, 0], out[:, 1, 2] = vectors[:, 2], -vectors[:, 0]
    out[:, 2, 0], out[:, 2, 1] = -vectors[:, 1], vectors[:, 0]
    return out


def _rotation(vector: FloatArray) -> FloatArray:
    """Rotation matrix of a rotation vector (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    cross = _cross(vector[None])[0]
    if angle < 1e-9:
        return np.asarray(np.eye(3) + cross)
    a, b = np.sin(angle) / angle, (1.0 - np.cos(angle)) / angle**2
    return np.asarray(np.eye(3) + a * cross + b * cross @ cross)


@compiled
def count_inliers(
    seen: FloatArray,
    known: FloatArray,
    weights: FloatArray,
    rotations: FloatArray,
    translations: FloatArray,
    gate: float,
) -> NDArray[np.int64]:
    """Pairs inside the gate (squared) of each hypothesis (K, 3, 3) and (K, 3), shape (K,)."""
    n_inside = np.zeros(len(rotations), dtype=np.int64)
    away, error = np.empty(3), np.empty(3)
    for k in range(len(rotations)):
        for i in range(len(seen)):
            for r in range(3):
                away[r] = known[i, r] - translations[k, r]
            squared = 0.0
            for r in range(3):  # in the sensor's frame
                error[r] = -seen[i, r]
                for c in range(3):
                    error[r] += rotations[k, c, r] * away[c]
            for r in range(3):
                for c in range(3):
                    squared += error[r] * weights[i, r, c] * error[c]
            n_inside[k] += squared < gate
    return n_inside


def _hypotheses(
    pairs: Pairs, weights: FloatArray, config: AlignmentConfig, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Rotations (K, 3, 3) and translations (K, 3) from three pairs each.

    Only triangles whose sides are as long in both sets can be true, which spares most of the work.
    """
    drawn = rng.integers(0, len(pairs), (_DRAWN_PER_HYPOTHESIS * config.n_hypotheses, 3))
    a, b, c = drawn.T
    drawn = drawn[(a != b) & (b != c) & (a != c)]
    sigma_m = np.sqrt(3.0 / np.trace(weights, axis1=1, axis2=2))
    worst_m = config.gate_sigmas * sigma_m[drawn]
    seen, known = pairs.seen_m[drawn], pairs.known_m[drawn]
    ahead = [1, 2, 0]
    off_m = np.linalg.norm(seen[:, ahead] - seen, axis=2) - np.linalg.norm(
        known[:, ahead] - known, axis=2
    )
    is_possible = (np.abs(off_m) < worst_m + worst_m[:, ahead]).all(axis=1)
    chosen = np.flatnonzero(is_possible)[: config.n_hypotheses]
    return _kabsch(seen[chosen], known[chosen])


def _kabsch(seen: FloatArray, known: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Best rotations and translations from seen to known points, (K, n, 3) each."""
    mean_seen, mean_known = seen.mean(axis=1), known.mean(axis=1)
    moments = np.einsum("kni,knj->kij", known - mean_known[:, None], seen - mean_seen[:, None])
    u, _, vt = np.linalg.svd(moments)
    flip = np.linalg.det(u @ vt)
    u[:, :, 2] *= flip[:, None]
    rotation = u @ vt
    translation = mean_known - np.einsum("kij,kj->ki", rotation, mean_seen)
    return np.asarray(rotation), np.asarray(translation)
