"""Asking where to look next: a job beside the loop, asked for again whenever its answer may differ.

Cost: a few microseconds a step; the job itself takes some 50 ms in another process.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from homebody.errors import HomebodyError
from homebody.ports import Job
from navigation.exploration.request import ExplorationDecision, ExplorationRequest
from navigation.types import FREE, UNKNOWN, MapSnapshot
from skills.base import SkillContext
from skills.config import ExploreConfig

Decide = Callable[[ExplorationRequest], ExplorationDecision]


class LookAsker:
    """One question at a time; an answer that fails is asked for again, a few times in a row.

    Args:
        decide: Chooses the next viewpoint; a pure function, run as a job.
    """

    def __init__(self, decide: Decide, config: ExploreConfig) -> None:
        self._decide = decide
        self._config = config
        self._job: Job[ExplorationDecision] | None = None
        self._asked_s = -math.inf
        self._n_failures = 0
        self.failure = ""

    def start(self) -> None:
        """Begin, or go on after an interruption."""
        self._n_failures = 0
        self.forget()

    def forget(self) -> None:
        """Wait for no answer any more, and ask again at once."""
        self._job = None
        self._asked_s = -math.inf

    def pause(self, now_s: float) -> None:
        """Let a moment pass before the next question."""
        self._asked_s = now_s

    def answer(self, now_s: float) -> ExplorationDecision | None:
        """The answer if one has come."""
        if self._job is None or not self._job.poll(now_s):
            return None
        job, self._job = self._job, None
        try:
            decision = job.result()
        except HomebodyError as problem:
            self._n_failures += 1
            if self._n_failures > self._config.max_job_failures_in_a_row:
                self.failure = f"I cannot decide where to look next: {problem}"
            return None
        self._n_failures = 0
        return decision

    def ask(
        self,
        context: SkillContext,
        target: ExplorationDecision | None,
        is_confirming: bool,
        request: Callable[[], ExplorationRequest],
    ) -> None:
        """Ask if it is time to: at once with nothing to do, else now and then, or when the target's
        frontier has been seen.
        """
        patience_s = self._patience_s(context.snapshot, target, is_confirming)
        is_time = self._job is None and context.now_s - self._asked_s >= patience_s
        if is_time and np.any(context.snapshot.cells == FREE):
            self._asked_s = context.now_s
            self._job = context.jobs.submit(
                "next_viewpoint", self._decide, request(), now_s=context.now_s
            )

    def _patience_s(
        self, snapshot: MapSnapshot, target: ExplorationDecision | None, is_confirming: bool
    ) -> float:
        if target is not None:
            is_new = is_seen(snapshot, target)
            return self._config.seen_period_s if is_new else self._config.decide_period_s
        return self._config.confirm_s if is_confirming or self._n_failures else 0.0


def is_seen(snapshot: MapSnapshot, target: ExplorationDecision) -> bool:
    """Whether the frontier that a look is for is unseen no more."""
    if target.frontier_map_m is None:
        return False
    cell = snapshot.spec.cell_rc(float(target.frontier_map_m[0]), float(target.frontier_map_m[1]))
    return snapshot.spec.has_cell(cell) and bool(snapshot.cells[cell] != UNKNOWN)
