import numpy as np
import pytest
from toy_world import ToyWorld, explore, raster

from navigation.types import UNKNOWN

# Four rooms round a corridor, 9 x 7 m, doors of 0.8 m, with furniture.
WALLS = [
    (0.0, 2.8, 1.6, 2.85), (2.4, 2.8, 6.0, 2.85), (6.8, 2.8, 9.0, 2.85),
    (0.0, 4.1, 2.6, 4.15), (3.4, 4.1, 6.6, 4.15), (7.4, 4.1, 9.0, 4.15),
    (4.4, 0.0, 4.45, 2.8), (4.8, 4.15, 4.85, 7.0),
]  # fmt: skip
FURNITURE = [
    (0.0, 0.0, 2.2, 1.0), (3.0, 1.0, 3.6, 1.5), (6.2, 0.9, 7.4, 1.5), (8.4, 0.1, 8.9, 2.0),
    (1.0, 5.4, 2.4, 6.2), (4.0, 6.0, 4.4, 6.9), (6.0, 6.3, 7.6, 6.9), (5.2, 4.8, 5.3, 4.9),
]  # fmt: skip
HOME = raster(9.0, 7.0, WALLS + FURNITURE)
# From the lower left room through the others, and behind the furniture: a person's way of doing it.
SENSIBLE_TOUR = np.array(
    [(3.0, 2.2), (2.6, 0.8), (2.0, 2.8), (2.6, 3.5), (3.0, 4.3), (3.2, 6.4), (0.7, 6.5),
     (3.0, 4.3), (6.9, 3.9), (7.0, 5.5), (5.4, 6.3), (7.0, 4.0), (6.4, 3.0), (5.8, 0.7), (7.9, 0.7)]
)  # fmt: skip
SENSIBLE_M = np.linalg.norm(np.diff(SENSIBLE_TOUR, axis=0), axis=1).sum()


@pytest.fixture(scope="module")
def home_tour():
    return explore(ToyWorld(HOME), (3.0, 2.2), drive_step_m=0.5, decide_every_m=1.5)


def test_a_home_is_seen_whole(home_tour):
    assert home_tour.is_done
    assert home_tour.coverage >= 0.98
    assert home_tour.gave_up == 0


def test_the_tour_is_no_more_than_twice_a_sensible_one(home_tour):
    assert home_tour.length_m <= 2.0 * SENSIBLE_M
    assert home_tour.reached_m[0.95] <= 1.5 * SENSIBLE_M


def test_no_viewpoint_is_stood_at_twice(home_tour):
    points = np.array(home_tour.viewpoints)
    off_m = np.linalg.norm(points[:, None] - points[None], axis=2)
    assert off_m[np.triu_indices(len(points), 1)].min() > 0.2
    assert len(points) <= 40


def test_progress_rises_to_all(home_tour):
    shares = np.array(home_tour.shares)
    assert shares[-1] == 1.0
    assert ((shares >= 0.0) & (shares <= 1.0)).all()
    assert shares[0] < 0.8
    assert np.diff(shares).min() > -0.25  # a door seen for the first time may lower it


def test_every_start_ends_well():
    tour = explore(ToyWorld(HOME, seed=4), (8.0, 5.0), drive_step_m=0.5, decide_every_m=2.0)
    assert tour.is_done
    assert tour.coverage >= 0.98


def test_an_empty_room_needs_hardly_a_step():
    tour = explore(ToyWorld(raster(4.0, 3.0, [])), (1.0, 1.0))
    assert tour.is_done
    assert tour.coverage >= 0.99
    assert tour.length_m < 3.0


def test_a_slit_that_the_robot_cannot_pass_does_not_hold_it():
    # The closet on the right is seen only through a slit of 0.15 m.
    free = raster(5.0, 3.0, [(3.5, 0.0, 3.55, 1.0), (3.5, 1.15, 3.55, 3.0)])
    tour = explore(ToyWorld(free), (1.0, 2.0))
    assert tour.is_done
    assert tour.coverage >= 0.98
    assert tour.length_m < 8.0


class GlassyWorld(ToyWorld):
    """A place that never shows: every look leaves it unseen."""

    def scan(self, xy_m, **options):
        super().scan(xy_m, **options)
        low, high = self.spec.cell_rc(3.0, 1.5), self.spec.cell_rc(3.6, 2.1)
        self.cells[low[0] : high[0], low[1] : high[1]] = UNKNOWN


def test_a_frontier_that_never_clears_is_given_up():
    tour = explore(GlassyWorld(raster(5.0, 4.0, [])), (1.0, 1.0))
    assert tour.is_done
    assert len(tour.memory.blacklist_map_m) >= 1
    assert len(tour.viewpoints) <= 16
    assert np.linalg.norm(tour.memory.blacklist_map_m - (3.3, 1.8), axis=1).max() < 0.6


def test_the_time_left_falls_and_is_told_within_a_factor_of_two_in_the_second_half(home_tour):
    # A metre of this toy's way takes about two seconds: clearance and turns included.
    told_s = np.array(home_tour.told_s)
    left_s = 2.0 * (home_tour.length_m - np.array(home_tour.at_m))
    second = np.array(home_tour.at_m) >= home_tour.length_m / 2.0
    factor = np.maximum(told_s, 10.0) / np.maximum(left_s, 10.0)
    assert np.median(np.abs(np.log2(factor[second]))) <= 1.0
    third = len(told_s) // 3
    assert told_s[-third:].mean() < 0.6 * told_s[:third].mean()
    assert told_s[-1] == 0.0
