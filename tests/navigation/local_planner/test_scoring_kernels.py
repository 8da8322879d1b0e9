"""The compiled scoring against its NumPy forms, on random motions in random scenes."""

import guidance_reference
import numpy as np
import pytest
import scoring_reference as reference
from planner_worlds import BODY, Walker, doorway

from homebody.geometry import SE2
from homebody.messages import MotionLimits
from navigation.goals import DirectionGoal, PointGoal, PoseGoal
from navigation.local_planner.costs.comfort_speed import ComfortSpeed
from navigation.local_planner.costs.consistency import Consistency
from navigation.local_planner.costs.escape import Escape
from navigation.local_planner.costs.obstacles import ObstacleHazard
from navigation.local_planner.costs.people import PeopleHazard
from navigation.local_planner.costs.personal_space import PersonalSpace
from navigation.local_planner.costs.reverse import Reverse
from navigation.local_planner.costs.smoothness import Comfort, Smoothness
from navigation.local_planner.costs.unknown import UnknownHazard
from navigation.local_planner.fast_math import exp32, falling32, sin_cos32, tanh32
from navigation.local_planner.fields import Field, filled_cost_to_go
from navigation.local_planner.footprint import Footprint
from navigation.local_planner.guidance import DirectionGuidance, FieldGuidance
from navigation.local_planner.objective import Objective
from navigation.local_planner.people import forecast
from navigation.local_planner.scene import Batch, Scene, prepare
from navigation.local_planner.trajectory_space import Manoeuvres, Motion, TrajectorySpace

CONFIG = reference.CONFIG
FOOTPRINT = Footprint(BODY.footprint_m, CONFIG.footprint_spacing_m, CONFIG.hazard.clearance_far_m)
WALKERS = (Walker((4.2, 2.9), (-0.5, 0.0)), Walker((3.0, 1.9), (0.2, 0.3)))
SEEDS = [1, 2, 3]
CLOSE = {"rtol": 1e-4, "atol": 1e-4}


def random_scene(rng: np.random.Generator, *, is_stuck: bool = False) -> Scene:
    """Before a doorway, with people, unknown cells, a last plan and an uncertain pose."""
    pose = SE2(rng.uniform(2.8, 3.6), rng.uniform(2.2, 2.8), 0.0)
    world, time_s = doorway(0.8), TrajectorySpace(BODY.limits, CONFIG.space).time_s
    local_map, to_goal = world.local_map(pose, 0.0), world.cost_to_go((6.8, 4.0))
    times = Field.around(to_goal.spec, filled_cost_to_go(to_goal), pose.x_m, pose.y_m)
    unknown = rng.random(local_map.spec.shape).astype(np.float32)
    tracks = tuple(walker.track(0.0) for walker in WALKERS)
    return Scene(
        distance=Field.around(local_map.spec, local_map.distance_m, pose.x_m, pose.y_m),
        guidance=FieldGuidance(times, PointGoal(6.8, 4.0), pose.x_m, pose.y_m, 1.0),
        footprint=FOOTPRINT,
        unknown=Field.around(local_map.spec, unknown, pose.x_m, pose.y_m),
        people=forecast(tracks, 0.0, time_s, pose.translation(), CONFIG.hazard),
        last_speed=rng.uniform(0.0, 1.0, len(time_s)),
        last_yaw_rate=rng.uniform(-1.0, 1.0, len(time_s)),
        pose_std_m=0.04,
        is_stuck_inside=is_stuck,
    )


def random_batch(rng: np.random.Generator, scene: Scene) -> Batch:
    space = TrajectorySpace(BODY.limits, CONFIG.space)
    low, high = np.array([-0.3, -0.3, -2, -2, 0, 0]), np.array([1, 1, 2, 2, 3, 3])
    drawn = Manoeuvres(rng.uniform(low, high, (200, 6)), np.zeros(200, dtype=np.intp))
    start = Motion(rng.uniform(-0.2, 0.9), 0.1, rng.uniform(-1.0, 1.0), 0.0)
    return prepare(space.rollout(space.clip(drawn, 1.0), start, rng.uniform(-3.0, 3.0)), scene)


@pytest.fixture(params=SEEDS)
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


def test_clearance_and_gaps_are_those_of_the_reference(rng: np.random.Generator) -> None:
    scene = random_scene(rng)
    batch = random_batch(rng, scene)
    spacing_m = CONFIG.footprint_spacing_m
    clearance = reference.clearance_m(FOOTPRINT, batch.rollout, scene.distance, spacing_m)
    assert (clearance < 0.0).any()
    assert (clearance == FOOTPRINT.far_m).any()
    np.testing.assert_allclose(batch.clearance_m, clearance, **CLOSE)
    gaps = reference.gap_m(batch.rollout, scene.people, FOOTPRINT)
    np.testing.assert_allclose(batch.people_gap_m, gaps, **CLOSE)


@pytest.mark.parametrize("is_stuck", [False, True])
@pytest.mark.parametrize("shift_m", [0.0, -0.05, 0.05])
def test_hazards_are_those_of_the_reference(
    rng: np.random.Generator, is_stuck: bool, shift_m: float
) -> None:
    scene = random_scene(rng, is_stuck=is_stuck)
    batch, hazard = random_batch(rng, scene), CONFIG.hazard
    rate = ObstacleHazard(hazard).rate(batch, scene, shift_m)
    np.testing.assert_allclose(rate, reference.obstacle_rate(batch, scene, shift_m), **CLOSE)
    rate = UnknownHazard(hazard).rate(batch, scene, shift_m)
    np.testing.assert_allclose(rate, reference.unknown_rate(batch, scene), **CLOSE)
    rate = PeopleHazard(hazard).rate(batch, scene, shift_m)
    np.testing.assert_allclose(rate, reference.people_rate(batch, scene), **CLOSE)


def test_costs_are_those_of_the_reference(rng: np.random.Generator) -> None:
    scene = random_scene(rng, is_stuck=True)
    batch, costs = random_batch(rng, scene), CONFIG.costs
    pairs = (
        (Smoothness(costs), reference.smoothness(batch)),
        (Consistency(costs), reference.consistency(batch, scene)),
        (Reverse(costs), reference.reverse(batch)),
        (ComfortSpeed(costs), reference.comfort_speed(batch)),
        (PersonalSpace(costs), reference.personal_space(batch)),
        (Escape(costs, 0.5 * CONFIG.hazard.contact_margin_m), reference.escape(batch)),
    )
    for term, expected in pairs:
        assert expected.any(), term
        np.testing.assert_allclose(term.cost(batch, scene), expected, **CLOSE)


def test_survival_and_progress_are_those_of_the_reference(rng: np.random.Generator) -> None:
    scene, objective = random_scene(rng), Objective(CONFIG)
    batch = random_batch(rng, scene)
    alive = reference.survival(batch, scene)
    np.testing.assert_allclose(objective.survival(batch, scene), alive, **CLOSE)
    expected = reference.expected_progress_s(batch, scene, alive)
    np.testing.assert_allclose(objective.expected_progress_s(batch, scene), expected, **CLOSE)


def test_the_same_batch_has_the_same_score_bit_for_bit(rng: np.random.Generator) -> None:
    scene, objective = random_scene(rng), Objective(CONFIG)
    rollout = random_batch(rng, scene).rollout
    scores = [objective.score(prepare(rollout, scene), scene) for _ in range(2)]
    assert scores[0].dtype == np.float32
    np.testing.assert_array_equal(*scores)


@pytest.mark.parametrize("goal", [PointGoal(3.2, 1.2), PoseGoal(SE2(3.2, 1.2, 2.0))])
def test_guidance_is_that_of_the_reference(
    rng: np.random.Generator, goal: PointGoal | PoseGoal
) -> None:
    to_goal = doorway(0.8).cost_to_go((3.2, 1.2))
    field = Field.around(to_goal.spec, filled_cost_to_go(to_goal), 0.0, 0.0)
    ours = FieldGuidance(field, goal, 0.0, 0.0, 0.9)
    pose = [
        rng.uniform(a, b, (30, 31)).astype(np.float32) for a, b in ((1, 7), (0.3, 4.7), (-6, 6))
    ]
    pose[0][0], pose[1][0] = 3.2, 1.2
    expected = guidance_reference.remaining_s(field, goal, 0.9, pose)
    np.testing.assert_allclose(ours.remaining_s(*pose), expected, **CLOSE)
    # a blunt difference of two nearly equal times over a step of a millimetre
    expected = guidance_reference.prospect_s(field, goal, 0.9, pose)
    np.testing.assert_allclose(ours.prospect_s(*pose), expected, rtol=1e-3, atol=1e-3)


def test_directions_are_those_of_the_reference(rng: np.random.Generator) -> None:
    goal, start, here = DirectionGoal(0.5, 1.0), SE2(1.0, 2.0, 0.4), SE2(1.2, 2.1, 0.9)
    ours = DirectionGuidance(goal, start, here, 0.5)
    pose = [rng.uniform(-2.0, 2.0, (30, 31)).astype(np.float32) for _ in range(3)]
    expected = guidance_reference.direction_s(goal, start, here, 0.5, pose)
    np.testing.assert_allclose(ours.remaining_s(*pose), expected, **CLOSE)


def test_single_precision_functions_are_exact_to_single_precision() -> None:
    x = np.linspace(-40.0, 40.0, 4001, dtype=np.float32)
    wide = x.astype(np.float64)
    np.testing.assert_allclose([exp32(v) for v in x], np.exp(wide), rtol=2e-7)
    np.testing.assert_allclose([tanh32(v) for v in x], np.tanh(wide), atol=3e-7)
    np.testing.assert_allclose([falling32(v) for v in x], reference.falling(wide), atol=3e-7)
    sines = np.array([sin_cos32(v) for v in x])
    np.testing.assert_allclose(sines, np.stack([np.sin(wide), np.cos(wide)], axis=1), atol=2e-7)
    assert np.isnan(exp32(np.float32(np.nan)))
    assert exp32(np.float32(-np.inf)) < 1e-37


def test_haste_is_measured_in_shares_of_the_bodys_comfort(rng: np.random.Generator) -> None:
    # a body with twice the accelerations and jerks pays a quarter for the same motion
    scene = random_scene(rng)
    batch = random_batch(rng, scene)
    only = CONFIG.costs.model_copy(
        update={"lateral_accel": 0.0, "yaw_rate": 0.0, "turning_per_rad": 0.0}
    )
    strong = Comfort(accel=2.0, jerk=6.0, yaw_accel=6.0, yaw_jerk=24.0)
    quarter = 0.25 * Smoothness(only).cost(batch, scene)
    np.testing.assert_allclose(Smoothness(only, strong).cost(batch, scene), quarter, **CLOSE)
    limits = MotionLimits()
    assert Comfort.of(limits, CONFIG.space) == Comfort()
