"""Exploring with scripted decisions: it sees all, goes home, and always ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count

import numpy as np
import pytest
from robot_bench import RobotBench, Verdict

from homebody.errors import HomebodyError
from homebody.geometry import SE2
from homebody.grid import GridSpec
from homebody.messages import default_body
from navigation.exploration.explorer import next_viewpoint
from navigation.exploration.request import ExplorationDecision, ExplorationRequest
from navigation.goals import DirectionGoal, Goal, NavigationState, PointGoal
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot
from skills.base import SkillState
from skills.config import SkillsConfig
from skills.explore import ExploreSkill
from skills.explore_asking import Decide


def explore(decide: Decide) -> ExploreSkill:
    return ExploreSkill(decide, default_body(), SkillsConfig())


def look_from(x_m: float, y_m: float, share: float = 0.5) -> ExplorationDecision:
    spot = np.array([x_m, y_m])
    return ExplorationDecision(spot, spot + 0.3, "more to see", False, share, 30.0, gain_m2=1.0)


def done(share: float = 1.0) -> ExplorationDecision:
    return ExplorationDecision(None, None, "all seen", True, share, 0.0)


class Home:
    """Viewpoints that show something until they have been looked from or are given up."""

    def __init__(self, *spots: tuple[float, float]) -> None:
        self.spots = list(spots)
        self.requests: list[ExplorationRequest] = []

    def __call__(self, request: ExplorationRequest) -> ExplorationDecision:
        self.requests.append(request)
        gone = np.vstack([request.looked_from_map_m, request.blacklist_map_m])
        left = [s for s in self.spots if not np.any(np.all(np.isclose(gone, s), axis=1))]
        share = 1.0 - len(left) / len(self.spots)
        if not left:
            return done()
        here = (request.T_map_robot.x_m, request.T_map_robot.y_m)
        return look_from(*min(left, key=lambda s: math.dist(s, here)), share)


def test_it_looks_from_everywhere_and_ends() -> None:
    home, bench = Home((1.0, 0.0), (2.0, 1.0), (-1.0, 0.0)), RobotBench()
    end, outputs = bench.run(explore(home))
    assert end.state is SkillState.SUCCEEDED
    assert "100% of what can be reached is seen" in end.reason
    assert [(g.x_m, g.y_m) for g in bench.goals if isinstance(g, PointGoal)] == [
        (1.0, 0.0),
        (2.0, 1.0),
        (-1.0, 0.0),
    ]
    assert end.progress == 1.0
    told_s = [o.time_left_s for o in outputs if o.time_left_s is not None]
    assert max(told_s) == 30.0
    assert min(told_s) < 30.0  # it runs down between two decisions
    assert set(bench.jobs.kinds) == {"next_viewpoint"}


def test_the_request_tells_the_body_and_the_target() -> None:
    home, bench = Home((3.0, 0.0)), RobotBench()
    bench.run(explore(home))
    first, second = home.requests[:2]
    assert first.inscribed_radius_m == pytest.approx(0.125)
    assert first.target_map_m is None
    assert second.target_map_m == pytest.approx([3.0, 0.0])


def test_it_ends_on_the_dock_when_there_is_one() -> None:
    bench = RobotBench()
    bench.T_map_dock = SE2(0.0, 2.0, 0.0)
    end, _ = bench.run(explore(Home((1.0, 0.0))))
    assert end.state is SkillState.SUCCEEDED
    assert bench.is_docked
    assert "on the dock" in end.reason


def test_a_dock_that_fails_does_not_spoil_the_exploration() -> None:
    bench = RobotBench()
    bench.T_map_dock = SE2(0.0, 2.0, 0.0)
    bench.dock_works = False
    end, _ = bench.run(explore(Home((1.0, 0.0))))
    assert end.state is SkillState.SUCCEEDED
    assert "no contact on the dock" in end.reason


def test_a_target_with_nothing_left_to_see_is_left_on_the_way() -> None:
    bench = RobotBench()

    def decide(request: ExplorationRequest) -> ExplorationDecision:
        if request.T_map_robot.x_m < 1.0:
            return look_from(9.0, 0.0)
        return done() if len(request.looked_from_map_m) else look_from(1.0, 1.0)

    end, _ = bench.run(explore(decide))
    assert end.state is SkillState.SUCCEEDED
    assert bench.pose.distance_m(SE2(1.0, 1.0, 0.0)) < 0.1
    assert bench.now_s < 9.0


def test_a_decision_on_the_way_that_says_the_same_changes_nothing() -> None:
    bench = RobotBench()
    end, _ = bench.run(explore(Home((6.0, 0.0))))
    assert end.state is SkillState.SUCCEEDED
    assert len(bench.jobs.kinds) > 3
    assert len(bench.goals) == 1


def test_a_frontier_that_never_clears_does_not_hold_it_for_ever() -> None:
    bench = RobotBench()
    here = count()

    def decide(request: ExplorationRequest) -> ExplorationDecision:
        """The same frontier, looked at from ever other places, until it is given up."""
        frontier = np.array([2.0, 0.0])
        off_m = np.linalg.norm(request.blacklist_map_m - frontier, axis=1)
        if np.any(off_m < 0.4):
            return done(0.9)
        if request.target_map_m is not None:
            spot = request.target_map_m
        else:
            spot = np.array([1.0, 0.3 * next(here)])
        return ExplorationDecision(spot, frontier, "glass", False, 0.9, 1.0)

    end, _ = bench.run(explore(decide))
    assert end.state is SkillState.SUCCEEDED
    assert len(bench.goals) == 3


def test_even_a_stubborn_decision_maker_is_left_in_the_end() -> None:
    bench = RobotBench()
    end, _ = bench.run(explore(lambda _: look_from(1.0, 0.0)), limit_s=900.0)
    assert end.state is not SkillState.RUNNING
    assert len([g for g in bench.goals if isinstance(g, PointGoal)]) <= 5


def test_switching_to_and_fro_ends() -> None:
    bench = RobotBench()
    flip = count()
    spots = [(4.0, 0.0), (-4.0, 0.0)]
    end, _ = bench.run(explore(lambda _: look_from(*spots[next(flip) % 2])), limit_s=900.0)
    assert end.state is not SkillState.RUNNING


def unreachable(spot: tuple[float, float], state: NavigationState) -> Callable[[Goal], Verdict]:
    def trouble(goal: Goal) -> Verdict:
        is_there = isinstance(goal, PointGoal) and (goal.x_m, goal.y_m) == spot
        return (state, "a sofa is in the way") if is_there else None

    return trouble


@pytest.mark.parametrize("state", [NavigationState.BLOCKED, NavigationState.FAILED])
def test_what_cannot_be_reached_gets_a_second_chance_and_is_left_alone(
    state: NavigationState,
) -> None:
    bench, home = RobotBench(), Home((1.0, 0.0), (2.0, 0.0), (3.0, 0.0))
    bench.trouble = unreachable((1.0, 0.0), state)
    end, _ = bench.run(explore(home))
    assert end.state is SkillState.SUCCEEDED
    driven = [(g.x_m, g.y_m) for g in bench.goals if isinstance(g, PointGoal)]
    assert {(2.0, 0.0), (3.0, 0.0)} <= set(driven)
    n_asked = 2 if state is NavigationState.BLOCKED else 1
    assert driven.count((1.0, 0.0)) == 2 * n_asked


def test_a_robot_that_is_stuck_frees_itself_asks_and_fails_in_the_end() -> None:
    bench, spots = RobotBench(), count(1)

    def trouble(goal: Goal) -> Verdict:
        return NavigationState.BLOCKED, "the wheels turn in the air"

    bench.trouble = trouble
    end, outputs = bench.run(explore(lambda _: look_from(0.5 * next(spots), 0.0)), limit_s=900.0)
    assert end.state is SkillState.FAILED
    assert "the wheels turn in the air" in end.reason
    assert sum(o.n_help_requests for o in outputs) == 1
    assert sum(o.n_recoveries for o in outputs) > 4


def test_standing_where_it_does_not_fit_it_gets_free_first() -> None:
    bench = RobotBench()

    def decide(request: ExplorationRequest) -> ExplorationDecision:
        if request.T_map_robot.x_m == 0.0:
            return ExplorationDecision(None, None, "no room here", True, 0.0, 0.0, is_stuck=True)
        return done() if len(request.looked_from_map_m) else look_from(1.0, 1.0)

    end, _ = bench.run(explore(decide))
    assert end.state is SkillState.SUCCEEDED
    assert any(isinstance(g, DirectionGoal) and g.distance_m < 0 for g in bench.goals)


def test_a_decision_that_fails_is_asked_for_again_a_few_times() -> None:
    bench, n = RobotBench(), count()

    def decide(request: ExplorationRequest) -> ExplorationDecision:
        if next(n) < 3:
            raise HomebodyError("the worker died")
        return done()

    assert bench.run(explore(decide))[0].state is SkillState.SUCCEEDED

    def broken(request: ExplorationRequest) -> ExplorationDecision:
        raise HomebodyError("the worker died")

    end, _ = RobotBench().run(explore(broken))
    assert end.state is SkillState.FAILED
    assert end.reason == "I cannot decide where to look next: the worker died"


def test_nothing_is_asked_before_the_first_look_round() -> None:
    bench = RobotBench()
    seen, spec = bench.snapshot, bench.snapshot.spec
    bench.snapshot = MapSnapshot(spec, np.full(spec.shape, UNKNOWN, dtype=np.uint8), 0)
    skill = explore(Home((1.0, 0.0)))
    skill.start(bench.context())
    for _ in range(30):
        assert skill.step(bench.context()).state is SkillState.RUNNING
        bench.serve(None)
    assert bench.jobs.kinds == []
    bench.snapshot = seen
    assert bench.run(skill)[0].state is SkillState.SUCCEEDED


def test_after_an_interruption_it_goes_on_with_what_it_knows() -> None:
    home, bench = Home((1.0, 0.0), (4.0, 0.0)), RobotBench()
    skill = explore(home)
    skill.start(bench.context())
    while bench.pose.x_m < 2.0:
        bench.serve(skill.step(bench.context()).goal)
    skill.cancel()
    bench.serve(None)
    end, _ = bench.run(skill)
    assert end.state is SkillState.SUCCEEDED
    assert [g.x_m for g in bench.goals if isinstance(g, PointGoal)] == [1.0, 4.0, 4.0]


def rooms_map() -> MapSnapshot:
    """Two rooms of 4 x 4 m with a doorway of 1 m between them, walls of one cell."""
    spec = GridSpec(-2.5, -2.5, 0.05, 100, 190)
    cells = np.full(spec.shape, OCCUPIED, dtype=np.uint8)
    r0, c0 = spec.cell_rc(-2.0, -2.0)
    cells[r0 : r0 + 80, c0 : c0 + 80] = FREE
    cells[r0 : r0 + 80, c0 + 82 : c0 + 162] = FREE
    cells[r0 + 30 : r0 + 50, c0 + 80 : c0 + 82] = FREE
    return MapSnapshot(spec, cells, 0)


def test_with_the_real_chooser_two_rooms_are_seen_whole() -> None:
    """Seen is what a straight line from the robot reaches: a slow stand-in for the lidar."""
    bench, truth = RobotBench(SE2(-1.5, -1.5, 0.0)), rooms_map()
    spec = truth.spec
    known = np.full(spec.shape, UNKNOWN, dtype=np.uint8)
    angles = np.linspace(-np.pi, np.pi, 1440, endpoint=False)
    reach_m = np.arange(0.0, 5.0, 0.025)
    rays = reach_m[None, :, None] * np.stack([np.cos(angles), np.sin(angles)], -1)[:, None, :]

    def look() -> None:
        rc = spec.cells_rc(rays + bench.pose.translation())
        rc = np.clip(rc, 0, np.array(spec.shape) - 1)
        is_wall = truth.cells[rc[..., 0], rc[..., 1]] == OCCUPIED
        is_seen = np.cumsum(is_wall, axis=1) - is_wall == 0
        r, c = rc[is_seen].T
        known[r, c] = truth.cells[r, c]
        bench.snapshot = MapSnapshot(spec, known.copy(), bench.snapshot.revision + 1)

    skill = explore(next_viewpoint)
    look()
    skill.start(bench.context())
    output = skill.step(bench.context())
    while output.state is SkillState.RUNNING and bench.now_s < 120.0:
        bench.serve(output.goal)
        if round(bench.now_s * 10) % 5 == 0:
            look()
        output = skill.step(bench.context())
    assert output.state is SkillState.SUCCEEDED
    is_free = truth.cells == FREE
    assert np.mean(known[is_free] == FREE) > 0.98


def test_driving_about_without_ever_arriving_or_seeing_anything_new_ends() -> None:
    bench, n = RobotBench(), count()

    def decide(request: ExplorationRequest) -> ExplorationDecision:
        """Ever another place on the other side."""
        i = next(n)
        return look_from(4.5 * (-1.0) ** i, 0.01 * i)

    end, _ = bench.run(explore(decide), limit_s=3000.0)
    assert end.state is not SkillState.RUNNING


def test_what_shut_the_way_goes_and_the_place_is_tried_again() -> None:
    """The way to (3, 0) is shut by a box; it is gone once the robot has looked elsewhere."""
    bench, home = RobotBench(), Home((1.0, 0.0), (3.0, 0.0), (-3.0, 0.0))
    is_shut = True

    def set_box(cell_class: int) -> None:
        cells = bench.snapshot.cells.copy()
        cells[98:104, 140:146] = cell_class
        bench.snapshot = MapSnapshot(bench.snapshot.spec, cells, bench.snapshot.revision + 1)

    def trouble(goal: Goal) -> Verdict:
        nonlocal is_shut
        if bench.pose.x_m < -2.0 and is_shut:
            is_shut = False
            set_box(FREE)
        is_there = isinstance(goal, PointGoal) and goal.x_m == 3.0
        return (NavigationState.FAILED, "a box is in the way") if is_there and is_shut else None

    set_box(OCCUPIED)
    bench.trouble = trouble
    skill = explore(home)
    end, _ = bench.run(skill)
    assert end.state is SkillState.SUCCEEDED
    driven = [g.x_m for g in bench.goals if isinstance(g, PointGoal)]
    assert driven == [1.0, 3.0, -3.0, 3.0]
    assert bench.pose.x_m > 2.7


def test_as_soon_as_the_frontier_is_seen_it_asks_anew() -> None:
    bench, asked_s = RobotBench(), []

    def decide(request: ExplorationRequest) -> ExplorationDecision:
        asked_s.append(bench.now_s)
        return done() if len(request.looked_from_map_m) else look_from(4.0, 0.0)

    seen = bench.snapshot
    cells = seen.cells.copy()
    cells[seen.spec.cell_rc(4.3, 0.3)] = UNKNOWN
    bench.snapshot = MapSnapshot(seen.spec, cells, 1)
    skill = explore(decide)
    skill.start(bench.context())
    while bench.now_s < 4.6:
        if bench.now_s > 4.0:
            bench.snapshot = seen
        bench.serve(skill.step(bench.context()).goal)
    gaps_s = np.diff(asked_s)
    assert gaps_s[0] == pytest.approx(2.5, abs=0.15)
    assert gaps_s.min() < 1.7
