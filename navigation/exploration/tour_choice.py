"""The first stop of a good tour through all that is left to see.

A few looks are taken out that together show what all would (greedy set cover), and ordered so that
much is seen early and nothing near is left behind for a second trip: the open tour of `open_tour`,
weighted by what each look adds. As in TARE (Cao et al., RSS 2021) and FUEL (Zhou et al., RA-L 2021)
the whole tour is planned anew at each decision and only its first stop is driven to.
Cost: 10 ms more than the candidates for a home of 12 x 12 m.
"""

from __future__ import annotations

import numpy as np

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.exploration.choice import Prospect, is_target, most_per_time
from navigation.exploration.open_tour import open_tour
from navigation.global_planner.field import TravelTime

_COARSE = 2  # cells of the ground per cell of the grid that the legs are searched on, each way


def much_first_then_tour(prospect: Prospect) -> int:
    """Most per time while there is much to see somewhere; then what is left, in a good order."""
    is_much = prospect.viewpoints.gain_m2[prospect.is_worth] >= prospect.request.config.much_m2
    return most_per_time(prospect) if is_much.any() else first_of_tour(prospect)


def first_of_tour(prospect: Prospect) -> int:
    """The viewpoint that the tour goes to first."""
    config, viewpoints = prospect.request.config, prospect.viewpoints
    price = np.where(prospect.is_worth, viewpoints.travel_s + config.cover_s, np.inf)
    kept = np.flatnonzero(is_target(prospect) & prospect.is_worth)
    first = int(kept[0]) if len(kept) else -1
    stops, added_cells = viewpoints.views.distinct(config.tour_stops_max, price, first)
    leg_s = _legs_s(prospect, stops)
    added_m2 = added_cells * prospect.ground.spec.resolution_m**2
    weights = np.concatenate([[0.0], config.early_weight * added_m2 / added_m2.sum()])
    order = open_tour(leg_s, weights)
    return int(stops[order[1] - 1])


def _legs_s(prospect: Prospect, stops: IntArray) -> FloatArray:
    """Times between the robot (0) and the stops (1 to S), with the look there, (S + 1, S + 1)."""
    config, viewpoints = prospect.request.config, prospect.viewpoints
    leg_s = np.zeros((len(stops) + 1, len(stops) + 1))
    leg_s[0, 1:] = viewpoints.travel_s[stops]
    leg_s[0, 1:][is_target(prospect)[stops]] /= config.keep_bonus
    leg_s[1:, 1:] = between_s(prospect, viewpoints.cells_rc[stops])
    return leg_s + config.look_s


def between_s(prospect: Prospect, cells_rc: IntArray) -> FloatArray:
    """Travel times between reachable cells (S, 2), shape (S, S), on a coarser grid."""
    slowness = prospect.ground.slowness_s_m
    rows, cols = (-(-n // _COARSE) * _COARSE for n in slowness.shape)
    padded = np.full((rows, cols), np.inf)
    padded[: slowness.shape[0], : slowness.shape[1]] = slowness
    # The best of the cells in it: what is connected stays connected.
    coarse = padded.reshape(rows // _COARSE, _COARSE, cols // _COARSE, _COARSE).min(axis=(1, 3))
    at = cells_rc // _COARSE
    resolution_m = prospect.ground.spec.resolution_m * _COARSE
    times = np.zeros((len(at), len(at)))
    for i in range(len(at) - 1):
        time_s = TravelTime(coarse, resolution_m, (int(at[i, 0]), int(at[i, 1]))).time_s
        times[i, i + 1 :] = times[i + 1 :, i] = time_s[at[i + 1 :, 0], at[i + 1 :, 1]]
    return times
