import math

import numpy as np
import pytest
from planner_worlds import BODY, Walker, doorway, open_room

from homebody.geometry import SE2
from navigation.goals import PointGoal
from navigation.local_planner.config import HazardConfig, LocalPlannerConfig, SpaceConfig
from navigation.local_planner.costs.obstacles import ObstacleHazard
from navigation.local_planner.fields import Field, filled_cost_to_go
from navigation.local_planner.footprint import Footprint
from navigation.local_planner.guidance import FieldGuidance, Standing
from navigation.local_planner.objective import Objective
from navigation.local_planner.people import forecast
from navigation.local_planner.scene import Batch, Scene, prepare
from navigation.local_planner.trajectory_space import Manoeuvres, Motion, TrajectorySpace

CONFIG = LocalPlannerConfig()
FOOTPRINT = Footprint(BODY.footprint_m, 0.07, CONFIG.hazard.clearance_far_m)
OBJECTIVE = Objective(CONFIG)


def scene_at(world, pose: SE2, goal_xy, walkers=(), time_s=None, **extra) -> Scene:
    local_map, to_goal = world.local_map(pose, 0.0), world.cost_to_go(goal_xy)
    field = Field.around(to_goal.spec, filled_cost_to_go(to_goal), pose.x_m, pose.y_m)
    times = TrajectorySpace(BODY.limits, CONFIG.space).time_s if time_s is None else time_s
    return Scene(
        distance=Field.around(local_map.spec, local_map.distance_m, pose.x_m, pose.y_m),
        guidance=FieldGuidance(field, PointGoal(*goal_xy), pose.x_m, pose.y_m, 1.0),
        footprint=FOOTPRINT,
        people=forecast(
            tuple(w.track(0.0) for w in walkers), 0.0, times, pose.translation(), CONFIG.hazard
        ),
        **extra,
    )


def manoeuvres(*rows) -> Manoeuvres:
    return Manoeuvres(np.array(rows, dtype=np.float64), np.zeros(len(rows), dtype=np.intp))


def test_halving_the_step_changes_j_by_less_than_two_percent() -> None:
    pose, start = SE2(3.0, 2.3, 0.3), Motion(0.6, 0.2, 0.1, 0.0)
    drawn = manoeuvres(
        (1, 1, 0.0, -0.2, 1.0, 3.0),
        (0.7, 0.4, 0.3, -0.5, 0.7, 2.0),
        (0.4, 0.0, -0.4, 0.6, 1.2, 2.2),
        (0.0, 0.0, 0.0, 0.0, 3.0, 3.0),
        (0.8, 0.8, 0.9, -0.9, 0.5, 1.4),
    )
    scores = []
    for step_s in (0.1, 0.05):
        space = TrajectorySpace(BODY.limits, SpaceConfig(step_s=step_s))
        scene = scene_at(
            doorway(0.8),
            pose,
            (6.8, 4.0),
            (Walker((6.0, 2.5), (-0.5, 0.0)),),
            space.time_s,
        )
        scores.append(OBJECTIVE.score(prepare(space.rollout(drawn, start, 0.3), scene), scene))
    np.testing.assert_allclose(scores[0], scores[1], rtol=0.02, atol=0.01)


def test_no_term_has_a_jump() -> None:
    """Where J changes most along a sweep of a number, a finer sweep changes by finer steps."""
    space = TrajectorySpace(BODY.limits, CONFIG.space)
    scene = scene_at(doorway(0.8), SE2(3.3, 2.4, 0.0), (6.8, 4.0), (Walker((5, 3), (-0.4, 0)),))
    base = np.array([0.5, 0.4, 0.2, -0.3, 0.8, 1.8])
    spans = np.array([1.0, 1.0, 2.0, 2.0, 1.0, 1.0])

    def largest_step(number, low, high):
        values = np.linspace(low, high, 801)
        numbers = np.repeat(base[None], len(values), axis=0)
        numbers[:, number] += values
        drawn = space.clip(Manoeuvres(numbers, np.zeros(len(values), dtype=np.intp)), math.inf)
        rollout = space.rollout(drawn, Motion(0.5, 0.0, 0.0, 0.0), 0.0)
        steps = np.abs(np.diff(OBJECTIVE.score(prepare(rollout, scene), scene)))
        where = int(np.argmax(steps))
        return float(steps[where]), values[where], values[where + 1]

    for number in range(6):
        coarse, low, high = largest_step(number, -0.5 * spans[number], 0.5 * spans[number])
        width = high - low
        fine, _, _ = largest_step(number, low - 20 * width, high + 20 * width)
        assert coarse < 2.5, "steep at a contact, where 10 s are at stake"
        assert fine < max(0.5 * coarse, 0.01)


def test_with_no_hazard_progress_is_the_fall_of_the_cost_to_go() -> None:
    space = TrajectorySpace(BODY.limits, CONFIG.space)
    scene = scene_at(open_room(), SE2(2.0, 3.0, 0.0), (7.0, 3.0))
    rollout = space.rollout(manoeuvres((1, 1, 0, 0, 3, 3)), Motion(1.0, 0, 0, 0), 0.0)
    batch = prepare(rollout, scene)
    survival = OBJECTIVE.survival(batch, scene)[0, -1]
    got = OBJECTIVE.expected_progress_s(batch, scene)[0]
    # 1 s of way per second, fading with patience tau: tau (1 - exp(-3 / tau)); the end is
    # worth the value, less next to nothing for facing the goal
    tau = CONFIG.hazard.patience_s
    assert survival > 0.97
    expected = tau * (1.0 - math.exp(-3.0 / tau)) + CONFIG.hazard.value_s
    assert got == pytest.approx(expected, rel=0.04)


def test_hazard_rises_with_closeness_and_speed() -> None:
    hazard = ObstacleHazard(HazardConfig())
    scene = Scene(distance=None, guidance=Standing(), footprint=FOOTPRINT)
    clearance = np.linspace(0.35, -0.05, 41, dtype=np.float32)[None].repeat(3, axis=0)
    speed = np.array([[0.0], [0.4], [1.0]], dtype=np.float32).repeat(41, axis=1)
    rate = hazard.rate(Batch(None, clearance, speed, None), scene, 0.0)
    assert not rate[0].any(), "standing beside a wall is no danger"
    assert (np.diff(rate[1:], axis=1) > 0.0).all()
    assert (rate[2] > rate[1]).all()


def test_an_uncertain_pose_makes_a_narrow_way_less_likely_to_go_well() -> None:
    space = TrajectorySpace(BODY.limits, CONFIG.space)
    rollout = space.rollout(manoeuvres((0.6, 0.6, 0, 0, 3, 3)), Motion(0.6, 0, 0, 0), 0.0)
    survivals = []
    for std_m in (0.0, 0.05, 0.10):
        scene = scene_at(doorway(0.7), SE2(3.3, 2.5, 0.0), (6.8, 2.5), pose_std_m=std_m)
        survivals.append(float(OBJECTIVE.survival(prepare(rollout, scene), scene)[0, -1]))
    assert survivals[0] > survivals[1] > survivals[2] > 0.0


def test_standing_to_be_run_into_is_worse_than_stepping_aside() -> None:
    space = TrajectorySpace(BODY.limits, CONFIG.space)
    scene = scene_at(open_room(), SE2(4.0, 3.0, 1.57), (4.0, 3.0), (Walker((6.2, 3), (-0.9, 0)),))
    rollout = space.rollout(
        manoeuvres((0, 0, 0, 0, 3, 3), (0.8, 0.8, 0, 0, 1.5, 3)), Motion(0, 0, 0, 0), 1.57
    )
    stand, aside = OBJECTIVE.survival(prepare(rollout, scene), scene)[:, -1]
    assert aside > stand + 0.2


def test_a_person_far_away_changes_nothing() -> None:
    assert forecast((), 0.0, np.arange(3.0), np.zeros(2), CONFIG.hazard) is None
    far = Walker((50.0, 0.0), (0.0, 0.0)).track(0.0)
    assert forecast((far,), 0.0, np.arange(3.0), np.zeros(2), CONFIG.hazard) is None
