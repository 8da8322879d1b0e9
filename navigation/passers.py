"""Somebody stands in the way: wait as long as that is expected to cost less than the way round.

The way round is planned with those in the way taken for things. What it takes longer than the way
through, an opening would save; stays of people follow a Lomax distribution, so the best patience is
equation (16) of docs/maths/doors.md. When that is over, the way round is taken.
Cost: 0.1 ms a second while the robot is held up, else nothing; one plan as a job.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from homebody.errors import HomebodyError
from homebody.geometry import SE2, FloatArray
from homebody.ports import Job
from navigation.doors.outlook import DoorPrices
from navigation.doors.patience import passer_by_patience_s
from navigation.global_planner.check import path_ahead
from navigation.navigator_config import NavigatorConfig
from navigation.pursuit import Pursuit, time_to_go_s
from navigation.types import GlobalPlan, Mover, TrackedPerson

_AHEAD_M = 2.0  # who stands further along the way is gone when the robot comes there
_SPACING_M = 0.05
_SHAPE = 1.0  # of the Lomax distribution: half are gone after the typical time
_WORTH_S = 0.5
_BERTH_M = 0.2  # wider than they are, for nobody is squeezed past and tracks are noisy
_WALKS_M_S = 0.5  # by a noisy track; who walks on is no reason to wait or to go round
_SLOW = 0.4  # of the way's own pace: what is slower is held up
_KEPT_S = 20.0  # so long the way round goes round where somebody stood
_AGAIN_S = 3.0  # after the way was asked for in vain

AskRound = Callable[[FloatArray], Job[GlobalPlan]]


@dataclass(frozen=True, slots=True)
class Passer:
    """Somebody or something that may move off, as a disc; position of shape (2,)."""

    position_map_m: FloatArray
    radius_m: float


def passers_of(
    people: Sequence[TrackedPerson], movers: Sequence[Mover], person_radius_m: float
) -> tuple[Passer, ...]:
    """All that stand and may move off."""
    found: list[tuple[TrackedPerson | Mover, float]] = [(p, person_radius_m) for p in people]
    found += [(mover, mover.radius_m) for mover in movers]
    return tuple(
        Passer(one.position_map_m, radius_m)
        for one, radius_m in found
        if np.linalg.norm(one.velocity_map_m_s) < _WALKS_M_S
    )


@dataclass(slots=True)
class _State:
    """What belongs to one goal; `noted` is a time and how much time was to go then."""

    job: Job[GlobalPlan] | None = None
    way_round: GlobalPlan | None = None
    until_s: float = -math.inf
    in_the_way: tuple[Passer, ...] = ()
    gone_round: tuple[Passer, ...] = ()
    gone_round_until_s: float = -math.inf
    rests_until_s: float = -math.inf
    noted: tuple[float, float] = (-math.inf, math.inf)


@dataclass(slots=True)
class PasserPatience:
    """Decides for one goal at a time; `reset` for the next.

    Args:
        inscribed_radius_m: The robot passes somebody no nearer than this.
    """

    inscribed_radius_m: float
    config: NavigatorConfig
    _state: _State = field(default_factory=_State)

    def reset(self) -> None:
        """A new goal."""
        self._state = _State()

    @property
    def words(self) -> str:
        """What the robot waits for, empty if for nothing."""
        return "waiting a moment for somebody to pass" if self._state.way_round else ""

    def obstacles_m(self, now_s: float) -> FloatArray:
        """Points (N, 2) of those whom the way is to go round."""
        state = self._state
        return _discs(state.gone_round if now_s < state.gone_round_until_s else ())

    def step(
        self,
        pursuit: Pursuit,
        T_map_robot: SE2,
        passers: Sequence[Passer],
        prices: DoorPrices,
        ask: AskRound,
        now_s: float,
    ) -> None:
        """Look who stands in the way, ask for the way round, wait, and go it."""
        state = self._state
        if state.way_round is not None:
            self._go_on(pursuit, T_map_robot, passers, state.way_round, now_s)
        elif state.job is not None:
            if state.job.poll(now_s):
                self._weigh(pursuit, T_map_robot, prices, now_s)
        elif self._is_held_up(pursuit, T_map_robot, now_s):
            state.in_the_way = self._in_the_way(pursuit, T_map_robot, passers)
            if state.in_the_way:
                state.job = ask(_discs(state.in_the_way))

    def _is_held_up(self, pursuit: Pursuit, T_map_robot: SE2, now_s: float) -> bool:
        """Whether the last second brought the robot much less nearer than it should."""
        state = self._state
        if pursuit.plan is None or not pursuit.plan.is_found or pursuit.is_arrived:
            return False
        noted_s, before_s = state.noted
        passed_s = now_s - noted_s
        if passed_s < self.config.passer_after_s:
            return False
        to_go_s = time_to_go_s(pursuit.plan, T_map_robot)
        state.noted = now_s, to_go_s
        is_noted = math.isfinite(passed_s) and passed_s < 2.0 * self.config.passer_after_s
        is_slow = is_noted and before_s - to_go_s < _SLOW * passed_s
        return is_slow and now_s >= state.rests_until_s

    def _in_the_way(
        self, pursuit: Pursuit, T_map_robot: SE2, passers: Sequence[Passer]
    ) -> tuple[Passer, ...]:
        plan = pursuit.plan
        if not passers or plan is None or len(plan.path_map_m) < 2:
            return ()
        ahead_m = path_ahead(plan.path_map_m, T_map_robot.translation(), _SPACING_M)
        ahead_m = ahead_m[: math.ceil(_AHEAD_M / _SPACING_M)]
        return tuple(
            passer
            for passer in passers
            if np.linalg.norm(ahead_m - passer.position_map_m, axis=1).min()
            < passer.radius_m + self.inscribed_radius_m
        )

    def _weigh(self, pursuit: Pursuit, T_map_robot: SE2, prices: DoorPrices, now_s: float) -> None:
        state = self._state
        assert state.job is not None
        job, state.job = state.job, None
        state.rests_until_s = now_s + _AGAIN_S
        try:
            way_round = job.result()
        except HomebodyError:
            return
        if pursuit.plan is None:
            return
        saved_s = time_to_go_s(way_round, T_map_robot) - time_to_go_s(pursuit.plan, T_map_robot)
        wait_s = passer_by_patience_s(
            min(saved_s, prices.no_way_round_s),
            self.config.passer_typical_s,
            _SHAPE,
            prices.wait_max_s,
        )
        if math.isnan(wait_s):
            return
        state.way_round, state.until_s = way_round, now_s + wait_s
        if wait_s < _WORTH_S:
            self._go_round(pursuit, way_round, now_s)

    def _go_on(
        self,
        pursuit: Pursuit,
        T_map_robot: SE2,
        passers: Sequence[Passer],
        way_round: GlobalPlan,
        now_s: float,
    ) -> None:
        """Wait, until they are gone or it is enough."""
        if not self._in_the_way(pursuit, T_map_robot, passers):
            self._state.way_round = None
        elif now_s >= self._state.until_s:
            self._go_round(pursuit, way_round, now_s)

    def _go_round(self, pursuit: Pursuit, way_round: GlobalPlan, now_s: float) -> None:
        """Where there is no way round, what helps when one is stuck comes next."""
        state = self._state
        state.way_round = None
        state.rests_until_s = now_s + _KEPT_S
        if way_round.is_found:
            state.gone_round, state.gone_round_until_s = state.in_the_way, now_s + _KEPT_S
            pursuit.take(way_round)


def _discs(passers: Sequence[Passer]) -> FloatArray:
    """Points (N, 2) that fill the discs and a berth, near enough to each other for any map."""
    points = []
    for passer in passers:
        radius_m = passer.radius_m + _BERTH_M
        offsets = np.arange(-radius_m, radius_m, _SPACING_M / 2.0)
        grid = np.stack(np.meshgrid(offsets, offsets), axis=-1).reshape(-1, 2)
        points.append(passer.position_map_m + grid[np.hypot(grid[:, 0], grid[:, 1]) <= radius_m])
    return np.concatenate(points) if points else np.zeros((0, 2))
