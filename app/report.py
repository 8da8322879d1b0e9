"""The report of a simulation: what was asked, what became of it, and how the robot moved.

The JSON's fields are documented here and in docs/report.md; `schema_version` rises when one
changes its meaning. Timing figures (`wall_time_s`, `real_time_factor`, `plan_ms`) differ between
two runs of the same seed; everything else does not.
"""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings

SCHEMA_VERSION = 1
TIMING_FIELDS = frozenset({"wall_time_s", "real_time_factor", "plan_ms"})


class TaskReport(Settings):
    """One task. Lengths are those that the robot really drove in the simulated world."""

    task: str = Field(description="as it was asked")
    success: bool
    reason: str = Field(description="in plain words; why it failed, if it did")
    sim_time_s: float = Field(description="from the request to the end of the task")
    path_length_m: float
    shortest_path_m: float | None = Field(
        description="at the footprint's inscribed radius; null where the task has no goal point"
    )


class LocalizationError(Settings):
    """Distance between believed and true position."""

    max: float
    rms: float


class Percentiles(Settings):
    p50: float
    p99: float


class SimulationReport(Settings):
    """A whole run; see docs/report.md."""

    schema_version: int = SCHEMA_VERSION
    home: str
    seed: int
    sim_time_s: float
    tasks: list[TaskReport]
    wall_time_s: float
    real_time_factor: float
    collisions: int
    collisions_caused_by_robot: int
    min_clearance_m: float = Field(description="footprint to the nearest solid, over the run")
    coverage: float = Field(description="share of the reachable free area seen from at most 5 m")
    map_iou: float = Field(description="free space of the robot's map against the reachable area")
    localization_error_m: LocalizationError
    yaw_error_max_rad: float
    jerk_rms_m_s3: float
    angular_jerk_rms_rad_s3: float
    plan_ms: Percentiles
    replans: int = Field(description="new global plans because the way was blocked")
    recoveries: int
    help_requests: int

    @property
    def is_success(self) -> bool:
        return all(task.success for task in self.tasks)
