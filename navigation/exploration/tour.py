"""A tour through all that is known to be left to see.

A few looks are taken out that together show nearly what all would (greedy set cover) and put in a
good order (see `open_tour`). As in TARE (Cao et al., RSS 2021) and FUEL (Zhou et al., RA-L 2021)
the tour is planned anew at each decision. Cost: 10 ms for a home of 12 x 12 m.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.exploration.config import ExplorationConfig
from navigation.exploration.open_tour import open_tour
from navigation.exploration.viewpoints import Viewpoints
from navigation.global_planner.field import TravelTime
from navigation.global_planner.ground import BoolArray, Ground

_COARSE = 2  # cells of the ground per cell of the grid that the legs are searched on, each way


@dataclass(frozen=True, slots=True)
class Tour:
    """Viewpoints to look from in this order, shape (S,), and what they take and show.

    Attributes:
        time_s: On the way until the last look.
        gain_m2: Expected to be seen from all of them together.
    """

    stops: IntArray
    time_s: float
    gain_m2: float


def plan_tour(
    ground: Ground,
    viewpoints: Viewpoints,
    is_worth: BoolArray,
    is_target: BoolArray,
    config: ExplorationConfig,
) -> Tour:
    """A tour of the looks that are worth it, (C,) each; the target, if any, is among them."""
    price = np.where(is_worth, viewpoints.travel_s + config.cover_s, np.inf)
    kept = np.flatnonzero(is_target & is_worth)
    first = int(kept[0]) if len(kept) else -1
    stops, added_cells = viewpoints.views.distinct(config.tour_stops_max, price, first)
    if not len(stops):
        return Tour(stops, 0.0, 0.0)
    leg_s = np.zeros((len(stops) + 1, len(stops) + 1))
    leg_s[0, 1:] = viewpoints.travel_s[stops]
    leg_s[1:, 1:] = _between_s(ground, viewpoints.cells_rc[stops])
    leg_s += config.look_s
    seeming_s = leg_s.copy()
    seeming_s[0, 1:][is_target[stops]] /= config.keep_bonus
    early = config.early_weight * added_cells / added_cells.sum()
    order = open_tour(seeming_s, np.concatenate([[0.0], early]))
    gain_m2 = float(added_cells.sum()) * ground.spec.resolution_m**2
    way_s = float((leg_s[order[:-1], order[1:]] - config.look_s).sum())
    return Tour(stops[order[1:] - 1], way_s, gain_m2)


def _between_s(ground: Ground, cells_rc: IntArray) -> FloatArray:
    """Travel times between reachable cells (S, 2), shape (S, S), on a coarser grid."""
    slowness = ground.slowness_s_m
    rows, cols = (-(-n // _COARSE) * _COARSE for n in slowness.shape)
    padded = np.full((rows, cols), np.inf)
    padded[: slowness.shape[0], : slowness.shape[1]] = slowness
    # The best of the cells in it: what is connected stays connected.
    coarse = padded.reshape(rows // _COARSE, _COARSE, cols // _COARSE, _COARSE).min(axis=(1, 3))
    at = cells_rc // _COARSE
    times = np.zeros((len(at), len(at)))
    for i in range(len(at) - 1):
        start_rc = (int(at[i, 0]), int(at[i, 1]))
        time_s = TravelTime(coarse, ground.spec.resolution_m * _COARSE, start_rc).time_s
        times[i, i + 1 :] = times[i + 1 :, i] = time_s[at[i + 1 :, 0], at[i + 1 :, 1]]
    return times
