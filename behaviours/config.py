"""Settings of the behaviour tree and of the task queue."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class TaskQueueConfig(Settings):
    """How much the queue holds and remembers."""

    max_queue: int = Field(default=16, ge=1, le=1000)
    max_recent: int = Field(default=20, ge=1, le=1000)
    max_known_ids: int = Field(default=1000, ge=10, le=1_000_000)


class LostConfig(Settings):
    """When the robot no longer trusts its place on the map, and when it does again."""

    lost_below: float = Field(default=0.2, ge=0.0, le=1.0)
    found_above: float = Field(default=0.35, ge=0.0, le=1.0)
    lost_after_s: float = Field(default=1.0, ge=0.0, le=60.0)
    found_after_s: float = Field(default=0.5, ge=0.0, le=60.0)


class BatteryConfig(Settings):
    """When the robot goes to charge by itself, until when, and how often it tries to dock."""

    low: float = Field(default=0.15, ge=0.0, le=1.0)
    full: float = Field(default=0.8, ge=0.0, le=1.0)
    max_dock_failures: int = Field(default=3, ge=1, le=100)
    help_patience_s: float = Field(default=30.0, gt=0.0, le=3600.0)


class TreeConfig(Settings):
    """When safety and the battery come first."""

    lost: LostConfig = Field(default=LostConfig())
    battery: BatteryConfig = Field(default=BatteryConfig())
