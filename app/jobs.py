"""Where slow work runs: in a process beside the brain, or at once in lock step.

The brain submits a pure function with picklable arguments and polls. In lock step the work is done
on the spot and its result is held back for a seeded delay, drawn from a log-normal distribution
fitted to what `homebody run` measures; without it a simulation would flatter.
"""

from __future__ import annotations

import math
import multiprocessing
import time
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from typing import Any, Generic, TypeVar

import numpy as np

from app.process import prepare_child, use_one_thread
from homebody.errors import HomebodyError

T = TypeVar("T")

# Median and spread (sigma of the logarithm) of the time from submission to result, as
# `python -m benchmarks.realtime` measured them on a shared two-core machine, rounded up.
LOCK_STEP_DELAYS_S: Mapping[str, tuple[float, float]] = {
    "global_plan": (0.021, 0.35),
    "pose_field": (0.35, 0.50),
    "next_viewpoint": (0.058, 0.50),
    "rooms": (0.08, 0.50),
    "relocalize": (0.60, 0.50),
}
_UNKNOWN_KIND_DELAY_S = (0.10, 0.3)
_REAP_S = 0.5


class JobLostError(HomebodyError):
    """The worker process died before the job was done."""


class _DoneJob(Generic[T]):
    """A job whose work is done and whose result is held back until `ready_s`."""

    def __init__(self, outcome: T | Exception, ready_s: float) -> None:
        self._outcome = outcome
        self._ready_s = ready_s

    def poll(self, now_s: float) -> bool:
        return now_s >= self._ready_s

    def result(self) -> T:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


class LockStepJobs:
    """Runs each job at once and lets its result arrive after a seeded delay."""

    def __init__(
        self,
        rng: np.random.Generator,
        delays_s: Mapping[str, tuple[float, float]] = LOCK_STEP_DELAYS_S,
    ) -> None:
        self._rng = rng
        self._delays_s = delays_s
        self._worked_s = 0.0

    def stopwatch(self) -> float:
        """Seconds that stand still while a job is done on the spot: it should run beside."""
        return time.perf_counter() - self._worked_s

    def submit(self, kind: str, work: Callable[..., T], *args: Any, now_s: float) -> _DoneJob[T]:
        median_s, sigma = self._delays_s.get(kind, _UNKNOWN_KIND_DELAY_S)
        delay_s = median_s * math.exp(sigma * self._rng.standard_normal())
        began_s = time.perf_counter()
        try:
            outcome: T | Exception = work(*args)
        except HomebodyError as problem:
            outcome = problem
        self._worked_s += time.perf_counter() - began_s
        return _DoneJob(outcome, now_s + delay_s)


class _ProcessJob(Generic[T]):
    def __init__(self, future: Future[T]) -> None:
        self._future = future

    def poll(self, now_s: float) -> bool:  # noqa: ARG002  (the port's; a future knows by itself)
        return self._future.done()

    def result(self) -> T:
        try:
            return self._future.result(timeout=0.0)
        except BrokenExecutor as problem:
            raise JobLostError(f"the worker for slow work died: {problem}") from problem


class ProcessJobs:
    """Runs jobs one after the other in a worker process; a dead worker is replaced.

    Args:
        note: Hears each job's kind and the time from its submission to its end [s], in a thread
            of the pool's.
    """

    def __init__(self, note: Callable[[str, float], None] | None = None) -> None:
        self._note = note
        self._pool = _new_pool()

    def submit(self, kind: str, work: Callable[..., T], *args: Any, now_s: float) -> _ProcessJob[T]:  # noqa: ARG002  (the time serves the lock-step runner)
        began_s = time.perf_counter()
        try:
            future = self._pool.submit(work, *args)
        except BrokenExecutor:
            self.close()
            self._pool = _new_pool()
            future = self._pool.submit(work, *args)
        note = self._note
        if note is not None:
            future.add_done_callback(lambda _: note(kind, time.perf_counter() - began_s))
        return _ProcessJob(future)

    def close(self) -> None:
        """End the worker without waiting for what it is doing."""
        processes = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
            process.join(_REAP_S)


def _prepare_worker() -> None:
    prepare_child()
    use_one_thread()


def _new_pool() -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=_prepare_worker)
