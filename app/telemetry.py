"""From the brain's output to what is published: state, map, plan and tree, each at its own rate.

Events of tasks go another way: see `app.task_journal`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from app.brain import Brain
from app.brain_parts import BrainOutput
from app.room_telemetry import rooms_payload
from app.zones.translate import doors_payload, zones_payload
from homebody.geometry import SE2, FloatArray
from homebody.messages import BodyDescription, BodyReport
from homebody.payloads import (
    TEXT_MAX,
    CandidatePayload,
    MapPayload,
    PersonPayload,
    PlanPayload,
    PosePayload,
    RobotState,
    Topics,
)
from homebody.settings import Settings
from navigation.goals import DirectionGoal, Goal, PointGoal, TargetGoal
from navigation.types import FREE, OCCUPIED, LocalPlan, MapSnapshot, TrackedPerson

_STATE_PERIOD_S = 0.2
_PLAN_PERIOD_S = 0.2
_TREE_PERIOD_S = 0.5
_MAP_PERIOD_S = 1.0
_DOORS_PERIOD_S = 2.0
_ROOMS_PERIOD_S = 10.0  # unless they have changed, for a broker that was started again
_SLACK_S = 0.05  # half a brain tick: what is due within it goes now
_GREY = np.full(256, 128, dtype=np.uint8)
_GREY[FREE], _GREY[OCCUPIED] = 255, 0

_NO_REPORT = BodyReport(time_s=0.0)
Outgoing = tuple[str, Settings, bool]  # topic, payload, is_retained


class Telemetry:
    """`messages` after each brain tick; yields only what is due."""

    def __init__(self, topics: Topics, description: BodyDescription) -> None:
        self._topics = topics
        self._footprint_m = _pairs(description.footprint_m)
        self._due_s = dict.fromkeys(("state", "plan", "tree", "map", "doors", "rooms"), 0.0)
        self._map_revision = self._zones_revision = self._rooms_revision = -1

    def messages(
        self,
        brain: Brain,
        output: BrainOutput,
        now_s: float,
        wall_s: float,
        faults: Sequence[str] = (),
    ) -> Iterator[Outgoing]:
        """What to publish now; `faults` are those around the brain, empty texts left out."""
        if self._is_due("state", now_s, _STATE_PERIOD_S):
            yield self._topics.state, self._state(brain, output, wall_s, faults), True
        if self._is_due("plan", now_s, _PLAN_PERIOD_S):
            yield self._topics.plan, plan_payload(output, wall_s), False
        if self._is_due("tree", now_s, _TREE_PERIOD_S):
            yield self._topics.tree, brain.parts.tree.payload(wall_s), False
        is_new = output.seen.snapshot.revision != self._map_revision
        if is_new and self._is_due("map", now_s, _MAP_PERIOD_S):
            self._map_revision = output.seen.snapshot.revision
            yield self._topics.map, map_payload(output.seen.snapshot, wall_s), True
        rules = brain.parts.rules
        if rules.zones.revision != self._zones_revision:
            self._zones_revision = rules.zones.revision
            yield self._topics.zones, zones_payload(rules.zones.zones, wall_s), True
        if output.rules.news or self._is_due("doors", now_s, _DOORS_PERIOD_S):
            doors = doors_payload(rules.doors, output.rules.doors, wall_s)
            yield self._topics.doors, doors, True
        rooms = brain.parts.rooms
        is_news = rooms.revision != self._rooms_revision
        if self._is_due("rooms", now_s, _ROOMS_PERIOD_S) or is_news:
            self._rooms_revision = rooms.revision
            yield self._topics.rooms, rooms_payload(rooms, wall_s), True

    def _is_due(self, name: str, now_s: float, period_s: float) -> bool:
        if now_s < self._due_s[name] - _SLACK_S:
            return False
        self._due_s[name] = now_s + period_s
        return True

    def _state(
        self, brain: Brain, output: BrainOutput, wall_s: float, faults: Sequence[str]
    ) -> RobotState:
        newest, estimate, queue = output.newest, output.seen.estimate, brain.parts.queue
        odometry, head, battery = newest.odometry, newest.head, newest.battery
        report = newest.report or _NO_REPORT
        pose = pose_payload(estimate.T_map_robot)
        plan_ms = 1e3 * np.percentile(brain.plan_seconds or [0.0], (50, 99))
        return RobotState(
            ts=wall_s,
            pose=pose,
            localization_quality=float(np.clip(estimate.quality, 0.0, 1.0)),
            speed_m_s=odometry.speed_m_s if odometry else 0.0,
            yaw_rate_rad_s=odometry.yaw_rate_rad_s if odometry else 0.0,
            pan_rad=head.pan_rad if head else 0.0,
            tilt_rad=head.tilt_rad if head else 0.0,
            face=output.command.face.value,
            activity=output.decision.activity[:TEXT_MAX],
            task=queue.active.payload() if queue.active else None,
            queue=[task.payload() for task in queue.waiting],
            recent=[task.payload() for task in queue.recent],
            estop=report.is_estopped,
            body_stop_reason=report.stop_reason[:TEXT_MAX],
            battery=battery.charge if battery else None,
            is_charging=battery.is_charging if battery else None,
            is_docked=newest.dock.is_docked if newest.dock else None,
            people=[_person_payload(person) for person in output.people],
            rooms=list(brain.parts.rooms.book.names()),
            room=brain.parts.rooms.book.room_at(pose.x_m, pose.y_m),
            plan_ms_p50=float(plan_ms[0]),
            plan_ms_p99=float(plan_ms[1]),
            faults=[
                fault[:TEXT_MAX] for fault in (*output.faults, *report.faults, *faults) if fault
            ],
            footprint_m=self._footprint_m,
        )


def plan_payload(output: BrainOutput, wall_s: float) -> PlanPayload:
    """Path, chosen trajectory and a sample of the candidates."""
    plan, path = output.plan, output.global_plan
    return PlanPayload(
        ts=wall_s,
        goal=_goal_payload(output.decision.goal),
        path_m=_pairs(path.path_map_m) if path is not None else [],
        chosen_m=_pairs(plan.xyt_map[:, :2]),
        candidates=_candidates(plan),
    )


def map_payload(snapshot: MapSnapshot, wall_s: float) -> MapPayload:
    """The occupancy map as a grey picture, highest y on top."""
    grey = np.flipud(_GREY[snapshot.cells])
    _, png = cv2.imencode(".png", grey)
    spec = snapshot.spec
    return MapPayload(
        ts=wall_s,
        revision=snapshot.revision,
        origin_x_m=spec.origin_x_m,
        origin_y_m=spec.origin_y_m,
        resolution_m=spec.resolution_m,
        n_rows=spec.n_rows,
        n_cols=spec.n_cols,
        png_base64=base64.b64encode(png.tobytes()).decode("ascii"),
    )


def pose_payload(pose: SE2) -> PosePayload:
    pose = pose.wrapped()
    return PosePayload(x_m=pose.x_m, y_m=pose.y_m, yaw_rad=pose.yaw_rad)


def _goal_payload(goal: Goal | None) -> PosePayload | None:
    if goal is None or isinstance(goal, DirectionGoal | TargetGoal):
        return None
    if isinstance(goal, PointGoal):
        return PosePayload(x_m=goal.x_m, y_m=goal.y_m, yaw_rad=0.0)
    return pose_payload(goal.T_map_goal)


def _candidates(plan: LocalPlan) -> list[CandidatePayload]:
    n = len(plan.candidate_cost)
    ranks = np.empty(n)
    ranks[np.argsort(plan.candidate_cost)] = np.arange(n) / max(1, n - 1)
    return [
        CandidatePayload(points_m=_pairs(points), rank=float(rank))
        for points, rank in zip(plan.candidates_xy_map_m, ranks, strict=True)
    ]


def _person_payload(person: TrackedPerson) -> PersonPayload:
    return PersonPayload(
        id=person.identity,
        x_m=float(person.position_map_m[0]),
        y_m=float(person.position_map_m[1]),
        vx_m_s=float(person.velocity_map_m_s[0]),
        vy_m_s=float(person.velocity_map_m_s[1]),
        facing_rad=person.facing_map_rad,
    )


def _pairs(points_m: FloatArray) -> list[tuple[float, float]]:
    return [(x, y) for x, y in np.round(np.asarray(points_m), 3).tolist()]
