"""Which of the looks that are worth taking comes next: the one thing that strategies differ in.

Gain per time after Gonzalez-Banos and Latombe, "Navigation strategies for exploring indoor
environments" (2002); finishing a room first is our addition. Cost: 5 ms for a home of 12 x 12 m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from navigation.exploration.frontiers import Frontiers
from navigation.exploration.request import ExplorationRequest
from navigation.exploration.tour import Tour
from navigation.exploration.viewpoints import Viewpoints
from navigation.global_planner.ground import BoolArray, Ground
from navigation.global_planner.layers import clearance_of

_MASK_SIZE = 5


@dataclass(frozen=True, slots=True)
class Prospect:
    """All that a choice may look at.

    Attributes:
        is_worth: Which of the C viewpoints may be chosen, shape (C,); at least one.
        is_target: Which of them the robot drives to already, shape (C,); at most one.
        tour: Through all that is worth it.
    """

    request: ExplorationRequest
    ground: Ground
    frontiers: Frontiers
    viewpoints: Viewpoints
    is_worth: BoolArray
    is_target: BoolArray
    tour: Tour


class Choice(Protocol):
    """A strategy; a module-level function, so that it can be sent to another process."""

    def __call__(self, prospect: Prospect) -> int:
        """The number of the viewpoint to go to, one of those that are worth it."""
        ...


def much_first_then_tour(prospect: Prospect) -> int:
    """Most per time while there is much to see somewhere; then what is left, in a good order.

    Most of a home is so seen early, for a large unseen place is larger than can be told from here;
    and small things are left for one tour at the end.
    """
    is_much = prospect.viewpoints.gain_m2[prospect.is_worth] >= prospect.request.config.much_m2
    return most_per_time(prospect) if is_much.any() else int(prospect.tour.stops[0])


def most_per_time(prospect: Prospect) -> int:
    """The most to see for the time it takes."""
    return int(np.argmax(np.where(prospect.is_worth, scores(prospect), -np.inf)))


def scores(prospect: Prospect) -> NDArray[np.float64]:
    """How good each viewpoint is, shape (C,): capped gain per time.

    The present target is favoured, and so is what lies in the room that the robot is in: what is
    left over there costs a second way into it.
    """
    config, viewpoints = prospect.request.config, prospect.viewpoints
    gain = np.minimum(viewpoints.gain_m2, config.gain_cap_m2) ** config.gain_exponent
    score = gain / (viewpoints.travel_s + config.look_s)
    score = np.where(is_in_this_room(prospect), score * config.room_bonus, score)
    return np.where(prospect.is_target, score * config.keep_bonus, score)


def is_in_this_room(prospect: Prospect) -> BoolArray:
    """Which viewpoints lie in the robot's room, shape (C,).

    Rooms are what a larger robot could not leave: the connected wide places of the map, and round
    each what is nearer to it than to any other. They are those of the map as it is now, half seen,
    and need no doorway to have been found.
    """
    ground, request = prospect.ground, prospect.request
    clearance_m = clearance_of(ground.cells, ground.spec.resolution_m)
    is_narrow = ~(ground.is_open & (clearance_m >= request.config.room_clearance_m))
    if is_narrow.all():
        return np.ones(len(prospect.viewpoints.cells_rc), dtype=np.bool_)
    _, nearest = cv2.distanceTransformWithLabels(
        is_narrow.astype(np.uint8), cv2.DIST_L2, _MASK_SIZE, labelType=cv2.DIST_LABEL_CCOMP
    )
    rows, cols = prospect.viewpoints.cells_rc.T
    here_rc = ground.spec.cell_rc(*(float(c) for c in request.T_map_robot.translation()))
    return np.asarray(nearest[rows, cols] == nearest[here_rc])
