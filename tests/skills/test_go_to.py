"""Going to a place: arrival, refusals, and every way out of trouble."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from robot_bench import RobotBench, Verdict, rooms_with

from homebody.geometry import SE2
from homebody.messages import Face, default_body
from navigation.goals import (
    DirectionGoal,
    Goal,
    NavigationState,
    NavigationStatus,
    PointGoal,
    PoseGoal,
)
from navigation.types import OCCUPIED, MapSnapshot
from skills.base import SkillState
from skills.config import GoToConfig, SkillsConfig
from skills.go_to import GoToSkill, Place
from skills.recover import RecoverSkill

BODY = default_body()


def go_to(target: Place | str) -> GoToSkill:
    return GoToSkill(target, BODY, SkillsConfig())


def always(state: NavigationState, reason: str) -> Callable[[Goal], Verdict]:
    def trouble(goal: Goal) -> Verdict:
        return None if isinstance(goal, DirectionGoal) else (state, reason)

    return trouble


def test_arrives_at_a_point() -> None:
    bench = RobotBench()
    end, outputs = bench.run(go_to(Place(2.0, 1.0)))
    assert end.state is SkillState.SUCCEEDED
    assert "arrived at (2.00, 1.00)" in end.reason
    assert bench.pose.distance_m(SE2(2.0, 1.0, 0.0)) < 0.01
    assert bench.goals == [PointGoal(2.0, 1.0, GoToConfig().tolerance_m)]
    shares = [o.progress for o in outputs if o.progress is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_heading_makes_a_pose_goal() -> None:
    bench = RobotBench()
    bench.run(go_to(Place(1.0, 0.0, 1.5)))
    assert isinstance(bench.goals[0], PoseGoal)
    assert bench.pose.yaw_rad == pytest.approx(1.5)


def test_a_room_is_found_whatever_its_case() -> None:
    bench = RobotBench()
    bench.rooms = rooms_with(Kitchen=(2.0, -1.0))
    end, _ = bench.run(go_to(" kitchen "))
    assert end.state is SkillState.SUCCEEDED
    assert bench.rooms.room_at(bench.pose.x_m, bench.pose.y_m) == "Kitchen"


def test_an_unknown_room_is_refused_with_the_known_ones() -> None:
    bench = RobotBench()
    bench.rooms = rooms_with(hall=(0.0, 0.0), bath=(3.0, 0.0))
    end, _ = bench.run(go_to("cellar"))
    assert end.state is SkillState.FAILED
    assert end.reason == "there is no room 'cellar'; known rooms: bath, hall"


def test_a_room_without_a_free_place_is_refused() -> None:
    bench = RobotBench()
    bench.rooms = rooms_with(bath=(3.0, 0.0))
    bench.snapshot = walls(bench, slice(1.5, 4.5), slice(-1.5, 1.5))
    end, _ = bench.run(go_to("bath"))
    assert "no free place to stand in the room bath" in end.reason


def test_the_old_verdict_on_the_same_place_is_not_believed() -> None:
    bench = RobotBench(SE2(3.0, 0.0, 0.0))
    goal = PointGoal(1.0, 0.0, GoToConfig().tolerance_m)
    bench.navigation = NavigationStatus(goal, NavigationState.ARRIVED, "arrived", 0.0)
    end, outputs = bench.run(go_to(Place(1.0, 0.0)))
    assert outputs[0].goal is None
    assert end.state is SkillState.SUCCEEDED
    assert bench.pose.distance_m(SE2(1.0, 0.0, 0.0)) < 0.01


def test_a_verdict_on_another_goal_is_not_believed() -> None:
    bench = RobotBench()
    other = PointGoal(9.0, 9.0)
    bench.navigation = NavigationStatus(other, NavigationState.FAILED, "no way")
    end, _ = bench.run(go_to(Place(1.0, 0.0)))
    assert end.state is SkillState.SUCCEEDED


def test_no_way_fails_with_navigations_reason_after_one_more_look() -> None:
    bench = RobotBench()
    bench.trouble = always(NavigationState.FAILED, "the goal lies in a wall")
    end, outputs = bench.run(go_to(Place(1.0, 0.0)))
    assert end.state is SkillState.FAILED
    assert "the goal lies in a wall" in end.reason
    assert sum(o.n_recoveries for o in outputs) == 1
    assert sum(o.n_help_requests for o in outputs) == 0
    assert bench.now_s < 4.0


def test_blocked_for_good_tries_three_ways_asks_for_help_and_fails() -> None:
    bench = RobotBench()
    bench.trouble = always(NavigationState.BLOCKED, "a chair is in the way")
    end, outputs = bench.run(go_to(Place(2.0, 0.0)))
    assert end.state is SkillState.FAILED
    assert end.reason.endswith("a chair is in the way, tried 3 ways to get free")
    assert sum(o.n_recoveries for o in outputs) == 3
    assert sum(o.n_help_requests for o in outputs) == 1
    moves = [g for g in bench.goals if isinstance(g, DirectionGoal)]
    assert [m.distance_m for m in moves] == [-0.3, 0.0]
    assert abs(moves[1].turn_rad) == pytest.approx(1.57)
    asking = [o for o in outputs if o.face is Face.ASKING]
    assert "a chair is in the way" in asking[0].reason
    assert all(o.goal is None for o in asking)


def test_a_way_that_clears_is_driven_on() -> None:
    bench = RobotBench()
    bench.trouble = lambda _: (
        (NavigationState.BLOCKED, "a cat sits there") if 1.0 < bench.now_s < 3.0 else None
    )
    end, outputs = bench.run(go_to(Place(2.0, 0.0)))
    assert end.state is SkillState.SUCCEEDED
    assert sum(o.n_recoveries for o in outputs) >= 1
    assert sum(o.n_help_requests for o in outputs) == 0


def test_a_new_trouble_further_on_starts_with_patience_again() -> None:
    bench = RobotBench()
    counts = {1: 0, 3: 0}

    def trouble(goal: Goal) -> Verdict:
        for place, n in counts.items():
            if abs(bench.pose.x_m - place) < 0.05 and n < 2:
                counts[place] += 1
                return NavigationState.BLOCKED, "a box"
        return None

    bench.trouble = trouble
    end, outputs = bench.run(go_to(Place(4.0, 0.0)))
    assert end.state is SkillState.SUCCEEDED
    began = [o.reason for o in outputs if o.n_recoveries]
    assert ["waiting" in reason for reason in began] == [True, False, True, False]


def test_navigation_that_never_moves_is_noticed() -> None:
    bench = RobotBench()
    bench.trouble = always(NavigationState.DRIVING, "on the way")
    end, outputs = bench.run(go_to(Place(2.0, 0.0)))
    assert end.state is SkillState.FAILED
    assert "off the spot" in end.reason
    assert sum(o.n_recoveries for o in outputs) == 3


def test_navigation_that_never_plans_is_noticed() -> None:
    bench = RobotBench()
    bench.trouble = always(NavigationState.PLANNING, "looking for a way")
    end, _ = bench.run(go_to(Place(2.0, 0.0)))
    assert "no plan came in time" in end.reason


def test_going_in_circles_is_noticed() -> None:
    bench = RobotBench()

    def circle(goal: Goal) -> Verdict:
        bench.pose = SE2(0.4 * (int(bench.now_s) % 2), 0.0, 0.0)
        return NavigationState.DRIVING, "on the way"

    bench.trouble = circle
    end, _ = bench.run(go_to(Place(2.0, 0.0)), limit_s=600.0)
    assert "come no nearer" in end.reason


def test_an_interrupted_drive_starts_again() -> None:
    bench = RobotBench()
    skill = go_to(Place(2.0, 0.0))
    skill.start(bench.context())
    for _ in range(10):
        bench.serve(skill.step(bench.context()).goal)
    skill.cancel()
    bench.serve(None)
    end, _ = bench.run(skill)
    assert end.state is SkillState.SUCCEEDED


def walls(bench: RobotBench, x: slice, y: slice) -> MapSnapshot:
    """The bench's map with cells occupied where x and y [m] lie in the given spans."""
    spec, cells = bench.snapshot.spec, bench.snapshot.cells.copy()
    r0, c0 = spec.cell_rc(x.start, y.start)
    r1, c1 = spec.cell_rc(x.stop, y.stop)
    cells[r0:r1, c0:c1] = OCCUPIED
    return MapSnapshot(spec, cells, 2)


def test_it_does_not_back_into_a_wall_and_turns_to_the_freer_side() -> None:
    bench = RobotBench()
    bench.snapshot = walls(bench, slice(-0.5, -0.3), slice(-0.5, 0.9))
    recover = RecoverSkill(BODY.footprint_m, SkillsConfig().recover)
    bench.run(recover)
    end, _ = bench.run(recover)
    assert end.state is SkillState.SUCCEEDED
    assert bench.goals == [DirectionGoal(turn_rad=-1.57, speed_max_m_s=0.15)]


def test_a_recovery_that_fails_says_why() -> None:
    bench = RobotBench()
    bench.trouble = lambda _: (NavigationState.BLOCKED, "held by the bumper")
    recover = RecoverSkill(BODY.footprint_m, SkillsConfig().recover)
    bench.run(recover)
    end, _ = bench.run(recover)
    assert end.state is SkillState.FAILED
    assert end.reason == "backing up did not work: held by the bumper"
    recover.reset()
    end, _ = bench.run(recover)
    assert "waiting" in end.reason
