"""Relation errors of a trajectory (Kuemmerle et al., "On measuring the accuracy of SLAM
algorithms", Autonomous Robots 27, 2009): the pose of one log line in the frame of another, against
the reference. A line without a pose is reached from the nearest that has one by dead reckoning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.slam_data import Log
from homebody.geometry import FloatArray, wrap_angles


@dataclass(frozen=True, slots=True)
class RelationErrors:
    """Per relation, shape (m,).

    Attributes:
        is_loop: Its ends are far apart in time, see `Log.is_loop`.
        is_at_scans: Both ends are scans, so that no dead reckoning is in it.
    """

    translation_m: FloatArray
    rotation_deg: FloatArray
    is_loop: np.ndarray
    is_at_scans: np.ndarray

    def summary(self) -> dict[str, float]:
        """Mean, spread, 95th percentile and worst by kind of relation; nan where there is none."""
        everything = np.ones(len(self.is_loop), dtype=bool)
        groups = {"all": everything, "local": ~self.is_loop, "loop": self.is_loop}
        row: dict[str, float] = {}
        for name, chosen in groups.items():
            row |= _statistics(f"{name}_m", self.translation_m[chosen])
            row |= _statistics(f"{name}_deg", self.rotation_deg[chosen])
        return row | _statistics("at_scans_deg", self.rotation_deg[self.is_at_scans])


def relation_errors(log: Log, poses: FloatArray) -> RelationErrors:
    """Errors of a trajectory (n, 3), a pose per scan of the log."""
    order = np.argsort(log.scan_line, kind="stable")
    lines, poses = log.scan_line[order], poses[order]
    first, second = (log.relations[:, k].astype(int) for k in (0, 1))

    def at(line: np.ndarray) -> FloatArray:
        k = _nearest(lines, line)
        return compose(poses[k], between(log.odom[lines[k]], log.odom[line]))

    found = between(at(first), at(second))
    offset = found[:, :2] - log.relations[:, 2:4]
    return RelationErrors(
        np.hypot(offset[:, 0], offset[:, 1]),
        np.degrees(np.abs(wrap_angles(found[:, 2] - log.relations[:, 4]))),
        log.is_loop(first, second),
        np.isin(first, lines) & np.isin(second, lines),
    )


def between(p: FloatArray, q: FloatArray) -> FloatArray:
    """Poses q in the frames of poses p, shape (n, 3) each."""
    d = q - p
    c, s = np.cos(p[:, 2]), np.sin(p[:, 2])
    return np.column_stack(
        (c * d[:, 0] + s * d[:, 1], -s * d[:, 0] + c * d[:, 1], wrap_angles(d[:, 2]))
    )


def compose(p: FloatArray, d: FloatArray) -> FloatArray:
    """Poses reached from poses p by increments d, shape (n, 3) each."""
    c, s = np.cos(p[:, 2]), np.sin(p[:, 2])
    return np.column_stack(
        (
            p[:, 0] + c * d[:, 0] - s * d[:, 1],
            p[:, 1] + s * d[:, 0] + c * d[:, 1],
            wrap_angles(p[:, 2] + d[:, 2]),
        )
    )


def _nearest(sorted_lines: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Position of the nearest line; of two as near, the earlier one... the later only if nearer."""
    i = np.clip(np.searchsorted(sorted_lines, wanted), 1, len(sorted_lines) - 1)
    is_next = np.abs(sorted_lines[i] - wanted) < np.abs(sorted_lines[i - 1] - wanted)
    return np.where(is_next, i, i - 1)


def _statistics(name: str, values: FloatArray) -> dict[str, float]:
    if not len(values):
        return {f"{name}_{k}": float("nan") for k in ("mean", "std", "p95", "max")}
    return {
        f"{name}_mean": float(values.mean()),
        f"{name}_std": float(values.std()),
        f"{name}_p95": float(np.percentile(values, 95)),
        f"{name}_max": float(values.max()),
    }
