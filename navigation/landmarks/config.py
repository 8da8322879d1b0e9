"""Settings of the visual landmarks."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class PointNoiseConfig(Settings):
    """How well a camera sees a point: its bearing, and a range that worsens with its square."""

    bearing_rad: float = Field(0.003, gt=0.0, le=0.1)
    range_floor_m: float = Field(0.006, gt=0.0, le=1.0)
    range_per_m: float = Field(0.003, ge=0.0, le=0.5, description="per m2: sigma = floor + this r2")


class KeypointConfig(Settings):
    """ORB keypoints of a frame, spread over it."""

    n_wanted: int = Field(800, ge=50, le=20_000)
    n_found: int = Field(2000, ge=50, le=50_000, description="before they are spread")
    cells: int = Field(
        14, ge=1, le=100, description="columns of the grid that they are spread over"
    )
    n_levels: int = Field(8, ge=1, le=16)
    scale: float = Field(1.2, gt=1.0, le=2.0)
    fast_threshold: int = Field(8, ge=1, le=100)
    range_max_m: float = Field(5.0, gt=0.1, le=50.0, description="farther depth is not believed")
    depth_step: float = Field(0.03, gt=0.0, le=1.0, description="share of depth; more is an edge")


class MatchingConfig(Settings):
    """Which descriptors are the same point's."""

    bits_max: int = Field(64, ge=0, le=256)
    ratio: float = Field(0.85, gt=0.0, le=1.0, description="of the second best's bits; 1: any")
    same_m: float = Field(0.05, ge=0.0, le=1.0, description="known points so near are one")


class AlignmentConfig(Settings):
    """Rigid motion between two sets of points, some of them matched falsely."""

    n_hypotheses: int = Field(200, ge=1, le=10_000)
    gate_sigmas: float = Field(4.0, gt=0.0, le=100.0)
    kernel_first_sigmas: float = Field(
        12.0, gt=0.0, le=1000.0, description="robust width, at first"
    )
    kernel_last_sigmas: float = Field(3.0, gt=0.0, le=100.0)
    n_iterations: int = Field(10, ge=1, le=100)
    n_inliers_min: int = Field(12, ge=3, le=1000)
    inlier_share_min: float = Field(0.25, gt=0.0, le=1.0)


class LifeConfig(Settings):
    """When a landmark is believed, doubted and forgotten, in log odds of its being there."""

    start: float = Field(0.0, ge=-10.0, le=10.0)
    seen: float = Field(0.9, gt=0.0, le=10.0, description="added by each keyframe that sees it")
    missed: float = Field(0.5, gt=0.0, le=10.0, description="taken by each that should have")
    most: float = Field(6.0, gt=0.0, le=100.0, description="so that the past can be outvoted")
    confirmed: float = Field(1.5, ge=0.0, le=100.0)
    faded: float = Field(-0.5, ge=-100.0, le=0.0)
    removed: float = Field(-3.0, ge=-100.0, le=0.0)
    n_most: int = Field(60_000, ge=100, le=1_000_000, description="landmarks of a map")
    drift_m: float = Field(
        0.002, ge=0.0, le=1.0, description="sigma added per sighting; things move"
    )


class ViewConfig(Settings):
    """What a camera may see of a map, and where in its view a landmark is looked for."""

    tangent_x: float = Field(0.65, gt=0.0, le=10.0, description="of half the field of view")
    tangent_y: float = Field(0.52, gt=0.0, le=10.0)
    range_max_m: float = Field(6.0, gt=0.1, le=100.0)
    turn_max_rad: float = Field(1.0, gt=0.0, le=3.2, description="from where it was seen before")
    window: float = Field(0.06, gt=0.0, le=2.0, description="tangent, about the expected place")
    window_wide: float = Field(0.2, gt=0.0, le=2.0)


class LandmarkClosureConfig(Settings):
    """Where the nodes of a planar pose graph saw the same landmarks."""

    matching: MatchingConfig = MatchingConfig()
    alignment: AlignmentConfig = AlignmentConfig()
    n_landmarks: int = Field(150, ge=10, le=5000, description="kept of each node")
    n_back: int = Field(4, ge=1, le=100, description="nodes to the one that is linked to")
    n_apart: int = Field(30, ge=2, le=10_000, description="nodes between, to be a closure")
    every_nodes: int = Field(4, ge=1, le=1000, description="closures are looked for")
    n_places: int = Field(2, ge=1, le=50, description="closures per look")
    votes_min: int = Field(12, ge=3, le=1000)
    height_max_m: float = Field(0.12, gt=0.0, le=5.0, description="a floor is flat")
    tilt_max_rad: float = Field(0.06, gt=0.0, le=1.6)
    variance_times: float = Field(4.0, ge=1.0, le=1000.0, description="landmarks err together")


class PlaceFinderConfig(Settings):
    """A robot in a map of landmarks, with no idea where."""

    matching: MatchingConfig = MatchingConfig()
    alignment: AlignmentConfig = AlignmentConfig(n_hypotheses=400)
    height_max_m: float = Field(0.12, gt=0.0, le=5.0, description="a floor is flat")
    tilt_max_rad: float = Field(0.06, gt=0.0, le=1.6)
    variance_times: float = Field(4.0, ge=1.0, le=1000.0, description="landmarks err together")
    rival_share: float = Field(0.6, gt=0.0, le=1.0, description="of the landmarks that agree")
    apart_m: float = Field(0.5, gt=0.0, le=10.0)


class TrackerConfig(Settings):
    """A camera in a map of landmarks."""

    view: ViewConfig = ViewConfig()
    life: LifeConfig = LifeConfig()
    noise: PointNoiseConfig = PointNoiseConfig()
    matching: MatchingConfig = MatchingConfig()
    alignment: AlignmentConfig = AlignmentConfig()
    n_few: int = Field(40, ge=3, le=1000, description="inliers below which a wider look is taken")
    sure_share: float = Field(0.6, ge=0.0, le=1.0, description="of matches near a guess")
    keyframe_m: float = Field(0.10, gt=0.0, le=5.0)
    keyframe_rad: float = Field(0.12, gt=0.0, le=3.2)
    keyframe_share: float = Field(0.25, ge=0.0, le=1.0, description="of landmarks found again")
    new_per_keyframe: int = Field(250, ge=1, le=10_000)
    optimise_every: int = Field(8, ge=1, le=1000, description="keyframes")
    n_window: int = Field(30, ge=2, le=1000, description="keyframes that are optimised together")
