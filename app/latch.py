"""What the body must not forget, whatever happens to it: emergency stop and stops so far."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from homebody.settings import Settings


class Latch(Settings):
    """The stops as the body has heard them.

    Attributes:
        estop_reason: Why the emergency stop is engaged; empty when it is not.
        stop_count: Stops of either kind since the robot was made, so that a brain that was away
            knows whether it has missed one.
    """

    version: Literal[1] = 1
    estop_reason: str = Field(default="", max_length=500)
    stop_count: int = Field(default=0, ge=0)
