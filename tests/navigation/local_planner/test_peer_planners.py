"""The peers within our robot: bound to the body's limits, heading for the goal, standing at it."""

import numpy as np
import pytest
from planner_worlds import BODY, open_room
from planner_worlds import World as PlanWorld

from benchmarks.ablation import NoTerminalValue, WeightedSum
from benchmarks.grace import DWA
from benchmarks.peers.dwa_planner import DwaPlanner, way_down
from benchmarks.peers.limiter import Limited, followed
from benchmarks.planner_case import make_case
from homebody.geometry import SE2
from navigation.goals import DirectionGoal, PointGoal
from navigation.local_planner.objective import Objective
from navigation.local_planner.request import Planner, PlanRequest
from navigation.local_planner.scene import prepare
from navigation.types import LocalPlan, MotionState

LIMITS = BODY.limits
GOAL = PointGoal(6.0, 4.0)


def peer(name: str) -> Planner:
    if name == "dwa":
        return DwaPlanner(BODY, DWA)
    pytest.importorskip("pytorch_mppi")
    from benchmarks.peers.mppi import MppiPlanner, MppiSettings

    return MppiPlanner(BODY, MppiSettings(), np.random.default_rng(1))


def drive(planner: Planner, world: PlanWorld, goal: PointGoal, limit_s: float) -> np.ndarray:
    """Poses at every cycle while the first 0.1 s of each plan is followed."""
    state, to_goal, poses = MotionState(SE2(1.5, 1.5, 0.0)), world.cost_to_go((6.0, 4.0)), []
    for now_s in np.arange(0.0, limit_s, 0.1):
        pose = state.T_map_robot
        local_map = world.local_map(pose, float(now_s))
        plan = planner.step(PlanRequest(float(now_s), state, local_map, to_goal, goal))
        x, y, yaw = (float(np.interp(0.1, plan.time_s, c)) for c in plan.xyt_map.T)
        v, w = (
            float(np.interp(0.1, plan.time_s, c)) for c in (plan.speed_m_s, plan.yaw_rate_rad_s)
        )
        state = MotionState(SE2(x, y, yaw), v, w)
        poses.append((x, y, yaw, v, w))
    return np.array(poses)


@pytest.mark.parametrize("name", ["dwa", "mppi"])
def test_a_peer_reaches_the_goal_and_stands_there(name: str) -> None:
    poses = drive(Limited(peer(name), LIMITS), open_room(), GOAL, 16.0)
    assert np.hypot(*(poses[-1, :2] - (6.0, 4.0))) < 0.3
    assert np.abs(poses[-1, 3:]).max() < 0.15


def test_the_limiter_keeps_acceleration_and_jerk() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        targets = np.repeat(rng.uniform(-0.3, 1.0, 12), 5)
        start = (float(rng.uniform(-0.3, 1.0)), 0.0)
        speed, accel = followed(start, targets, 1.0, 3.0)
        assert np.abs(accel).max() <= 1.0 + 1e-9
        assert np.abs(np.diff(accel)).max() <= 3.0 * 0.05 + 1e-9
        assert np.abs(np.diff(speed)).max() <= 1.0 * 0.05 + 1e-9


def test_the_limiter_reaches_a_held_speed_in_the_time_of_the_fastest_ramp() -> None:
    speed, accel = followed((0.0, 0.0), np.full(60, 1.0), 1.0, 3.0)
    # v / a + a / j = 1 / 1 + 1 / 3 s, to the next step of 0.05 s
    assert speed[28] == pytest.approx(1.0, abs=1e-6)
    assert speed[25] < 1.0
    assert accel[28] == pytest.approx(0.0, abs=1e-6)


class _Fixed:
    def step(self, request: PlanRequest) -> LocalPlan:
        times = np.array([0.0, 1.0])
        return LocalPlan(request.start_time_s, times, np.zeros((2, 3)), np.ones(2), np.zeros(2))


def test_the_limiter_goes_on_from_its_last_plan_unless_the_body_is_elsewhere() -> None:
    local_map = open_room().local_map(SE2(2.0, 2.0, 0.0), 0.0)
    limited = Limited(_Fixed(), LIMITS)
    first = limited.step(PlanRequest(0.0, MotionState(SE2.identity()), local_map))
    due = float(np.interp(0.1, first.time_s, first.speed_m_s))
    noisy = MotionState(SE2.identity(), due + 0.1)
    assert limited.step(PlanRequest(0.1, noisy, local_map)).speed_m_s[0] == pytest.approx(due)
    pushed = MotionState(SE2.identity(), 0.9)
    assert limited.step(PlanRequest(0.2, pushed, local_map)).speed_m_s[0] == pytest.approx(0.9)


def test_the_way_down_ends_at_the_goal() -> None:
    to_goal = open_room().cost_to_go((6.0, 4.0))
    way = way_down(to_goal, np.array([4.0, 3.0]), (6.0, 4.0))
    np.testing.assert_allclose(way[-1], (6.0, 4.0))
    assert np.linalg.norm(np.diff(way, axis=0), axis=1).max() < 0.11
    assert len(way_down(to_goal, np.array([400.0, 3.0]), (6.0, 4.0))) == 0


def test_a_peer_backs_out_when_asked_to() -> None:
    local_map = open_room().local_map(SE2(2.0, 2.0, 0.0), 0.0)
    request = PlanRequest(
        0.0, MotionState(SE2(2.0, 2.0, 0.0)), local_map, goal=DirectionGoal(distance_m=-0.3)
    )
    assert Limited(DwaPlanner(BODY, DWA), LIMITS).step(request).speed_m_s[-1] < -0.1


def test_the_ablated_objectives_differ_from_ours_by_what_is_taken_out() -> None:
    case = make_case(2, 100)
    batch = prepare(case.rollout(), case.scene)
    ours = Objective(case.config)
    alive = ours.survival(batch, case.scene)[:, -1]
    whole = ours.expected_progress_s(batch, case.scene)
    valueless = NoTerminalValue(case.config).expected_progress_s(batch, case.scene)
    np.testing.assert_allclose(whole - valueless, 10.0 * alive, atol=1e-4)
    nothing = {
        "obstacle_per_m": 0.0,
        "contact_per_m": 0.0,
        "unknown_per_m": 0.0,
        "person_per_s": 0.0,
    }
    harmless = case.config.model_copy(
        update={"hazard": case.config.hazard.model_copy(update=nothing)}
    )
    certain = Objective(harmless).expected_progress_s(batch, case.scene)
    weighted = WeightedSum(case.config).expected_progress_s(batch, case.scene)
    is_told = alive > 1e-20  # single precision ends not far below
    expected = certain + 10.0 * np.log(alive, where=is_told, out=np.zeros_like(alive))
    np.testing.assert_allclose(weighted[is_told], expected[is_told], rtol=1e-4, atol=1e-3)
    assert is_told.sum() > 10
