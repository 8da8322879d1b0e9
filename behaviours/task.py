"""One task and the states it may go through; an illegal step is a bug and raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from homebody.errors import HomebodyError
from homebody.payloads import FINAL_STATES, TaskEvent, TaskPayload, TaskState

REASON_MAX = 500

# accepted: taken on. queued: others come first. The final states have no way out.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    "accepted": frozenset({"queued", "running", "failed", "cancelled"}),
    "queued": frozenset({"running", "failed", "cancelled"}),
    "running": frozenset({"paused", "succeeded", "failed", "cancelled"}),
    "paused": frozenset({"running", "failed", "cancelled"}),
}


class IllegalTransitionError(HomebodyError):
    """A task was to take a step that its state does not allow."""


@dataclass(frozen=True, slots=True)
class Task:
    """A request that was taken on; `args` have been checked against the task's kind."""

    id: str
    type: str
    args: Mapping[str, Any] = field(default_factory=dict)
    state: TaskState = "accepted"
    reason: str = ""
    progress: float | None = None
    time_left_s: float | None = None

    @property
    def is_over(self) -> bool:
        return self.state in FINAL_STATES

    def moved_to(self, state: TaskState, reason: str = "") -> Task:
        """The task in its next state.

        Raises:
            IllegalTransitionError: No such step leads from its state.
        """
        allowed = TRANSITIONS.get(self.state, frozenset())
        if state not in allowed:
            raise IllegalTransitionError(
                f"task {self.id}: state is {self.state!r}, asked for {state!r}; "
                f"allowed: {', '.join(sorted(allowed)) or 'none, it is over'}"
            )
        return replace(self, state=state, reason=reason[:REASON_MAX], time_left_s=None)

    def event(self, wall_s: float) -> TaskEvent:
        return TaskEvent(id=self.id, state=self.state, reason=self.reason, ts=wall_s)

    def payload(self) -> TaskPayload:
        return TaskPayload(
            id=self.id,
            type=self.type,
            args=dict(self.args),
            state=self.state,
            reason=self.reason,
            progress=self.progress,
            time_left_s=self.time_left_s,
        )

    @classmethod
    def from_payload(cls, payload: TaskPayload) -> Task:
        return cls(
            payload.id,
            payload.type,
            payload.args,
            payload.state,
            payload.reason,
            payload.progress,
            payload.time_left_s,
        )
