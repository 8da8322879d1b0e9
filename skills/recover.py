"""Getting free when nothing brings the robot nearer: wait, back up, turn, each time the next way.

One start is one attempt; the caller tries its goal again after each. Patience comes first because
most of what blocks a home robot walks away by itself; backing up comes before turning because a
footprint that is longer than wide needs the room. For somebody in the way navigation has waited
before, as long as that paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from homebody.geometry import FloatArray
from homebody.messages import Face
from navigation.goals import DirectionGoal, Goal, NavigationState
from skills.base import SkillContext, SkillOutput, SkillState
from skills.config import RecoverConfig
from skills.pursuit import Pursuit
from skills.surroundings import freer_side, has_room_behind


class Way(StrEnum):
    """The ways to get free, in the order in which they are tried."""

    WAIT = "waiting"
    BACK_UP = "backing up"
    TURN = "turning to the freer side"


_LADDER = tuple(Way)


@dataclass(slots=True)
class _Attempt:
    way: Way
    start_s: float
    pursuit: Pursuit | None
    is_counted: bool = False


class RecoverSkill:
    """Tries one way to get free per start, the next one each time, from the first after `reset`.

    Args:
        footprint_m: The body's polygon in the robot frame, shape (P, 2).
    """

    name = "recover"

    def __init__(self, footprint_m: FloatArray, config: RecoverConfig) -> None:
        self._footprint_m = footprint_m
        self._config = config
        self._rung = 0
        self._attempt: _Attempt | None = None

    def reset(self) -> None:
        """The robot is free: the next trouble starts with the first way again."""
        self._rung = 0
        self._attempt = None

    def start(self, context: SkillContext) -> None:
        way = _LADDER[self._rung % len(_LADDER)]
        if way is Way.BACK_UP and not self._can_back_up(context):
            self._rung += 1
            way = Way.TURN
        self._rung += 1
        goal = self._motion(way, context)
        self._attempt = _Attempt(way, context.now_s, Pursuit(goal) if goal else None)

    def step(self, context: SkillContext) -> SkillOutput:
        if self._attempt is None:
            self.start(context)
        attempt = self._attempt
        assert attempt is not None
        output = (
            self._wait(attempt, context)
            if attempt.pursuit is None
            else self._move(attempt, attempt.pursuit, context)
        )
        attempt.is_counted = True
        if output.state is not SkillState.RUNNING:
            self._attempt = None
        return output

    def cancel(self) -> None:
        self._attempt = None

    def _can_back_up(self, context: SkillContext) -> bool:
        return has_room_behind(
            context.snapshot, context.T_map_robot, self._footprint_m, self._config.back_up_m
        )

    def _motion(self, way: Way, context: SkillContext) -> DirectionGoal | None:
        speed = self._config.speed_max_m_s
        if way is Way.BACK_UP:
            return DirectionGoal(distance_m=-self._config.back_up_m, speed_max_m_s=speed)
        if way is Way.TURN:
            side = freer_side(context.snapshot, context.T_map_robot, self._config.look_round_m)
            return DirectionGoal(turn_rad=side * self._config.turn_rad, speed_max_m_s=speed)
        return None

    def _wait(self, attempt: _Attempt, context: SkillContext) -> SkillOutput:
        is_over = context.now_s - attempt.start_s >= self._config.wait_s
        words = "waiting a moment for the way to clear"
        return _output(attempt, SkillState.SUCCEEDED if is_over else SkillState.RUNNING, words)

    def _move(self, attempt: _Attempt, pursuit: Pursuit, context: SkillContext) -> SkillOutput:
        status = pursuit.step(context.navigation)
        if status.state is NavigationState.ARRIVED:
            return _output(attempt, SkillState.SUCCEEDED, f"{attempt.way} is done")
        is_late = context.now_s - attempt.start_s > self._config.motion_timeout_s
        if is_late or status.state in (NavigationState.BLOCKED, NavigationState.FAILED):
            why = status.reason if not is_late else "it takes too long"
            return _output(attempt, SkillState.FAILED, f"{attempt.way} did not work: {why}")
        return _output(attempt, SkillState.RUNNING, f"{attempt.way} to get free", status.goal)


def _output(
    attempt: _Attempt, state: SkillState, reason: str, goal: Goal | None = None
) -> SkillOutput:
    return SkillOutput(
        state,
        reason,
        goal,
        face=Face.WORRIED,
        n_recoveries=0 if attempt.is_counted else 1,
    )
