"""A door as planners see it: where it is, how it is called, and how likely it will be open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebody.geometry import FloatArray


@dataclass(frozen=True, slots=True)
class DoorAhead:
    """One door at the time when the robot could be there.

    Attributes:
        words: As in "the door between hall and kitchen".
        a_map_m, b_map_m: The faces of the walls at its sides, shape (2,) each.
        p_open: Chance that it will be open.
        is_shut: It is not to be tried now: seen shut lately, or hardly ever open.
        may_have_opened: It was seen open, or shut long ago: if the map shows a leaf all across
            it, that leaf may be gone.
        rate_weights, opening_per_s: How likely each rate of opening is, and the rates, shape (R,).
    """

    identity: int
    words: str
    a_map_m: FloatArray
    b_map_m: FloatArray
    p_open: float
    is_shut: bool
    may_have_opened: bool
    rate_weights: FloatArray
    opening_per_s: FloatArray

    @property
    def middle_map_m(self) -> FloatArray:
        return np.asarray(0.5 * (self.a_map_m + self.b_map_m))


@dataclass(frozen=True, slots=True)
class DoorPrices:
    """What doors cost a planner.

    Attributes:
        sure_above: A door more likely open costs nothing.
        no_way_round_s: Most that a shut door can cost.
    """

    sure_above: float = 0.97
    no_way_round_s: float = 180.0
    wait_max_s: float = 20.0
