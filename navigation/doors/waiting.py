"""Waiting at a door that was just found shut: whether, for how long, and in which words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from homebody.geometry import FloatArray
from navigation.doors.outlook import DoorAhead, DoorPrices
from navigation.doors.patience import patience_s

_NEAR_M = 2.0  # further away the way round begins here as well as there
_WORTH_S = 0.5


@dataclass(frozen=True, slots=True)
class DoorWait:
    """The robot stands before a door and waits for it to open."""

    identity: int
    until_s: float
    words: str

    def is_over(self, doors: Sequence[DoorAhead], now_s: float) -> bool:
        """Once time is up or the door is not shut any more."""
        shut = any(door.identity == self.identity and door.is_shut for door in doors)
        return now_s >= self.until_s or not shut


def wait_at_door(
    door_ids: Sequence[int],
    through_s: float,
    round_s: float,
    doors: Sequence[DoorAhead],
    here_map_m: FloatArray,
    prices: DoorPrices,
    now_s: float,
) -> DoorWait | None:
    """The wait that costs least, None where it is best to go at once.

    Args:
        door_ids: Doors of the way that was to be driven, in its order.
        through_s: What was left of it.
        round_s: What the way round takes; `inf` where there is none.
    """
    shut = {door.identity: door for door in doors if door.is_shut}
    door = next((shut[i] for i in door_ids if i in shut), None)
    if door is None or not math.isfinite(through_s):
        return None
    is_far = float(np.hypot(*(door.middle_map_m - here_map_m))) > _NEAR_M
    if is_far and math.isfinite(round_s):
        return None
    saved_s = min(round_s - through_s, prices.no_way_round_s)
    wait_s = patience_s(door.rate_weights, door.opening_per_s, saved_s, prices.wait_max_s)
    if wait_s < _WORTH_S:
        return None
    return DoorWait(door.identity, now_s + wait_s, f"waiting a moment for {door.words}")
