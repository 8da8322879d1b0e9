"""Settings of exploration: what counts as a look worth taking, and how it is weighed."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class ExplorationConfig(Settings):
    """Looks are weighed by the unseen area they show against the time they take."""

    view_range_m: float = Field(default=4.5, gt=0.5, le=20.0)
    n_rays: int = Field(default=96, ge=16, le=720)
    see_through_m: float = Field(
        default=1.0, gt=0.1, le=10.0, description="how far one expects to see into the unseen"
    )
    gain_min_m2: float = Field(
        default=0.08, gt=0.0, le=5.0, description="a look that shows less is not worth taking"
    )
    gain_min_share_per_s: float = Field(
        default=3e-4,
        ge=0.0,
        le=0.1,
        description="so much more, as a share of what was seen, per second of way to it",
    )
    speck_m2: float = Field(
        default=0.04, ge=0.0, le=2.0, description="a smaller unseen spot is left as it is"
    )
    gain_cap_m2: float = Field(
        default=4.0, gt=0.0, le=100.0, description="what lies further in counts at the next look"
    )
    gain_exponent: float = Field(
        default=1.0, gt=0.0, le=2.0, description="below 1, small things near go first"
    )
    much_m2: float = Field(
        default=2.0, gt=0.0, le=100.0, description="a look that shows so much goes before the tour"
    )
    tour_stops_max: int = Field(
        default=10, ge=1, le=50, description="looks that are ordered at each decision"
    )
    cover_s: float = Field(
        default=5.0, gt=0.0, le=600.0, description="larger: looks that show more, further away"
    )
    early_weight: float = Field(
        default=0.5, ge=0.0, le=100.0, description="of seeing much early against ending early"
    )
    look_s: float = Field(default=0.7, gt=0.0, le=60.0, description="time a look takes by itself")
    room_bonus: float = Field(
        default=1.6,
        ge=1.0,
        le=5.0,
        description="how much better a look outside this room has to be",
    )
    room_clearance_m: float = Field(
        default=0.4, gt=0.1, le=2.0, description="where it is less on both sides, rooms part"
    )
    keep_bonus: float = Field(
        default=1.3, ge=1.0, le=5.0, description="how much better another target has to be"
    )
    frontier_cells_min: int = Field(default=3, ge=1, le=100)
    frontier_piece_m: float = Field(default=1.0, gt=0.1, le=10.0)
    frontiers_max: int = Field(default=32, ge=1, le=500)
    stand_off_m: float = Field(
        default=2.0, gt=0.1, le=10.0, description="from how far a frontier is looked at"
    )
    lattice_m: float = Field(default=0.5, ge=0.1, le=5.0)
    lattice_viewpoints_max: int = Field(default=48, ge=0, le=1000)
    blacklist_radius_m: float = Field(default=0.4, ge=0.0, le=5.0)
    impasse_ahead_m: float = Field(
        default=0.3, gt=0.1, le=2.0, description="so far on lies what the robot could not pass"
    )
    cleared_min_m2: float = Field(
        default=0.05, gt=0.0, le=10.0, description="so much gone from the map may open a way"
    )
    same_place_m: float = Field(
        default=0.25, ge=0.0, le=2.0, description="no second look from so near to an earlier one"
    )
    looks_max: int = Field(
        default=3, ge=1, le=20, description="looks at one frontier before it is given up"
    )
    tour_share: float = Field(
        default=0.7, gt=0.0, le=1.0, description="for the time left: the rest is seen in passing"
    )
    behind_s_per_m2: float = Field(
        default=0.35, ge=0.0, le=50.0, description="for the time left: what turns up behind it"
    )
    docking_s: float = Field(default=10.0, ge=0.0, le=300.0, description="beside the way there")
