"""Public SLAM logs: `.npz` with relations, and CARMEN logs whose scans stand at corrected poses.

Both become a `Log`: ranges and dead reckoning in file order (the clocks of some logs run
backwards), with relations between log lines as the reference. A corrected log repeats each
corrected pose in the odometry line after its scan, so that the raw increments between scans can be
had back; its own poses give the relations, a pseudo reference only.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from homebody.errors import InputError
from homebody.geometry import SE2, FloatArray, wrap_angles
from navigation.mapping.beams import Beams

RANGE_MIN_M = 0.15
_PAIR_M = 3.0  # scans of a corrected log that saw the same place
_PAIR_RAD = 1.6
_PAIR_STEPS = (1, 3, 10)
_N_LOOPS = 2000
_LOOP_S = 20.0
_LOOP_SCANS = 30
_CARMEN_TAIL = 9  # x y yaw odom_x odom_y odom_yaw time host time
_NO_RETURN_SHARE = 0.98  # of the longest reading
_MOST_BEAMS = 20_000


@dataclass(frozen=True, slots=True)
class Log:
    """A recorded drive.

    Attributes:
        ranges_m: Shape (n, b), `inf` where nothing came back.
        angles_rad: Of the beams about the laser, shape (b,).
        laser_x_m: The laser ahead of the robot's centre.
        scan_line: Row of `odom` of each scan, shape (n,).
        odom: Dead reckoning of every line, shape (N, 3).
        time_s: Of every line, shape (N,); need not be monotone.
        relations: line, line, x, y, yaw of the second in the frame of the first, shape (m, 5).
        is_exact: Whether the relations are a true reference.
        is_reckoned: Whether `odom` knows the way from the scan before, shape (n,).
    """

    name: str
    ranges_m: FloatArray
    angles_rad: FloatArray
    laser_x_m: float
    scan_line: np.ndarray
    odom: FloatArray
    time_s: FloatArray
    relations: FloatArray
    is_exact: bool
    is_reckoned: np.ndarray

    def beams(self, scan: int) -> Beams:
        """One scan in the robot frame; beams without a return are left out."""
        ranges_m = self.ranges_m[scan]
        is_hit = np.isfinite(ranges_m) & (ranges_m >= RANGE_MIN_M)
        direction = np.column_stack((np.cos(self.angles_rad), np.sin(self.angles_rad)))[is_hit]
        origins = np.tile([self.laser_x_m, 0.0], (len(direction), 1))
        ends = origins + direction * ranges_m[is_hit, None]
        return Beams.from_ends(origins, ends, np.ones(len(ends), dtype=bool))

    def moved(self, scan: int) -> SE2 | None:
        """The way since the scan before by dead reckoning, None where that is not known."""
        if scan == 0 or not self.is_reckoned[scan]:
            return SE2.identity() if scan == 0 else None
        before, now = self.scan_line[scan - 1], self.scan_line[scan]
        return SE2.from_array(self.odom[before]).inverse() @ SE2.from_array(self.odom[now])

    def is_loop(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Which relations between lines close a loop, (m,).

        With a true reference those of 20 s and more; poses of a corrected log jump now and then, so
        only its pairs of scans that came back to one place count.
        """
        if self.is_exact:
            return np.asarray(np.abs(self.time_s[second] - self.time_s[first]) >= _LOOP_S)
        return np.asarray(np.abs(second - first) >= _LOOP_SCANS)

    def thinned(self, n_beams: int, range_max_m: float) -> Log:
        """The same drive with fewer beams that see less far."""
        pick = np.linspace(0, self.ranges_m.shape[1] - 1, n_beams).round().astype(int)
        ranges_m = self.ranges_m[:, pick]
        return replace(
            self,
            name=f"{self.name}/{n_beams} beams, {range_max_m:g} m",
            ranges_m=np.where(ranges_m <= range_max_m, ranges_m, np.inf),
            angles_rad=self.angles_rad[pick],
        )

    def without_odometry(self) -> Log:
        """The same drive of a robot that cannot feel its wheels; the reference stays."""
        return replace(self, is_reckoned=np.zeros(len(self.ranges_m), dtype=bool))


def find_logs(data: Path) -> list[Path]:
    """Every log below a folder: with relations first."""
    corrected = sorted(data.rglob("*corrected.log.gz"))
    npz = [path for path in sorted(data.rglob("*.npz")) if _is_log(path)]
    beside = {path.parent for path in npz}  # the same drive again
    return npz + [path for path in corrected if path.parent not in beside]


def load_log(path: Path) -> Log:
    """Read a log.

    Raises:
        InputError: It is not what its name says.
    """
    return load_npz(path) if path.suffix == ".npz" else load_corrected(path)


def load_npz(path: Path) -> Log:
    """A log with relations; its fields are described in `slam_eval.py` of the data."""
    with np.load(path) as data:
        missing = _FIELDS - set(data.files)
        if missing:
            raise InputError(path, "fields", sorted(data.files), f"also {sorted(missing)}")
        ranges_m = data["ranges_cm"].astype(np.float64) / 100.0
        n_beams = ranges_m.shape[1]
        angles = float(data["angle_min"]) + float(data["angle_inc"]) * np.arange(n_beams)
        scan_line, odom = data["scan_line"].astype(int), data["odom"].astype(np.float64)
        if len(scan_line) != len(ranges_m) or scan_line.max(initial=0) >= len(odom):
            raise InputError(path, "scan_line", scan_line.shape, "a row of odom per scan")
        return Log(
            path.stem,
            np.where(ranges_m >= float(data["no_return_m"]), np.inf, ranges_m),
            angles,
            float(data["laser_x"]),
            scan_line,
            odom,
            data["odom_t"].astype(np.float64),
            data["relations"].astype(np.float64),
            is_exact=True,
            is_reckoned=np.full(len(ranges_m), np.abs(odom - odom[0]).max() > 1e-6),
        )


def load_corrected(path: Path) -> Log:
    """A CARMEN log with corrected scan poses; dead reckoning is rebuilt from what lies between."""
    ranges: list[list[float]] = []
    corrected: list[list[float]] = []
    times: list[float] = []
    increments: list[SE2 | None] = []  # None where no line says how the robot moved
    last = SE2.identity()
    start: SE2 | None = None  # of dead reckoning since the last scan
    n_between = 0
    with gzip.open(path, "rt", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            words = line.split()
            if not words or words[0] not in {"ODOM", "FLASER"}:
                continue
            try:
                if words[0] == "FLASER":
                    n_beams = int(words[1])
                    values = [float(w) for w in words[2 : 2 + n_beams]]
                    tail = words[2 + n_beams : 2 + n_beams + _CARMEN_TAIL]
                    pose = [float(w) for w in tail[:3]]
                    times.append(float(tail[6]))
                else:
                    pose = [float(w) for w in words[1:4]]
            except (ValueError, IndexError) as problem:
                raise InputError(path, f"line {number}", line[:40], "a CARMEN message") from problem
            if words[0] == "ODOM":
                last = SE2.from_array(pose)
                start = start or last
                n_between += 1
                continue
            ranges.append(values)
            corrected.append(pose)
            increments.append(start.inverse() @ last if start and n_between > 1 else None)
            start, n_between = None, 0
    return _corrected_log(path, ranges, corrected, times, increments)


def _corrected_log(
    path: Path,
    ranges: list[list[float]],
    corrected: list[list[float]],
    times: list[float],
    increments: list[SE2 | None],
) -> Log:
    widths = {len(row) for row in ranges}
    if len(widths) != 1:
        raise InputError(path, "beams of a scan", sorted(widths), "one number for all")
    n_beams = widths.pop()
    ranges_m = np.array(ranges)
    longest_m = float(ranges_m.max())
    odom, here = [], SE2.identity()
    for increment in increments:
        here = here @ (increment or SE2.identity())
        odom.append(here.as_array())
    odom_xyt = np.array(odom)
    # 180 and 181 beams are a degree apart, 360 and 361 half a degree
    step_rad = np.pi / (n_beams - n_beams % 2)
    poses = np.array(corrected)
    relations, time_s = pseudo_relations(poses), _in_order(np.array(times))
    return Log(
        path.name.removesuffix(".log.gz"),
        np.where(ranges_m >= _NO_RETURN_SHARE * longest_m, np.inf, ranges_m),
        -0.5 * np.pi + step_rad * np.arange(n_beams, dtype=np.float64),
        0.0,
        np.arange(len(ranges_m)),
        odom_xyt,
        time_s,
        relations,
        is_exact=False,
        is_reckoned=np.array([increment is not None for increment in increments]),
    )


def pseudo_relations(poses: FloatArray) -> FloatArray:
    """Relations (m, 5) that poses (n, 3) imply: neighbours in time, and pairs at one place."""
    n = len(poses)
    pairs = [(i, i + step) for step in _PAIR_STEPS for i in range(n - step)]
    apart = np.linalg.norm(poses[:, None, :2] - poses[None, :, :2], axis=2)
    turn = np.abs(wrap_angles(poses[:, None, 2] - poses[None, :, 2]))
    first, second = np.nonzero(np.triu((apart < _PAIR_M) & (turn < _PAIR_RAD), k=_LOOP_SCANS))
    keep = np.linspace(0, len(first) - 1, min(_N_LOOPS, len(first))).round().astype(int)
    pairs += list(zip(first[keep].tolist(), second[keep].tolist(), strict=True))
    rows = []
    for i, j in pairs:
        relative = SE2.from_array(poses[i]).inverse() @ SE2.from_array(poses[j])
        rows.append([i, j, *relative.wrapped().as_array()])
    return np.array(rows)


def _in_order(times: FloatArray) -> FloatArray:
    """Times of scans that do not run backwards; whole seconds where the log has lost them.

    Scans of a corrected log are key scans, at least a second apart.
    """
    step = np.diff(times)
    is_lost = (step <= 0.0) | (step > 600.0)
    if is_lost.mean() > 0.1:
        return 2.0 * np.arange(len(times), dtype=np.float64)
    return np.concatenate(([0.0], np.cumsum(np.where(is_lost, 1.0, step))))


def _is_log(path: Path) -> bool:
    try:
        with np.load(path) as data:
            return set(data.files) >= _FIELDS
    except (OSError, ValueError):
        return False


_FIELDS = {
    "ranges_cm", "scan_line", "odom", "odom_t", "relations",
    "angle_min", "angle_inc", "laser_x", "no_return_m",
}  # fmt: skip
