"""The parts of the exploration benchmark: the all-knowing tour, the baselines, the promises."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.all_knowing_tour import AllKnowingPlanner
from benchmarks.exploration import promises_kept, summary_of
from benchmarks.exploration_baselines import (
    greedy_information,
    nearest_frontier,
)
from benchmarks.exploration_run import ExplorationRun, Reached
from drivers.simulation.homes.raster import reachable_free_area
from drivers.simulation.truth import TrueCells
from homebody.geometry import SE2
from homebody.grid import GridSpec
from navigation.exploration.choice import Choice
from navigation.exploration.explorer import next_viewpoint
from navigation.exploration.request import ExplorationRequest
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot

SPEC = GridSpec(0.0, 0.0, 0.05, 60, 240)  # 12 x 3 m
START = SE2(1.0, 1.5, 0.0)


def true_cells(*walls: tuple[slice, slice]) -> TrueCells:
    solid = np.zeros(SPEC.shape, dtype=np.bool_)
    solid[0], solid[-1], solid[:, 0], solid[:, -1] = (True,) * 4
    for wall in walls:
        solid[wall] = True
    reachable = reachable_free_area(SPEC, solid, START, 0.125)
    return TrueCells(SPEC, solid, reachable, np.zeros_like(solid))


def test_a_long_hall_is_seen_from_so_far_that_rays_of_five_metres_come_to_its_end() -> None:
    """12 m, start at 1 m: to see to 11.95 m one has to stand at some 7 m, so 6 m of way."""
    tour = AllKnowingPlanner(true_cells(), START, 0.125).tour(0.99)
    assert tour.length_m == pytest.approx(6.0, abs=0.6)
    assert tour.pruned_m <= tour.length_m


def test_what_is_seen_from_the_start_needs_no_tour() -> None:
    hall = true_cells((slice(None), slice(80, 82)))  # a wall at 4 m, without a door
    tour = AllKnowingPlanner(hall, START, 0.125).tour(0.99)
    assert (tour.length_m, tour.n_places) == (0.0, 0)


def test_two_closets_on_either_side_are_visited_the_near_one_first() -> None:
    """Closets behind slits of doors at both ends; the start is nearer to the left one."""
    left = (slice(0, 44), slice(10, 12))
    right = (slice(16, 60), slice(200, 202))
    tour = AllKnowingPlanner(true_cells(left, right), START, 0.125).tour(0.99)
    assert 9.0 < tour.length_m < 14.0


def run_with(promises: list[tuple[float, float]], time_s: float) -> ExplorationRun:
    return ExplorationRun(
        True, "", time_s, 1.0, 1.0, 0, (Reached(),) * 3, np.array(promises), np.zeros((0, 2))
    )


def test_promises_count_in_the_second_half_within_a_factor_of_two() -> None:
    # Of 100 s: at 40 s it does not count yet; 20 s told at 50 s is too little, 70 s at 60 s is
    # right, 41 s at 80 s too much, and at 98 s both what is told and what is true count as 5 s.
    told = [(1.0, 40.0), (20.0, 50.0), (70.0, 60.0), (41.0, 80.0), (0.0, 98.0)]
    assert promises_kept(run_with(told, 100.0)) == 0.5


def decide(choice: Choice, target_map_m: tuple[float, float] | None = None) -> float:
    """Where (x [m]) to look from in a hall with a small unseen place at 3 m and much behind 8 m."""
    cells = np.full(SPEC.shape, FREE, dtype=np.uint8)
    cells[0], cells[-1], cells[:, 0], cells[:, -1] = (OCCUPIED,) * 4
    cells[40:59, 50:58] = UNKNOWN
    cells[1:-1, 160:-1] = UNKNOWN
    target = None if target_map_m is None else np.array(target_map_m)
    request = ExplorationRequest(MapSnapshot(SPEC, cells, 1), START, target_map_m=target)
    viewpoint = next_viewpoint(request, choose=choice).viewpoint_map_m
    assert viewpoint is not None
    return float(viewpoint[0])


def test_the_nearest_goes_to_the_near_place_and_the_greedy_to_the_large_one() -> None:
    assert decide(nearest_frontier) < 4.0
    assert decide(greedy_information) > 5.0


def test_yamauchi_drives_to_its_target_even_when_it_has_been_seen() -> None:
    seen_target = (1.525, 0.525)
    assert decide(nearest_frontier, seen_target) == pytest.approx(1.525)


def test_the_summary_pairs_homes_that_both_strategies_finished() -> None:
    def row(home: str, strategy: str, way_m: float) -> dict[str, object]:
        shares = {f"{kind}{p}{unit}": way_m for p in (90, 95, 99) for kind, unit in
                  (("way", "_m"), ("time", "_s"), ("tour", "_m"), ("pruned", "_m"))}  # fmt: skip
        return {"home": home, "strategy": strategy, "done": True, "collisions": 0,
                "left_kept": 1.0, **shares}  # fmt: skip

    rows = [row("a", "homebody", 8.0), row("a", "nearest_frontier", 10.0),
            row("b", "homebody", float("inf")), row("b", "nearest_frontier", 10.0),
            row("a", "greedy_information", 4.0)]  # fmt: skip
    summary = summary_of(rows)
    assert summary["way95_over_nearest_frontier"] == pytest.approx(0.8)
    assert summary["way95_over_greedy_information"] == pytest.approx(2.0)
    assert summary["homebody_reached99"] == 1.0
