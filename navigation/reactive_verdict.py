"""What the reactive layer says: what is left of a command, and why in plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from homebody.geometry import SE2, FloatArray
from navigation.reactive_sweep import Contact, Kind

_KIND_WORDS = {Kind.OBSTACLE: "an obstacle", Kind.DROP: "a drop", Kind.BUMP: "something touched"}


@dataclass(frozen=True, slots=True)
class ReactiveVerdict:
    """What remains of a command.

    Attributes:
        speed_m_s, yaw_rate_rad_s: The twist that is allowed.
        speed_scale: 0 (stand) to 1 (as commanded); with 0, turning may still be allowed.
        reason: Why it is less than commanded, in plain words; empty when it is not.
        time_to_contact_s: Along the command at its present speed; `inf` without a contact.
        clearance_m: To the nearest point near the path, from where the robot is.
    """

    speed_m_s: float
    yaw_rate_rad_s: float
    speed_scale: float = 1.0
    reason: str = ""
    time_to_contact_s: float = math.inf
    clearance_m: float = math.inf


@dataclass(frozen=True, slots=True)
class Blocker:
    """The first contact along a motion, in words too."""

    contact: Contact
    words: str = ""


FREE = Blocker(Contact(math.inf, -1, math.inf))


def described(point_odom_m: FloatArray, kind: int, way_m: float, pose: SE2) -> str:
    """A point in words: what it is, how far, and on which side of the robot."""
    x, y = pose.inverse().apply(point_odom_m).tolist()
    return f"{_KIND_WORDS[Kind(kind)]} {max(0.0, way_m):.2f} m {_side(math.atan2(y, x))}"


def _side(angle_rad: float) -> str:
    if abs(angle_rad) < math.pi / 4:
        return "ahead"
    if abs(angle_rad) > 3 * math.pi / 4:
        return "behind"
    return "to the left" if angle_rad > 0.0 else "to the right"
