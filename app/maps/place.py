"""Where the robot stood last, so that it need not search when it wakes up."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from app.stores.json_store import JsonStore
from homebody.geometry import SE2, wrap_angle
from homebody.settings import Settings

FILE_NAME = "place.json"
_MOVED_M = 0.15
_TURNED_RAD = 0.3

Pose = tuple[float, float, float]  # x, y [m], yaw [rad]


class Place(Settings):
    """A pose in a map, and dead reckoning at that moment.

    Attributes:
        map_id: Empty while the map has not been stored yet.
        run_id: Dead reckoning of another run says nothing.
    """

    map_id: str = Field(default="", pattern=r"^([0-9a-f]{8})?$")
    run_id: str
    map_robot: Pose
    odom_robot: Pose

    @property
    def T_map_robot(self) -> SE2:
        return SE2(*self.map_robot)

    @property
    def T_map_odom(self) -> SE2:
        return self.T_map_robot @ SE2(*self.odom_robot).inverse()

    def is_near(self, other: Place) -> bool:
        """Whether it makes no difference which of the two is stored."""
        here, there = self.T_map_robot, other.T_map_robot
        turn_rad = abs(wrap_angle(here.yaw_rad - there.yaw_rad))
        is_same = (self.map_id, self.run_id) == (other.map_id, other.run_id)
        return is_same and here.distance_m(there) < _MOVED_M and turn_rad < _TURNED_RAD


def place_store(folder: Path) -> JsonStore[Place]:
    """Where the place is kept."""
    return JsonStore(folder / FILE_NAME, Place)


def pose_of(pose: SE2) -> Pose:
    return pose.x_m, pose.y_m, pose.yaw_rad
