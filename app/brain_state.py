"""What the brain must not forget, whatever happens to it."""

from __future__ import annotations

from pydantic import Field

from behaviours.task_queue import QueueState
from homebody.settings import Settings


class BrainState(Settings):
    """The tasks, and how many of the body's stops they have seen.

    Attributes:
        stops_heard: A body that has counted more was stopped while the brain was away.
    """

    queue: QueueState
    stops_heard: int = Field(default=0, ge=0)
