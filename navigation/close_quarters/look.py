"""When to look closer: once nothing has brought the robot nearer to its goal for a moment.

From then on the goal is pursued by the times to go from poses. Going back to the flat field would
lead into the same corner again. The search is renewed while the map changes.
"""

from __future__ import annotations

from homebody.errors import HomebodyError
from homebody.ports import Job, JobRunner
from navigation.close_quarters.pose_field import (
    PoseFieldRequest,
    cropped,
    pose_field,
    without_gaps,
)
from navigation.types import PoseToGo

_SURE_AFTER = 2  # searches in a row that find no way


class CloseLook:
    """Keeps the times to go from poses for the goal being pursued.

    Args:
        period_s: Between two searches.

    Attributes:
        poses: The newest finite times; None where the flat field has been good enough.
    """

    def __init__(self, jobs: JobRunner, period_s: float) -> None:
        self._jobs = jobs
        self._period_s = period_s
        self.reset()

    def reset(self) -> None:
        """A new goal."""
        self.poses: PoseToGo | None = None
        self._is_needed = False
        self._job: Job[PoseToGo] | None = None
        self._asked_s = 0.0
        self._revision = -1
        self._n_shut = 0

    @property
    def is_shut(self) -> bool:
        """Whether the footprint has no way to the goal."""
        return self._n_shut >= _SURE_AFTER

    def step(self, request: PoseFieldRequest, is_stalled: bool, now_s: float) -> bool:
        """Search or renew where needed; whether `poses` are the first, so that times jump."""
        self._is_needed = self._is_needed or is_stalled
        if not self._is_needed:
            return False
        had_any = self.poses is not None
        self._collect(now_s)
        if self._job is None and self._is_due(request, now_s):
            self._asked_s, self._revision = now_s, request.snapshot.revision
            self._job = self._jobs.submit("pose_field", pose_field, cropped(request), now_s=now_s)
        return self.poses is not None and not had_any

    def _is_due(self, request: PoseFieldRequest, now_s: float) -> bool:
        """At once for the first, then once in a period while the map changes or no way is known."""
        if self.poses is None:
            return True
        is_new = request.snapshot.revision != self._revision or self._n_shut > 0
        return is_new and now_s - self._asked_s >= self._period_s

    def _collect(self, now_s: float) -> None:
        if self._job is None or not self._job.poll(now_s):
            return
        job, self._job = self._job, None
        try:
            found = job.result()
        except HomebodyError:
            return  # a lost worker: the last one goes on, and the next one is asked
        self._n_shut = 0 if found.has_way else self._n_shut + 1
        self.poses = without_gaps(found)
