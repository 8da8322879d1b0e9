"""One log through the mapping of `navigation.graph_slam`: trajectories, times, memory, a picture.

Front end and back end run one after the other but are timed apart; in a robot the back end is a job
in another process.
"""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.common import Row
from benchmarks.slam_data import Log
from benchmarks.slam_metric import relation_errors
from homebody.geometry import SE2, FloatArray
from navigation.graph_slam.config import GraphSlamConfig
from navigation.graph_slam.edges import EdgeKind
from navigation.graph_slam.graph_slam import GraphSlam

_PICTURE_M = 0.05
_PICTURE_RANGE_M = 20.0
_PICTURE_PIXELS = 1000
_INK_PER_HIT = 70
_MARGIN_M = 1.0


@dataclass(frozen=True, slots=True)
class Drive:
    """What came out of a log.

    Attributes:
        online: Pose of each scan as it was believed at once, shape (n, 3).
        final: As it is believed at the end, shape (n, 3).
        front_ms: Processor time of the front end, per scan, shape (n,).
    """

    online: FloatArray
    final: FloatArray
    front_ms: FloatArray
    back_s: float
    finish_s: float
    n_nodes: int
    n_closures: int


def drive(log: Log, *, closes_loops: bool = True) -> Drive:
    """Map a log."""
    from navigation.graph_slam.pose_graph import optimise_and_judge  # noqa: PLC0415 (loads GTSAM)

    _compile(log)
    slam = GraphSlam(GraphSlamConfig(), optimise_and_judge, closes_loops=closes_loops)
    online, front_ms, back_s = [], [], 0.0
    for scan in range(len(log.ranges_m)):
        beams, moved = log.beams(scan), log.moved(scan)
        began_s = time.thread_time()
        pose = slam.track(beams, moved)
        front_ms.append(1e3 * (time.thread_time() - began_s))
        online.append(pose.as_array())
        if slam.wants_closures():
            began_s = time.process_time()
            slam.close_loops()
            back_s += time.process_time() - began_s
    began_s = time.process_time()
    slam.finish()
    return Drive(
        np.array(online),
        slam.trajectory(),
        np.array(front_ms),
        back_s,
        time.process_time() - began_s,
        len(slam.keyframes),
        sum(edge.kind is EdgeKind.CLOSURE for edge in slam.edges),
    )


def _compile(log: Log) -> None:
    """Have the compiled loops read from their cache, or made, before anything is timed."""
    slam = GraphSlam(GraphSlamConfig(), lambda poses, edges: (poses, np.zeros(len(edges))))
    for scan in range(min(3, len(log.ranges_m))):
        slam.track(log.beams(scan), SE2.identity())


def run_log(log: Log, *, closes_loops: bool = True, picture: Path | None = None) -> Row:
    """A row of the table."""
    began_s = time.perf_counter()
    driven = drive(log, closes_loops=closes_loops)
    errors = relation_errors(log, driven.final)
    online = relation_errors(log, driven.online).summary()
    final = errors.summary()
    if picture is not None:
        draw(log, driven.final, picture)
    length_s = float(log.time_s[log.scan_line].max() - log.time_s[log.scan_line].min())
    cpu_s = driven.front_ms.sum() / 1e3 + driven.back_s + driven.finish_s
    return {
        "case": log.name,
        "kind": "log",
        "is_exact": log.is_exact,
        "scans": len(log.ranges_m),
        "nodes": driven.n_nodes,
        "closures": driven.n_closures,
        **final,
        **{f"online_{name}": value for name, value in online.items()},
        "front_ms_mean": float(driven.front_ms.mean()),
        "front_ms_p99": float(np.percentile(driven.front_ms, 99)),
        "back_s": driven.back_s,
        "finish_s": driven.finish_s,
        "rtf": length_s / cpu_s,
        "wall_s": time.perf_counter() - began_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }


def draw(log: Log, poses: FloatArray, path: Path) -> None:
    """The hits of all scans, where the poses (n, 3) put them, with the way in blue."""
    points = np.concatenate([_hits(log, k, pose) for k, pose in enumerate(poses)])
    low = np.percentile(points, 0.1, axis=0) - _MARGIN_M
    high = np.percentile(points, 99.9, axis=0) + _MARGIN_M
    n_cols, n_rows = np.ceil((high - low) / _PICTURE_M).astype(int)
    ink = np.zeros((n_rows, n_cols), dtype=np.float64)
    cols, rows = ((points - low) / _PICTURE_M).astype(int).T
    inside = (cols >= 0) & (rows >= 0) & (cols < n_cols) & (rows < n_rows)
    np.add.at(ink, (rows[inside], cols[inside]), _INK_PER_HIT)
    grey = (255.0 - np.minimum(ink, 255.0)).astype(np.uint8)
    image = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    way = ((poses[:, :2] - low) / _PICTURE_M).astype(np.int32)
    cv2.polylines(image, [way[:, None]], isClosed=False, color=(255, 140, 60), thickness=1)
    scale = min(1.0, _PICTURE_PIXELS / max(n_rows, n_cols))
    image = cv2.resize(image[::-1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    levels = image // 32 * 36  # eight levels of grey make a small file
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), levels, [cv2.IMWRITE_PNG_COMPRESSION, 9]):
        raise OSError(f"{path}: the picture cannot be written")


def _hits(log: Log, scan: int, pose: FloatArray) -> FloatArray:
    beams = log.beams(scan)
    is_near = np.hypot(beams.ends_m[:, 0], beams.ends_m[:, 1]) < _PICTURE_RANGE_M
    return SE2.from_array(pose).apply(beams.ends_m[is_near])
