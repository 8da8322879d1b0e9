"""The brain: sensors -> estimate -> map -> tree and skills -> plan -> command, ten times a second.

One pure object, the same in real time and in lock step. Data flows one way per tick; slow work is
handed to the job runner and comes back as an input of a later tick. Cost: see docs/benchmarks.md.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from app.brain_parts import BrainOutput, BrainParts
from app.brain_state import BrainState
from app.newest import NewestInputs
from behaviours.tree import Decision
from homebody.errors import MessageError
from homebody.geometry import SE2, FloatArray
from homebody.messages import BodyReport, BrainInput, Cliff, Command, Odometry
from homebody.payloads import TaskEvent, TaskRequest
from navigation.carried_watch import CarriedWatch
from navigation.goals import NavigationStatus
from navigation.home_rules import HomeRules
from navigation.mapping.bumps import BumpMemory
from navigation.mapping.cliffs import CliffMemory
from navigation.navigator import NavigationInput
from navigation.slam.slam import SlamOutput
from navigation.types import LocalPlan, MotionState, Mover, TrackedPerson
from skills.base import SkillContext

_DELAYS_KEPT = 50
_TIMINGS_KEPT = 600
_DELAY_PERCENTILE = 70
_FIRST_DELAY_S = 0.03


class Brain:
    """Holds what must be remembered between ticks; everything else flows through `step`."""

    def __init__(self, parts: BrainParts) -> None:
        self.parts = parts
        self._newest = NewestInputs(parts.body)
        self._people: tuple[TrackedPerson, ...] = ()
        self._status = NavigationStatus()
        self._rules = HomeRules()
        self._events: list[TaskEvent] = []
        self._rooms_revision = parts.rooms.revision
        self._is_stop_requested = False
        self._stops_heard = 0
        self._stops_stored: int | None = None
        self._bumps = BumpMemory(parts.body)
        self._cliffs = CliffMemory(parts.body.cliff)
        self._carried = CarriedWatch()
        self._carried_words = ""
        self._delays_s: deque[float] = deque([_FIRST_DELAY_S], maxlen=_DELAYS_KEPT)
        self.T_map_robot = SE2.identity()
        self.plan_seconds: deque[float] = deque(maxlen=_TIMINGS_KEPT)

    # --- what survives a restart --------------------------------------------------------------

    @property
    def revision(self) -> tuple[int, int]:
        """Changes with what `state` gives."""
        return self.parts.queue.revision, self._stops_heard

    def state(self) -> BrainState:
        """All that must survive a restart."""
        return BrainState(queue=self.parts.queue.state(), stops_heard=self._stops_heard)

    def resume(self, state: BrainState, wall_s: float) -> None:
        """Go on from what was stored; before the first tick."""
        self._events += self.parts.queue.resume(state.queue, wall_s)
        self._stops_heard = self._stops_stored = state.stops_heard

    @property
    def sensor_delays_s(self) -> dict[str, float]:
        """From capture to use, by sensor, of what came in the newest tick."""
        return self._newest.delays_s

    # --- between ticks ------------------------------------------------------------------------

    def submit(self, request: TaskRequest, is_retained: bool, wall_s: float) -> None:
        """Hear a task; what becomes of it is among the events of the next tick."""
        self._events += self.parts.queue.submit(request, is_retained, wall_s)

    def reject(self, payload: bytes, problem: MessageError, wall_s: float) -> None:
        """Hear something malformed; the next tick's events say why it was refused."""
        self._events.append(self.parts.queue.reject_malformed(payload, problem, wall_s))

    def stop(self) -> None:
        """End all tasks and stand."""
        self._is_stop_requested = True

    def note_delay(self, delay_s: float) -> None:
        """How long the last command took from its tick to the body: plans start that much later."""
        self._delays_s.append(delay_s)

    # --- a tick -------------------------------------------------------------------------------

    def step(self, inputs: BrainInput, now_s: float, wall_s: float) -> BrainOutput | None:
        """One tick; None until the body has said where its wheels are and what holds them, and
        until it is known which map this is.
        """
        self._newest.take(inputs, now_s)
        odometry, report = self._newest.values.odometry, self._newest.values.report
        if odometry is None or report is None:
            return None
        self._hear_stops(report)
        parts = self.parts
        was_awake = parts.slam.is_awake
        seen = parts.slam.step(inputs, self._people, now_s)
        self._people = parts.people.step(inputs.people, parts.slam.history, now_s)
        T_map_robot = self.T_map_robot = seen.estimate.T_map_odom @ odometry.T_odom_robot
        if not was_awake:
            return None
        self._find_if_lost(seen, now_s)
        self._carried_words = self._carried.step(
            seen.estimate.T_map_odom, odometry.T_odom_robot, seen.estimate.quality, now_s
        )
        seen = self._with_drops(seen, inputs.cliff, T_map_robot)
        parts.rooms.step(seen.snapshot, T_map_robot, now_s)
        decision = self._decide(seen, T_map_robot, odometry, now_s, wall_s)
        self._rules = self._look_at_doors(seen, T_map_robot, wall_s)
        plan, motion = self._move(seen, T_map_robot, decision, odometry, now_s)
        command = self._command(plan, motion, decision, now_s)
        parts.predictor.sent(command)
        return self._output(command, seen, decision, plan)

    def _with_drops(self, seen: SlamOutput, cliff: Cliff | None, T_map_robot: SE2) -> SlamOutput:
        """The map with all drops that were ever felt."""
        if cliff is not None:
            felt_at = self.parts.slam.history.at(cliff.capture_time_s)
            self._cliffs.step(cliff, T_map_robot if felt_at is None else felt_at)
        marked = self._cliffs.marked(seen.snapshot)
        return seen if marked is seen.snapshot else replace(seen, snapshot=marked)

    def _hear_stops(self, report: BodyReport) -> None:
        """A stop that was said while the brain was away counts as soon as it is back."""
        if self._stops_stored is not None and report.stop_count > self._stops_stored:
            self._is_stop_requested = True
        self._stops_stored, self._stops_heard = None, report.stop_count

    def _find_if_lost(self, seen: SlamOutput, now_s: float) -> None:
        """Where the robot was found in the whole map holds from the next tick on."""
        estimate = seen.estimate
        T_map_odom = self.parts.lost_and_found.step(
            seen.scan, estimate.quality, estimate.T_map_odom, seen.snapshot, now_s
        )
        if T_map_odom is not None:
            self.parts.slam.relocate(T_map_odom)

    def _decide(
        self,
        seen: SlamOutput,
        T_map_robot: SE2,
        odometry: Odometry,
        now_s: float,
        wall_s: float,
    ) -> Decision:
        """Let the tree choose what to do."""
        newest, parts = self._newest.values, self.parts
        context = SkillContext(
            now_s=now_s,
            T_map_robot=T_map_robot,
            localization_quality=seen.estimate.quality,
            snapshot=seen.snapshot,
            navigation=self._status,
            rooms=parts.rooms.book,
            T_map_dock=parts.T_map_dock,
            battery=newest.battery,
            is_docked=newest.dock is not None and newest.dock.is_docked,
            people=self._people,
            jobs=parts.jobs,
            speed_m_s=odometry.speed_m_s,
        )
        is_estopped = newest.report is not None and newest.report.is_estopped
        stop, self._is_stop_requested = self._is_stop_requested, False
        return parts.tree.step(context, is_estopped, stop, wall_s, now_s)

    def _look_at_doors(self, seen: SlamOutput, T_map_robot: SE2, wall_s: float) -> HomeRules:
        """What doors and zones allow now."""
        rooms = self.parts.rooms
        if rooms.revision != self._rooms_revision:
            self._rooms_revision = rooms.revision
            self.parts.rules.doors.know(rooms.doorways)
        return self.parts.rules.step(
            seen.beams_map, seen.snapshot, self._people_map_m(), T_map_robot, wall_s
        )

    def _see_movers(self, seen: SlamOutput) -> tuple[Mover, ...]:
        """What moves and is no person."""
        movers = self.parts.movers
        if movers is None:
            return ()
        return movers.step(seen.beams_map, self._newest.scanned_s, self._people_map_m())

    def _people_map_m(self) -> FloatArray:
        return np.array([p.position_map_m for p in self._people]).reshape(-1, 2)

    def _move(
        self,
        seen: SlamOutput,
        T_map_robot: SE2,
        decision: Decision,
        odometry: Odometry,
        now_s: float,
    ) -> tuple[LocalPlan, MotionState]:
        """Plan from the state predicted for the moment the plan takes effect."""
        parts = self.parts
        began_s = parts.stopwatch()
        start_s = now_s + float(np.percentile(self._delays_s, _DELAY_PERCENTILE))
        motion = parts.predictor.predict(T_map_robot, odometry, start_s)
        local_map = parts.local_mapper.step(
            self._rules.planning_map or seen.snapshot,
            T_map_robot,
            now_s,
            beams_map=seen.beams_map,
            depth_points_map_m=seen.depth_points_map_m,
            bumps_map_m=self._bumps.step(self._newest.values.bump, T_map_robot, now_s),
            people_map_m=self._people_map_m(),
            surfaces=seen.surfaces,
        )
        inputs = NavigationInput(
            T_map_robot=T_map_robot,
            speed_m_s=odometry.speed_m_s,
            yaw_rate_rad_s=odometry.yaw_rate_rad_s,
            predicted=motion,
            start_time_s=start_s,
            snapshot=seen.snapshot,
            local_map=local_map,
            surfaces=seen.surfaces,
            people=self._people,
            movers=self._see_movers(seen),
            rules=self._rules,
            body_stop_reason=self._newest.stop_reason,
            ranges_age_s=self._newest.ranges_age_s(start_s),
        )
        plan, self._status = parts.navigator.step(decision.goal, inputs, now_s)
        self.plan_seconds.append(parts.stopwatch() - began_s)
        return plan, motion

    def _command(
        self, plan: LocalPlan, motion: MotionState, decision: Decision, now_s: float
    ) -> Command:
        """Wheels from the plan, the head with them."""
        pan_rad, tilt_rad = self.parts.head.step(
            plan, _point(decision.look_at_map_m), motion, plan.start_time_s
        )
        return Command(
            issued_time_s=now_s,
            start_time_s=plan.start_time_s,
            time_s=plan.time_s,
            speed_m_s=plan.speed_m_s,
            yaw_rate_rad_s=plan.yaw_rate_rad_s,
            pan_rad=pan_rad,
            tilt_rad=tilt_rad,
            face=decision.face,
            reason=plan.reason or decision.activity,
        )

    def _output(
        self, command: Command, seen: SlamOutput, decision: Decision, plan: LocalPlan
    ) -> BrainOutput:
        events = (*self._events, *decision.events)
        self._events = []
        return BrainOutput(
            command=command,
            seen=seen,
            people=self._people,
            decision=decision,
            navigation=self._status,
            plan=plan,
            global_plan=self.parts.navigator.global_plan,
            rules=self._rules,
            newest=self._newest.values,
            events=events,
            faults=(*seen.faults, *filter(None, (self._carried_words,))),
        )


def _point(xy_m: tuple[float, float] | None) -> FloatArray | None:
    return np.array(xy_m) if xy_m is not None else None
