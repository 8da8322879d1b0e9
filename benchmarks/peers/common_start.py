"""What every peer has to do before it plans: goals that are no places, and being there already."""

from __future__ import annotations

from benchmarks.peers.limiter import towards
from navigation.goals import DirectionGoal, Goal, PointGoal, PoseGoal
from navigation.local_planner.arrival import Arrival, End
from navigation.local_planner.request import PlanRequest
from navigation.local_planner.trajectory_space import Motion
from navigation.types import LocalPlan

_TURN_RAD_S = 0.8


class CommonStart:
    """Answers what needs no planning, the same way for every peer."""

    def __init__(self) -> None:
        self._goal: Goal | None = None
        self._arrival = Arrival()

    def step(self, request: PlanRequest) -> LocalPlan | None:
        """A plan where there is nothing to plan, else None."""
        goal = request.goal
        if goal != self._goal:
            self._goal = goal
            self._arrival.reset()
        if goal is None:
            return towards(request, 0.0, 0.0, "nothing to do")
        if isinstance(goal, DirectionGoal):
            speed = min(goal.speed_max_m_s, abs(goal.distance_m))
            turn = min(_TURN_RAD_S, abs(goal.turn_rad))
            return towards(
                request,
                speed if goal.distance_m > 0.0 else -speed,
                turn if goal.turn_rad > 0.0 else -turn,
                "getting free",
            )
        if not isinstance(goal, PointGoal | PoseGoal) or request.cost_to_go is None:
            return towards(request, 0.0, 0.0, "no way to the goal is known")
        # as common goal checkers do: within the tolerance is there, whatever the speed
        motion = Motion(0.0, 0.0, 0.0, 0.0)
        if self._arrival.step(End.of(goal), request.state.T_map_robot, motion):
            return towards(request, 0.0, 0.0, "at the goal")
        return None


def goal_m(request: PlanRequest) -> tuple[float, float]:
    """Where the goal is, in the map."""
    goal = request.goal
    if isinstance(goal, PointGoal):
        return goal.x_m, goal.y_m
    assert isinstance(goal, PoseGoal)
    return goal.T_map_goal.x_m, goal.T_map_goal.y_m
