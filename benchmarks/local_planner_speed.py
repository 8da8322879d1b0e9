"""How fast is a cycle of the local planner? Beside it `pytorch_mppi` and a plain compiled loop.

A 240 x 240 map, 30 steps, the footprint polygon, five people, the distance field made anew in every
cycle. Ours is the whole cycle (608 candidates in three stages, drawn, driven, scored, explained);
the peers only roll out and score as many given samples with the same cost terms, and their costs
agree with ours to 1e-4 on the usual case. Times are CPU time of one thread, cycles taken in turn.
Without the extra `peers` (PyTorch and pytorch_mppi) that column is missing and the run says so.
With `--json FILE` the curve over the number of candidates is drawn beside it as a PNG.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from app.process import use_one_thread
from benchmarks.common import Options, Row, Target, choose, finish, main, run_cases
from benchmarks.peers.plain_loop import PlainLoop
from benchmarks.planner_case import PlanningCase, distance_m, make_case
from homebody.geometry import FloatArray
from navigation.local_planner.planner import LocalPlanner

_USUAL = 608  # candidates of a cycle with the default settings
_SIZES = (_USUAL, 100, 300, 1000, 2000, 5000)
_WARM_UP, _SECONDS, _CYCLES_MIN, _CYCLES_MAX = 5, 15.0, 30, 400
_AGREEMENT = 1e-4
_COLUMNS = (
    "candidates", "ours_p50_ms", "ours_p99_ms", "torch_p50_ms", "torch_p99_ms",
    "loop_p50_ms", "loop_p99_ms", "torch_by_ours", "ours_by_loop", "torch_error",
)  # fmt: skip
_LINES = {"ours": (60, 140, 20), "torch": (40, 60, 220), "loop": (160, 120, 60)}  # BGR


def has_peer() -> bool:
    """Whether `pytorch_mppi` is there."""
    return find_spec("torch") is not None and find_spec("pytorch_mppi") is not None


def run_case(seed: int, n_samples: int) -> Row:
    """Time all of them in turn on one number of candidates."""
    use_one_thread()
    case = make_case(seed, n_samples)
    planner = LocalPlanner(case.body, case.config, np.random.default_rng(seed))
    cycles: dict[str, Callable[[], object]] = {
        "ours": partial(_our_cycle, case, planner),
        "loop": PlainLoop(case).step,
    }
    row: Row = {"candidates": n_samples, "seed": seed}
    if has_peer():
        cycles["torch"], row["torch_error"] = _torch_cycle(case)
    for name, times_s in _timed(cycles).items():
        row[f"{name}_p50_ms"], row[f"{name}_p99_ms"] = 1e3 * np.percentile(times_s, (50, 99))
    if "torch_p50_ms" in row:
        row["torch_by_ours"] = row["torch_p50_ms"] / row["ours_p50_ms"]
    row["ours_by_loop"] = row["ours_p50_ms"] / row["loop_p50_ms"]
    return row


def torch_error(case: PlanningCase) -> float:
    """The largest difference between our costs and those of the PyTorch form, over all samples.

    Relative to a cost where that is above 1: they are single precision.
    """
    from benchmarks.peers.torch_planner import TorchPlanner  # noqa: PLC0415  (optional)

    ours = case.scores()
    difference = np.abs(TorchPlanner(case).costs() + ours) / np.maximum(np.abs(ours), 1.0)
    return float(difference.max())


def _our_cycle(case: PlanningCase, planner: LocalPlanner) -> None:
    distance_m(case.occupied)
    planner.step(case.request)


def _torch_cycle(case: PlanningCase) -> tuple[Callable[[], object], float]:
    import torch  # noqa: PLC0415  (optional)

    from benchmarks.peers.torch_planner import TorchPlanner  # noqa: PLC0415

    torch.set_num_threads(1)
    error = torch_error(case)
    # in thousands of samples a few lie so deep in obstacles that rounding alone costs more
    if len(case.speed) <= _USUAL:
        assert error <= _AGREEMENT, f"the costs differ by {error:.2g}; allowed: {_AGREEMENT:g}"
    return TorchPlanner(case).step, error


def _timed(cycles: dict[str, Callable[[], object]]) -> dict[str, FloatArray]:
    """CPU time of each cycle, one after the other, so that all meet the same machine."""
    times_s: dict[str, list[float]] = {name: [] for name in cycles}
    for cycle in cycles.values():
        for _ in range(_WARM_UP):
            cycle()
    began_s = time.perf_counter()
    for n_done in range(_CYCLES_MAX):
        if n_done >= _CYCLES_MIN and time.perf_counter() - began_s > _SECONDS:
            break
        for name, cycle in cycles.items():
            start_s = time.thread_time()
            cycle()
            times_s[name].append(time.thread_time() - start_s)
    return {name: np.array(values) for name, values in times_s.items()}


def draw_curve(rows: list[Row], path: Path) -> None:
    """Median times over the number of candidates, both axes logarithmic."""
    width, height, edge = 640, 420, 60
    picture = np.full((height, width, 3), 255, np.uint8)
    rows = sorted(rows, key=lambda row: row["candidates"])
    times_ms = [row[k] for row in rows for k in row if k.endswith("p50_ms")]
    x_low, x_high = (math.log10(rows[i]["candidates"]) for i in (0, -1))
    y_low, y_high = math.log10(min(times_ms) / 1.3), math.log10(max(times_ms) * 1.3)

    def place(candidates: float, time_ms: float) -> tuple[int, int]:
        right = (math.log10(candidates) - x_low) / max(x_high - x_low, 1e-9)
        up = (math.log10(time_ms) - y_low) / (y_high - y_low)
        return (
            int(edge + right * (width - 2 * edge)),
            int(height - edge - up * (height - 2 * edge)),
        )

    font = (cv2.FONT_HERSHEY_SIMPLEX, 0.42)
    for row in rows:
        x, _ = place(row["candidates"], 10**y_low)
        cv2.putText(picture, str(row["candidates"]), (x - 14, height - 35), *font, (0, 0, 0))
    for time_ms in (1, 2, 5, 10, 20, 50, 100, 200):
        if y_low < math.log10(time_ms) < y_high:
            _, y = place(rows[0]["candidates"], time_ms)
            cv2.line(picture, (edge, y), (width - edge, y), (220, 220, 220))
            cv2.putText(picture, f"{time_ms} ms", (6, y + 4), *font, (0, 0, 0))
    for name, colour in _LINES.items():
        points = [
            place(r["candidates"], r[f"{name}_p50_ms"]) for r in rows if f"{name}_p50_ms" in r
        ]
        if points:
            cv2.polylines(picture, [np.array(points, np.int32)], False, colour, 2, cv2.LINE_AA)
            cv2.putText(picture, name, (points[-1][0] + 6, points[-1][1]), *font, colour)
    cv2.imwrite(str(path), picture)


def run(options: Options) -> int:
    """The whole benchmark."""
    if not has_peer():
        print("pytorch_mppi is absent: install homebody[peers] to compare with it", file=sys.stderr)
    sizes = choose(_SIZES, options.cases, str)
    work = partial(run_case, options.seed)
    rows = run_cases(work, sizes, options.jobs, "local planner speed")
    usual = next((row for row in rows if row["candidates"] == _USUAL), {})
    missing = math.nan
    summary = {key: float(value) for key, value in usual.items() if key != "seed"}
    targets = [
        Target("p50 of a cycle (ms)", 5.0, usual.get("ours_p50_ms", missing), at_most=True),
        Target("p99 of a cycle (ms)", 10.0, usual.get("ours_p99_ms", missing), at_most=True),
        Target("times the plain loop", 3.0, usual.get("ours_by_loop", missing), at_most=True),
    ]
    if has_peer():
        targets.append(Target("pytorch_mppi / ours", 2.0, usual.get("torch_by_ours", missing)))
    if options.json is not None and len(rows) > 1:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        draw_curve(rows, options.json.with_suffix(".png"))
    return finish("local_planner_speed", options, rows, _COLUMNS, summary, targets)


if __name__ == "__main__":
    main(run, __doc__ or "")
