import math
from dataclasses import replace

import numpy as np
import pytest
from planner_worlds import BODY, Walker, doorway, open_room

from homebody.geometry import SE2
from navigation.goals import DirectionGoal, PointGoal, PoseGoal, following
from navigation.local_planner.config import LocalPlannerConfig
from navigation.local_planner.planner import LocalPlanner
from navigation.local_planner.request import PlanRequest
from navigation.types import CostToGo, LocalPlan, MotionState, Target

WORLD = doorway(0.8)
TO_GOAL = WORLD.cost_to_go((6.8, 4.0))


def planner() -> LocalPlanner:
    return LocalPlanner(BODY, LocalPlannerConfig(), np.random.default_rng(1))


def request(**changes) -> PlanRequest:
    state = MotionState(SE2(2.5, 2.4, 0.0), 0.6)
    good = PlanRequest(
        10.0, state, WORLD.local_map(state.T_map_robot, 0.0), TO_GOAL, PointGoal(6.8, 4.0)
    )
    return replace(good, **changes)


def assert_finite(plan: LocalPlan) -> None:
    for array in (plan.time_s, plan.xyt_map, plan.speed_m_s, plan.yaw_rate_rad_s):
        assert np.isfinite(array).all()
    assert np.isfinite(plan.candidates_xy_map_m).all()
    assert np.isfinite(plan.candidate_cost).all()
    assert plan.xyt_map.shape == (len(plan.time_s), 3)


def with_map(**changes) -> PlanRequest:
    good = request()
    return replace(good, local_map=replace(good.local_map, **changes))


BAD = {
    "nan speed": request(state=MotionState(SE2(2.5, 2.4, 0.0), math.nan)),
    "nan pose": request(state=MotionState(SE2(math.nan, 2.4, 0.0), 0.5)),
    "nan time": request(start_time_s=math.nan),
    "nan map": with_map(distance_m=np.full((240, 240), np.nan, dtype=np.float32)),
    "empty map": with_map(
        distance_m=np.zeros((0, 0), dtype=np.float32),
        occupied=np.zeros((0, 0), dtype=bool),
        unknown=np.zeros((0, 0), dtype=bool),
    ),
    "no way": request(cost_to_go=None),
    "nowhere open": request(
        cost_to_go=CostToGo(TO_GOAL.spec, np.full(TO_GOAL.spec.shape, np.inf, dtype=np.float32))
    ),
    "nan goal": request(goal=PointGoal(math.nan, 0.0)),
    "nan cost to go": request(
        cost_to_go=CostToGo(TO_GOAL.spec, np.full(TO_GOAL.spec.shape, np.nan, dtype=np.float32))
    ),
    "old ranges": request(ranges_age_s=0.9),
    "ranges of no age": request(ranges_age_s=math.nan),
    "nan target": request(
        goal=following(1), target=Target(0.0, np.array([math.nan, 0.0]), np.zeros(2), 1.5)
    ),
    "unknown target": request(goal=following(1)),
    "elsewhere": request(state=MotionState(SE2(90.0, 2.4, 0.0), 0.5)),
}


@pytest.mark.parametrize("case", list(BAD), ids=list(BAD))
def test_whatever_is_wrong_the_plan_is_finite_and_brakes(case: str) -> None:
    ours = planner()
    for bad in (BAD[case], BAD[case]):
        plan = ours.step(bad)
        assert_finite(plan)
        assert plan.is_stopping
        assert plan.reason
        assert abs(plan.speed_m_s[-1]) < 1e-3
        assert abs(plan.yaw_rate_rad_s[-1]) < 1e-3
    good = ours.step(request())
    assert_finite(good)
    assert not good.is_stopping


def test_odd_but_usable_input_gives_a_finite_plan() -> None:
    walker = Walker((4, 2.4), (-0.3, 0.0)).track(10.0)
    broken = replace(walker, position_map_m=np.array([math.nan, 0.0]))
    certain = replace(walker, covariance=np.zeros((4, 4)))
    odd = [
        with_map(distance_m=np.full((240, 240), np.inf, dtype=np.float32)),
        with_map(unknown=np.ones((240, 240), dtype=bool)),
        request(people=(walker, broken, certain)),
        request(pose_covariance=np.zeros((3, 3))),
        request(pose_covariance=np.full((3, 3), math.nan)),
        request(pose_covariance=np.diag([0.01, 0.01, 0.01])),
        request(speed_limit_m_s=0.0),
        request(state=MotionState(SE2(2.5, 2.4, 0.0), 3.0, -9.0, 4.0, 20.0)),
        with_map(occupied=np.ones((240, 240), dtype=bool), distance_m=np.zeros((240, 240), "f4")),
        request(goal=None, cost_to_go=None),
        request(goal=DirectionGoal(0.5, 1.0)),
        request(goal=PoseGoal(SE2(6.8, 4.0, 40.0))),
    ]
    for one in odd:
        assert_finite(planner().step(one))


def test_the_plan_starts_at_the_state_and_carries_candidates() -> None:
    plan = planner().step(request())
    assert plan.start_time_s == 10.0
    np.testing.assert_allclose(plan.xyt_map[0], (2.5, 2.4, 0.0), atol=1e-6)
    assert plan.speed_m_s[0] == pytest.approx(0.6, abs=1e-6)
    assert plan.time_s[0] == 0.0
    assert plan.time_s[-1] == pytest.approx(3.0)
    assert plan.candidates_xy_map_m.shape[0] == len(plan.candidate_cost) == 40
    assert plan.candidate_cost.min() == 0.0
    assert plan.reason == "on the way"


def test_a_blocked_way_is_said() -> None:
    room = open_room()
    state = MotionState(SE2(4.0, 3.0, 0.0))
    local_map = room.local_map(state.T_map_robot, 0.0)
    occupied = local_map.occupied.copy()
    # a ring of walls, 3 cm from the body
    points = state.T_map_robot.inverse().apply(
        local_map.spec.centres_m(np.indices(occupied.shape).transpose(1, 2, 0))
    )
    beyond = np.maximum(np.abs(points[..., 0]) - 0.26, np.abs(points[..., 1]) - 0.18)
    occupied[(beyond > 0.0) & (beyond < 0.1)] = True
    from planner_worlds import FINE_M, distance_m

    blocked = replace(local_map, occupied=occupied, distance_m=distance_m(occupied, FINE_M))
    plan = planner().step(
        PlanRequest(0.0, state, blocked, room.cost_to_go((7, 3)), PointGoal(7.0, 3.0))
    )
    assert np.abs(plan.xyt_map[:, 0] - 4.0).max() < 0.05
    assert_finite(plan)


def test_a_change_of_goal_shows_within_200_ms() -> None:
    room = open_room()
    ours = planner()
    state = MotionState(SE2(4.0, 3.0, 0.0), 1.0)
    local_map = room.local_map(state.T_map_robot, 0.0)
    ahead, behind = room.cost_to_go((7, 3)), room.cost_to_go((1, 3))
    ours.step(PlanRequest(0.0, state, local_map, ahead, PointGoal(7, 3)))
    plan = ours.step(PlanRequest(0.1, state, local_map, behind, PointGoal(1, 3)))
    assert plan.speed_m_s[10] < 0.95 or abs(plan.yaw_rate_rad_s[10]) > 0.3


def test_reset_forgets() -> None:
    ours = planner()
    first = ours.step(request())
    ours.reset()
    assert len(ours.recent_states) == 0
    again = ours.step(request())
    assert again.start_time_s == first.start_time_s


def test_an_internal_nan_brakes_and_hands_over_the_recent_states(monkeypatch) -> None:
    ours = planner()
    ours.step(request())
    monkeypatch.setattr(
        ours._objective,
        "score",
        lambda batch, _: np.full(len(batch.rollout.x), -np.inf, dtype=np.float32),
    )
    plan = ours.step(request(start_time_s=10.1))
    assert_finite(plan)
    assert plan.is_stopping
    assert plan.fault is not None
    assert "internal error" in plan.fault.reason
    assert [time_s for time_s, _ in plan.fault.states] == [10.0, 10.1]
    assert abs(plan.speed_m_s[-1]) < 1e-3


def test_the_winner_is_never_worse_than_the_shifted_last_plan_or_full_braking() -> None:
    ours, seen = planner(), []
    search = ours._optimizer.search

    def noted(broad, *others):
        found = search(broad, *others)
        seen.append((len(broad), found))
        return found

    ours._optimizer.search = noted
    for i in range(5):
        ours.step(request(start_time_s=10.0 + 0.1 * i))
    for n_broad, found in seen:
        assert n_broad >= 256 - 1
        first = found.score[:3]  # the shifted plan where there is one, and both brakings
        assert found.score[found.best] >= first.max()
        assert len(found.score) >= 600
