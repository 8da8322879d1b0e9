"""Settings of room segmentation: what is furniture, what is an opening, what is a room."""

from __future__ import annotations

from pydantic import Field

from homebody.settings import Settings


class RoomSegmentationConfig(Settings):
    """Lengths are metres; shares compare widths, so that they hold in small and in large homes."""

    furniture_side_max_m: float = Field(
        default=1.5, ge=0.0, le=5.0, description="a larger thing that stands free is a wall"
    )
    furniture_area_max_m2: float = Field(default=1.0, ge=0.0, le=10.0)
    clearance_min_m: float = Field(
        default=0.1, ge=0.0, le=1.0, description="where there is nowhere more, there is no room"
    )
    peak_window_m: float = Field(
        default=0.25, gt=0.0, le=2.0, description="the widest places are this far apart"
    )
    narrows_share: float = Field(
        default=0.4,
        ge=0.0,
        le=1.0,
        description="so much narrower than its widest place, a part of a basin is one of its own",
    )
    narrows_peak_min_m: float = Field(default=0.5, ge=0.0, le=10.0)
    narrows_area_min_m2: float = Field(
        default=0.3, ge=0.0, le=10.0, description="smaller parts, as the floor in a door, stay"
    )
    opening_share: float = Field(
        default=0.65,
        gt=0.0,
        le=1.0,
        description="an opening this wide, against the narrower of its two sides, parts no rooms",
    )
    narrow_share: float = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        description="so much narrower than what it opens to, it may be a corridor beside a hall",
    )
    corridor_elongation: float = Field(
        default=1.5,
        ge=1.0,
        le=20.0,
        description="and is one when its area is so many times its width squared",
    )
    corridor_area_min_m2: float = Field(default=2.0, ge=0.0, le=50.0)
    room_area_min_m2: float = Field(
        default=1.0, ge=0.0, le=50.0, description="a smaller place belongs to its neighbour"
    )
    piece_area_min_m2: float = Field(
        default=0.25, ge=0.0, le=50.0, description="floor with no way to any room may be smaller"
    )
    door_width_max_m: float = Field(
        default=1.3, gt=0.3, le=5.0, description="a wider opening is a passage without a door"
    )


class RoomsConfig(Settings):
    """When the rooms are looked for anew."""

    segmentation: RoomSegmentationConfig = RoomSegmentationConfig()
    period_s: float = Field(default=2.0, ge=0.1, le=600.0, description="not more often than this")
    changed_area_m2: float = Field(
        default=0.25, ge=0.0, le=100.0, description="so much floor that came or went is news"
    )
    settle_s: float = Field(
        default=15.0, ge=0.1, le=3600.0, description="after this time, any change is"
    )
