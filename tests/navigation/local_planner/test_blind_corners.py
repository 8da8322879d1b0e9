"""Where somebody may step out the robot is slower or keeps away: no jump and no freezing."""

import numpy as np
import pytest
from planner_worlds import BODY, World, doorway, drive, open_room

from homebody.geometry import SE2
from navigation.goals import PointGoal
from navigation.local_planner.config import BlindConfig, LocalPlannerConfig
from navigation.local_planner.costs.blind import BlindHazard
from navigation.local_planner.fields import Field
from navigation.local_planner.footprint import Footprint
from navigation.local_planner.guidance import Standing
from navigation.local_planner.occlusions import Occlusions, find_occlusions
from navigation.local_planner.scene import Batch, Scene
from navigation.local_planner.trajectory_space import Rollout

CONFIG = LocalPlannerConfig(blind=BlindConfig(per_s=0.45))
FOOTPRINT = Footprint(BODY.footprint_m, 0.07, 0.35)


def corridor(has_door: bool) -> World:
    """1.6 m wide, with a room behind its upper wall."""
    wall = [(0, 3.6, 11, 3.75)]
    opened = [(0, 3.6, 5.0, 3.75), (5.9, 3.6, 11, 3.75)]
    return World(11, 7, [(0, 0, 11, 2.0), *(opened if has_door else wall)])


def edges_from(world: World, pose: SE2, config: BlindConfig = CONFIG.blind) -> np.ndarray:
    local_map = world.local_map(pose, 0.0)
    field = Field.around(local_map.spec, local_map.distance_m, pose.x_m, pose.y_m)
    found = find_occlusions(field, config)
    return np.zeros((0, 5)) if found is None else found.edges


def rates(edges: np.ndarray, x: np.ndarray, y: np.ndarray, speed: np.ndarray) -> np.ndarray:
    x, y, speed = (np.atleast_2d(np.asarray(a, dtype=np.float32)) for a in (x, y, speed))
    x, y, speed = np.broadcast_arrays(x, y, speed)
    x, y, speed = (np.ascontiguousarray(a) for a in (x, y, speed))
    zero = np.zeros_like(x)
    rollout = Rollout(np.arange(x.shape[1]) * 0.1, speed, zero, x, y, zero, zero + 1, zero)
    field = Field(np.full((4, 4), 5.0, dtype=np.float32), 40.0, 0.0, 0.0)
    scene = Scene(field, Standing(), FOOTPRINT, occlusions=Occlusions(edges.astype(np.float32)))
    rate = BlindHazard(CONFIG.blind, 1.0).rate(Batch(rollout, zero, zero, None), scene, 0.0)
    assert rate is not None
    return rate[0]


def test_a_doorway_beside_the_way_has_edges_and_a_wall_and_a_thin_post_have_none() -> None:
    pose = SE2(3.4, 2.8, 0.0)
    edges = edges_from(corridor(True), pose)
    corners = edges[:, :2] + (pose.x_m, pose.y_m)
    assert (np.hypot(*(corners - (5.0, 3.6)).T) < 0.25).any()
    assert len(edges_from(corridor(False), pose)) == 0
    post = World(8, 6, [(4.0, 3.4, 4.06, 3.46)])
    assert len(edges_from(post, SE2(3, 3, 0))) == 0
    assert len(edges_from(open_room(), SE2(4, 3, 0))) == 0


def test_what_hides_nothing_but_wall_is_no_blind_corner() -> None:
    """A cupboard in a corner: behind its edge is no room for a person."""
    world = World(8, 6, [(5.0, 0.0, 5.8, 0.9), (5.8, 0.0, 8.0, 0.7)])
    assert len(edges_from(world, SE2(3.5, 1.6, 0))) == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_blind_doorway_is_passed_more_slowly_or_further_away_than_a_wall(seed: int) -> None:
    runs = []
    for has_door in (False, True):
        goal = PointGoal(8.0, 2.8)
        runs.append(
            drive(corridor(has_door), SE2(2, 2.8, 0), goal, limit_s=15, seed=seed, config=CONFIG)
        )
    beside = [(r.xyt[:, 0] > 4.0) & (r.xyt[:, 0] < 6.2) for r in runs]
    slowest = [float(r.twist[b, 0].min()) for r, b in zip(runs, beside, strict=True)]
    assert slowest[0] > 0.95
    assert 0.4 < slowest[1] < 0.85
    assert runs[1].arrived_s < runs[0].arrived_s + 1.5, "it does not dawdle"


def test_a_doorway_on_the_way_is_still_driven_through_briskly() -> None:
    off = LocalPlannerConfig(blind=BlindConfig(per_s=0.0))
    start, goal = SE2(1.5, 2.5, 0), PointGoal(6.3, 2.5)
    without = drive(doorway(0.9), start, goal, limit_s=15, config=off)
    run = drive(doorway(0.9), start, goal, limit_s=15, config=CONFIG)
    assert run.arrived_s < without.arrived_s + 1.2
    assert run.twist[(run.xyt[:, 0] > 2.0) & (run.xyt[:, 0] < 4.5), 0].min() > 0.4


def test_the_hazard_rises_with_speed_and_closeness_and_ends_where_one_sees_in() -> None:
    edge = np.array([[2.0, 0.8, 0.0, 1.0, 1.0]])  # hidden for who stands left of x = 2
    near = rates(edge, np.full(50, 1.5), np.linspace(-0.8, 0.3, 50), np.ones(50))
    assert (np.diff(near) >= 0.0).all()
    assert near[0] < near[-1]
    fast = rates(edge, np.full(50, 1.5), np.full(50, 0.3), np.linspace(0.0, 1.0, 50))
    assert fast[0] == 0.0
    assert (np.diff(fast) > 0.0).all()
    assert rates(edge, np.array([2.4]), np.array([0.3]), np.ones(1))[0] == 0.0
    # by hand, at (1.0, 0.8): hidden fully; distance 1; reach = R + 0.25 + 0.2 + 1
    reach = FOOTPRINT.radius_m + 1.45
    assert rates(edge, np.array([1.0]), np.array([0.8]), np.ones(1))[0] == pytest.approx(
        0.45 * (1.0 - 1.0 / reach) ** 2, rel=1e-4
    )


def test_the_hazard_has_no_jump() -> None:
    edges = edges_from(corridor(True), SE2(3.4, 2.8, 0.0))
    t = np.linspace(0.0, 1.0, 4001)
    for x, y, v in ((3.0 * t, 0.0 * t, 0.8 + 0 * t), (1.3 + 0 * t, t - 0.4, 1.0 + 0 * t)):
        rate = rates(edges, x, y, v)
        assert rate.max() > 0.01
        assert np.abs(np.diff(rate)).max() < 0.01 * rate.max()
