"""Which of the looks that are worth taking comes next: the one thing that strategies differ in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from navigation.exploration.frontiers import Frontiers
from navigation.exploration.request import ExplorationRequest
from navigation.exploration.viewpoints import Viewpoints
from navigation.global_planner.ground import BoolArray, Ground


@dataclass(frozen=True, slots=True)
class Prospect:
    """All that a choice may look at.

    Attributes:
        is_worth: Which of the C viewpoints may be chosen, shape (C,); at least one.
    """

    request: ExplorationRequest
    ground: Ground
    frontiers: Frontiers
    viewpoints: Viewpoints
    is_worth: BoolArray


class Choice(Protocol):
    """A strategy; a module-level function, so that it can be sent to another process."""

    def __call__(self, prospect: Prospect) -> int:
        """The number of the viewpoint to go to, one of those that are worth it."""
        ...


def is_target(prospect: Prospect) -> BoolArray:
    """Which viewpoint is the one that the robot drives to already, shape (C,)."""
    target_m = prospect.request.target_map_m
    cells_rc = prospect.viewpoints.cells_rc
    if target_m is None:
        return np.zeros(len(cells_rc), dtype=np.bool_)
    return np.asarray((cells_rc == prospect.ground.spec.cells_rc(target_m)).all(axis=1))


def most_per_time(prospect: Prospect) -> int:
    """The most to see for the time it takes."""
    return int(np.argmax(np.where(prospect.is_worth, scores(prospect), -np.inf)))


def scores(prospect: Prospect) -> NDArray[np.float64]:
    """How good each viewpoint is, shape (C,): capped gain per time, the present one favoured."""
    config, viewpoints = prospect.request.config, prospect.viewpoints
    gain = np.minimum(viewpoints.gain_m2, config.gain_cap_m2) ** config.gain_exponent
    score = gain / (viewpoints.travel_s + config.look_s)
    return np.where(is_target(prospect), score * config.keep_bonus, score)
