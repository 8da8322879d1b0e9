"""Says in plain words what a plan does and why."""

from __future__ import annotations

import numpy as np

from navigation.local_planner.guidance import Standing
from navigation.local_planner.request import PlanRequest
from navigation.local_planner.scene import Scene
from navigation.local_planner.trajectory_space import SPEED_1, YAW_RATE_2, Manoeuvres, Rollout

_STILL_M_S = 0.02
_STILL_RAD_S = 0.05
_NEAR_GOAL_S = 0.4
_PERSON_NEAR_M = 1.0
_SOON_S = 1.0


def explain(
    request: PlanRequest, winner: Manoeuvres, rollout: Rollout, scene: Scene
) -> tuple[bool, str]:
    """(nothing better than to brake was found, why the robot moves like this)."""
    targets = np.abs(winner.numbers[0, SPEED_1 : YAW_RATE_2 + 1])
    is_stopping = bool((targets[:2] < _STILL_M_S).all() and (targets[2:] < _STILL_RAD_S).all())
    if is_stopping:
        return True, _why_standing(request, scene)
    soon = min(round(_SOON_S / rollout.step_s), rollout.x.shape[1] - 1)
    moved = float(rollout.speed[0, : soon + 1].mean()) * _SOON_S
    turned = float(rollout.yaw[0, soon] - rollout.yaw[0, 0])
    if scene.is_stuck_inside:
        return False, "getting free of something very close"
    if isinstance(scene.guidance, Standing):
        return False, "stepping aside"
    if moved < -0.03:
        return False, "backing up"
    if abs(moved) < 0.08 and abs(turned) > 0.1:
        return False, f"turning {'left' if turned > 0.0 else 'right'} toward the way"
    if _person_gap_m(scene) < _PERSON_NEAR_M:
        return False, "going slowly near a person"
    return False, "on the way"


def _why_standing(request: PlanRequest, scene: Scene) -> str:
    if isinstance(scene.guidance, Standing):
        return scene.guidance.reason
    here = np.zeros((1, 1), dtype=np.float32)
    yaw = np.full((1, 1), request.state.T_map_robot.yaw_rad, dtype=np.float32)
    if float(scene.guidance.remaining_s(here, here, yaw)[0, 0]) < _NEAR_GOAL_S:
        return "at the goal"
    if _person_gap_m(scene) < 2.0 * _PERSON_NEAR_M:
        return "waiting for a person"
    return "the way ahead is blocked"


def _person_gap_m(scene: Scene) -> float:
    people = scene.people
    if people is None or people.n_people == 0:
        return float("inf")
    centre = np.hypot(people.x[: people.n_people, 0], people.y[: people.n_people, 0])
    return float((centre - people.radius_m[: people.n_people]).min()) - scene.footprint.radius_m
