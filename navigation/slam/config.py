"""Settings of localization: how far odometry is trusted, when a match is good, when to map."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class OdometryNoiseConfig(Settings):
    """Standard deviations of dead reckoning, per metre driven and per radian turned."""

    floor_m: float = Field(0.0005, gt=0.0, le=0.1, description="per step, also at rest")
    floor_rad: float = Field(0.0005, gt=0.0, le=0.1)
    m_per_m: float = Field(0.04, gt=0.0, le=1.0)
    m_per_rad: float = Field(0.01, ge=0.0, le=1.0)
    rad_per_m: float = Field(0.12, ge=0.0, le=1.0, description="wheels slip by turns")
    rad_per_rad: float = Field(0.05, gt=0.0, le=1.0)


class MatchConfig(Settings):
    """One scan against the map."""

    n_beams: int = Field(180, ge=8, le=10_000, description="of a scan, spread evenly")
    n_iterations: int = Field(4, ge=1, le=50)
    noise_m: float = Field(0.02, gt=0.0, le=0.5, description="of one beam's fit, with the map's")
    kernel_first_m: float = Field(0.10, gt=0.0, le=1.0, description="robust kernel, at first")
    kernel_last_m: float = Field(0.04, gt=0.0, le=1.0)
    inflation: float = Field(4.0, ge=1.0, le=1000.0, description="beams err together: variance x")
    explained_m: float = Field(0.10, gt=0.0, le=1.0, description="from a surface, to be explained")


class SearchConfig(Settings):
    """Correlative search: near when a match is poor, wide when it stays so."""

    near_m: float = Field(0.3, gt=0.0, le=5.0)
    near_rad: float = Field(0.3, gt=0.0, le=3.2)
    wide_m: float = Field(3.0, gt=0.0, le=20.0)
    wide_period_s: float = Field(1.0, gt=0.0, le=60.0)
    wide_after_s: float = Field(0.5, ge=0.0, le=60.0, description="of poor quality on end")
    believed: float = Field(0.7, gt=0.0, le=1.0, description="share explained, after a search")
    far_m: float = Field(1.0, ge=0.0, le=10.0, description="nearer hits tell no place")
    n_far_min: int = Field(40, ge=1, le=1000, description="hits farther than that, to search")
    n_explained_min: int = Field(15, ge=1, le=60, description="of the 60 beams looked at")
    n_beams: int = Field(90, ge=8, le=1000)
    likelihood_sigma_m: float = Field(0.10, gt=0.0, le=1.0)


class KeyframeConfig(Settings):
    """When a scan goes into the map."""

    distance_m: float = Field(0.05, ge=0.0, le=5.0)
    turn_rad: float = Field(0.05, ge=0.0, le=3.2)
    period_s: float = Field(0.5, ge=0.0, le=60.0)
    yaw_rate_max_rad_s: float = Field(1.2, gt=0.0, le=100.0, description="faster turns smear")
    wait_max_s: float = Field(1.0, ge=0.0, le=60.0, description="then even while turning fast")


class LostConfig(Settings):
    """When the robot is lost, and how it is searched for in the whole map."""

    quality_lost: float = Field(0.5, ge=0.0, le=1.0, description="below it for `after_s`")
    after_s: float = Field(1.0, ge=0.0, le=60.0)
    period_s: float = Field(1.5, ge=0.0, le=600.0, description="between two searches")
    memory_s: float = Field(5.0, gt=0.0, le=60.0, description="scans gathered for a search")
    apart_m: float = Field(0.2, ge=0.0, le=5.0, description="between scans gathered")
    apart_rad: float = Field(0.3, ge=0.0, le=3.2)


class SlamConfig(Settings):
    """Localization as a whole."""

    lost: LostConfig = LostConfig()

    odometry: OdometryNoiseConfig = OdometryNoiseConfig()
    match: MatchConfig = MatchConfig()
    search: SearchConfig = SearchConfig()
    keyframe: KeyframeConfig = KeyframeConfig()
    quality_good: float = Field(0.6, ge=0.0, le=1.0, description="mapping needs at least this")
    quality_poor: float = Field(0.4, ge=0.0, le=1.0, description="below it, search")
    start_sigma_m: float = Field(0.02, ge=0.0, le=10.0)
    start_sigma_rad: float = Field(0.02, ge=0.0, le=3.2)
