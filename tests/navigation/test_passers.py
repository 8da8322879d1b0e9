"""Somebody stands in the way: waited for as long as it pays, then gone round."""

import numpy as np
import pytest

from homebody.geometry import SE2
from homebody.grid import GridSpec
from homebody.messages import default_body
from navigation.doors.outlook import DoorPrices
from navigation.global_planner.planner import plan
from navigation.global_planner.request import GlobalPlanRequest
from navigation.goals import PointGoal
from navigation.navigator_config import NavigatorConfig
from navigation.passers import Passer, PasserPatience, passers_of
from navigation.pursuit import Pursuit, time_to_go_s
from navigation.types import FREE, OCCUPIED, MapSnapshot, Mover, TrackedPerson

RES_M, WALL_X_M = 0.05, 4.0
HERE, GOAL = SE2(3.2, 1.0, 0.0), PointGoal(5.0, 1.0)
CONFIG, PRICES = NavigatorConfig(), DoorPrices(wait_max_s=60.0)
IN_THE_DOOR = Passer(np.array([4.0, 1.0]), 0.25)
ASIDE = Passer(np.array([3.4, 1.9]), 0.25)


def two_openings(away_m):
    """Two rooms, an opening before the robot and another so far along the wall."""
    cells = np.full((int((away_m + 2.5) / RES_M), 160), FREE, dtype=np.uint8)
    cells[[0, -1]] = cells[:, [0, -1]] = OCCUPIED
    cells[:, int(WALL_X_M / RES_M)] = OCCUPIED
    for y_m in (1.0, 1.0 + away_m):
        cells[int((y_m - 0.4) / RES_M) : int((y_m + 0.4) / RES_M), int(WALL_X_M / RES_M)] = FREE
    return MapSnapshot(GridSpec(0.0, 0.0, RES_M, *cells.shape), cells, 1)


class Done:
    def __init__(self, result):
        self.result = lambda: result

    def poll(self, now_s):
        return True


class Stand:
    """A robot that stands before an opening, stalled from the start."""

    def __init__(self, snapshot):
        body = default_body()
        self.request = GlobalPlanRequest(snapshot, HERE, np.array([GOAL.x_m, GOAL.y_m]))
        self.patience = PasserPatience(body.inscribed_radius_m, CONFIG)
        self.pursuit = Pursuit(GOAL, HERE, GOAL)
        self.pursuit.take(plan(self.request))
        self.through_s = time_to_go_s(self.pursuit.plan, HERE)
        self.now_s, self.n_asked = 0.0, 0

    def ask(self, obstacles_m):
        self.n_asked += 1
        self.obstacles_m = obstacles_m
        more = {"obstacles_map_m": obstacles_m}
        return Done(
            plan(GlobalPlanRequest(self.request.snapshot, HERE, self.request.goal_map_m, **more))
        )

    def run(self, seconds, *passers):
        """Stand for so long; returns how long of it was spent waiting."""
        waited_s = 0.0
        for _ in range(round(seconds / 0.1)):
            self.patience.step(self.pursuit, HERE, passers, PRICES, self.ask, self.now_s)
            self.now_s += 0.1
            waited_s += 0.1 * bool(self.patience.words)
        return waited_s


@pytest.mark.parametrize("away_m", [2.5, 5.0, 9.0])
def test_it_waits_as_long_as_the_way_round_costs_and_then_goes_it(away_m):
    stand = Stand(two_openings(away_m))
    waited_s = stand.run(70.0, IN_THE_DOOR)
    round_s = time_to_go_s(stand.pursuit.plan, HERE)
    wanted_s = max(0.0, round_s - stand.through_s - CONFIG.passer_typical_s)
    assert waited_s == pytest.approx(wanted_s if wanted_s > 0.5 else 0.0, abs=0.15)
    assert stand.pursuit.plan.path_map_m[:, 1].max() > away_m, "round by the other opening"
    assert len(stand.patience.obstacles_m(stand.now_s)) == 0, "it is forgotten in the end"
    assert stand.n_asked <= 4


def test_the_further_the_way_round_the_longer_it_waits():
    waited = [Stand(two_openings(away_m)).run(70.0, IN_THE_DOOR) for away_m in (2.5, 5.0, 9.0)]
    assert waited[0] < waited[1] < waited[2]


def test_while_it_goes_round_later_plans_do_too():
    stand = Stand(two_openings(2.5))
    stand.run(2.0, IN_THE_DOOR)
    obstacles_m = stand.patience.obstacles_m(stand.now_s)
    off_m = np.linalg.norm(obstacles_m - IN_THE_DOOR.position_map_m, axis=1)
    assert IN_THE_DOOR.radius_m < off_m.max() < 0.5


def test_once_they_are_gone_it_goes_on():
    stand = Stand(two_openings(9.0))
    through = stand.pursuit.plan
    assert stand.run(3.0, IN_THE_DOOR) > 1.5
    assert stand.run(3.0, ASIDE) == 0.0
    assert stand.pursuit.plan is through


def test_with_no_way_round_it_waits_longest_and_keeps_its_way():
    snapshot = two_openings(5.0)
    snapshot.cells[80:, int(WALL_X_M / RES_M)] = OCCUPIED
    stand = Stand(snapshot)
    through = stand.pursuit.plan
    assert stand.run(70.0, IN_THE_DOOR) == pytest.approx(PRICES.wait_max_s, abs=0.3)
    assert stand.pursuit.plan is through


def test_who_stands_beside_the_way_is_not_waited_for():
    stand = Stand(two_openings(5.0))
    assert stand.run(5.0, ASIDE) == 0.0
    assert stand.n_asked == 0


def test_while_it_gains_nobody_is_asked_after():
    stand = Stand(two_openings(5.0))
    for i in range(12):
        here = SE2(1.0 + 0.08 * i, 1.0, 0.0)
        stand.patience.step(stand.pursuit, here, (IN_THE_DOOR,), PRICES, stand.ask, 0.1 * i)
    assert stand.n_asked == 0


def test_who_walks_on_is_not_counted():
    still, walking = (
        TrackedPerson(i, 0.0, np.zeros(2), np.array([speed, 0.0]), np.eye(4))
        for i, speed in enumerate((0.1, 0.8))
    )
    box = Mover(7, 0.0, np.ones(2), np.zeros(2), np.eye(4), 0.4)
    assert [p.radius_m for p in passers_of((still, walking), (box,), 0.25)] == [0.25, 0.4]
