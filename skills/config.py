"""Configuration of the skills: how patient they are and how near is near enough."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class RecoverConfig(Settings):
    """How the robot gets itself free when nothing brings it nearer."""

    wait_s: float = Field(default=1.5, ge=0.0, le=30.0)
    back_up_m: float = Field(default=0.3, gt=0.0, le=1.0)
    turn_rad: float = Field(default=1.57, gt=0.0, le=3.1)
    speed_max_m_s: float = Field(default=0.15, gt=0.0, le=0.5)
    motion_timeout_s: float = Field(default=8.0, gt=0.0, le=60.0)
    look_round_m: float = Field(default=1.0, gt=0.0, le=3.0)


class DriveConfig(Settings):
    """When a drive counts as stuck, and how often it tries to get free."""

    max_recoveries: int = Field(default=3, ge=0, le=20)
    max_recoveries_in_all: int = Field(default=9, ge=0, le=100)
    no_way_retries: int = Field(default=1, ge=0, le=20)
    free_again_m: float = Field(default=1.0, gt=0.0, le=10.0)
    standing_timeout_s: float = Field(default=15.0, gt=0.0, le=300.0)
    no_gain_timeout_s: float = Field(default=90.0, gt=0.0, le=600.0)
    planning_timeout_s: float = Field(default=30.0, gt=0.0, le=300.0)
    help_patience_s: float = Field(default=8.0, ge=0.0, le=600.0)


class GoToConfig(Settings):
    """How near is arrived."""

    tolerance_m: float = Field(default=0.2, gt=0.0, le=1.0)
    yaw_tolerance_rad: float = Field(default=0.15, gt=0.0, le=3.2)


class ExploreConfig(Settings):
    """When to think again about where to look next, and when to leave a place alone."""

    decide_period_s: float = Field(default=2.5, gt=0.0, le=60.0)
    seen_period_s: float = Field(
        default=0.5, gt=0.0, le=60.0, description="when what it drives to see has been seen"
    )
    confirm_s: float = Field(default=1.0, ge=0.0, le=10.0)
    n_confirmations: int = Field(default=1, ge=0, le=10)
    viewpoint_tolerance_m: float = Field(default=0.25, gt=0.0, le=1.0)
    no_gain_timeout_s: float = Field(default=120.0, gt=0.0, le=3600.0)
    max_takes: int = Field(default=5, ge=1, le=100)
    max_failures_in_a_row: int = Field(default=12, ge=1, le=100)
    max_job_failures_in_a_row: int = Field(default=3, ge=1, le=100)
    stuck_within_m: float = Field(default=0.5, gt=0.0, le=5.0)


class DockConfig(Settings):
    """How the robot drives onto its dock."""

    approach_m: float = Field(default=0.45, gt=0.0, le=2.0)
    approach_tolerance_m: float = Field(default=0.06, gt=0.0, le=0.5)
    approach_yaw_tolerance_rad: float = Field(default=0.1, gt=0.0, le=1.0)
    tolerance_m: float = Field(default=0.03, gt=0.0, le=0.2)
    yaw_tolerance_rad: float = Field(default=0.08, gt=0.0, le=1.0)
    contact_wait_s: float = Field(default=1.5, ge=0.0, le=10.0)
    pull_out_m: float = Field(default=0.4, gt=0.0, le=1.0)
    max_retries: int = Field(default=2, ge=0, le=10)


class SkillsConfig(Settings):
    """All skills."""

    recover: RecoverConfig = RecoverConfig()
    drive: DriveConfig = DriveConfig()
    go_to: GoToConfig = GoToConfig()
    explore: ExploreConfig = ExploreConfig()
    dock: DockConfig = DockConfig()
