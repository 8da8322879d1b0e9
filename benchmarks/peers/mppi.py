"""A local planner as one would build it on `pytorch_mppi`: accelerations about the last plan.

State (x, y, yaw, speed, yaw rate), controls are the two accelerations, constant over a step; costs
are the usual ones of an MPPI controller for a mobile robot (way to the goal, nearness of obstacles
and of people predicted at constant velocity, effort, reversing). Cost: about 15 ms per cycle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from pytorch_mppi import MPPI
from torch import Tensor

from benchmarks.peers.common_start import CommonStart, goal_m
from benchmarks.peers.limiter import plan_of_twists
from benchmarks.peers.torch_costs import TorchField, TorchFootprint
from homebody.geometry import FloatArray
from homebody.messages import BodyDescription
from navigation.local_planner.fields import Field, filled_cost_to_go
from navigation.local_planner.footprint import Footprint
from navigation.local_planner.request import PlanRequest
from navigation.types import CostToGo, Float32Array, LocalPlan

_SPACING_M = 0.13
_FAR_M = 0.5
_PERSON_RADIUS_M = 0.25
_NEAR_GOAL_M = 0.4


@dataclass(frozen=True, slots=True)
class MppiSettings:
    """Tuned on homes that the benchmark does not use; see `benchmarks.grace`."""

    n_samples: int = 600
    n_steps: int = 30
    step_s: float = 0.1
    temperature: float = 0.1
    accel_std: float = 0.5
    yaw_accel_std: float = 1.0
    goal_weight: float = 3.0
    run_weight: float = 1.0
    heading_weight: float = 0.5
    obstacle_weight: float = 0.1
    obstacle_reach_m: float = 0.12
    contact_weight: float = 20.0
    contact_margin_m: float = 0.04
    person_weight: float = 2.0
    person_reach_m: float = 0.6
    accel_weight: float = 0.02
    yaw_accel_weight: float = 0.005
    turn_weight: float = 0.01
    reverse_weight: float = 0.2
    rest_weight: float = 2.0
    rest_reach_m: float = 0.15


class MppiPlanner:
    """Plans one cycle per `step`; its plan is not bound by jerk, see `limiter.Limited`."""

    def __init__(
        self, body: BodyDescription, settings: MppiSettings, rng: np.random.Generator
    ) -> None:
        torch.set_num_threads(1)
        self._limits, self._settings = body.limits, settings
        self._footprint = TorchFootprint(
            Footprint(body.footprint_m, _SPACING_M, _FAR_M), _SPACING_M
        )
        self._body_radius_m = body.circumscribed_radius_m
        self._common = CommonStart()
        self._filled: tuple[CostToGo, Float32Array | None] | None = None
        self._generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        self._zeros = torch.zeros(settings.n_samples)
        self._start_s: float | None = None
        limits = body.limits
        self._accel_max = torch.tensor([limits.accel_max_m_s2, limits.yaw_accel_max_rad_s2])
        self._mppi = _SeededMppi(
            self._generator,
            self._dynamics,
            self._no_cost,
            self._terminal,
            settings,
            self._accel_max,
        )

    def step(self, request: PlanRequest) -> LocalPlan:
        """Plan from the predicted state on."""
        plan = self._common.step(request)
        if plan is None:
            assert request.cost_to_go is not None
            if self._look(request, request.cost_to_go):
                plan = self._search(request)
            else:
                plan = plan_of_twists(request, np.zeros((21, 2)), 0.05, "no way")
        return plan

    def _look(self, request: PlanRequest, to_go: CostToGo) -> bool:
        """Take in the map, the way and the people; whether there is a way."""
        pose = request.state.T_map_robot
        if self._filled is None or self._filled[0] is not to_go:
            self._filled = (to_go, filled_cost_to_go(to_go))
        times = self._filled[1]
        if times is None:
            return False
        here = (pose.x_m, pose.y_m)
        local = request.local_map
        distance = np.minimum(local.distance_m, np.float32(10.0))
        self._distance = TorchField(Field.around(local.spec, distance, *here))
        self._to_goal = TorchField(Field.around(to_go.spec, times, *here))
        x_m, y_m = goal_m(request)
        self._goal = (x_m - pose.x_m, y_m - pose.y_m)
        s = self._settings
        t = s.step_s * np.arange(1, s.n_steps + 1)
        late = np.array([request.start_time_s - p.time_s for p in request.people])
        places = [
            p.position_map_m - here + (t[:, None] + dt) * p.velocity_map_m_s
            for p, dt in zip(request.people, late, strict=True)
        ]
        self._people = torch.from_numpy(np.array(places, np.float32).reshape(-1, s.n_steps, 2))
        return True

    def _search(self, request: PlanRequest) -> LocalPlan:
        state, s = request.state, self._settings
        start = (0.0, 0.0, state.T_map_robot.yaw_rad, state.speed_m_s, state.yaw_rate_rad_s)
        is_next = self._start_s is not None and request.start_time_s - self._start_s < 2 * s.step_s
        self._start_s = request.start_time_s
        with torch.inference_mode():
            if not is_next:
                self._mppi.U = torch.zeros(s.n_steps, 2)
            self._mppi.command(torch.tensor(start), shift_nominal_trajectory=is_next)
            controls = self._mppi.U.clamp(-self._accel_max, self._accel_max).numpy()
        return plan_of_twists(request, self._twists(start[3:], controls), s.step_s, "on the way")

    def _twists(self, start: tuple[float, ...], controls: FloatArray) -> FloatArray:
        """Speeds and yaw rates (T + 1, 2) of accelerations (T, 2)."""
        twists = [np.array(start)]
        limits = self._limits
        low = np.array([-limits.reverse_speed_max_m_s, -limits.yaw_rate_max_rad_s])
        high = np.array([limits.speed_max_m_s, limits.yaw_rate_max_rad_s])
        for control in controls:
            twists.append(np.clip(twists[-1] + self._settings.step_s * control, low, high))
        return np.array(twists)

    # --- what the samples do and cost ------------------------------------------------------------

    def _dynamics(self, state: Tensor, action: Tensor) -> Tensor:
        dt, limits = self._settings.step_s, self._limits
        x, y, yaw, speed, yaw_rate = state.unbind(dim=1)
        new_speed = (speed + dt * action[:, 0]).clamp(
            -limits.reverse_speed_max_m_s, limits.speed_max_m_s
        )
        most = limits.yaw_rate_max_rad_s
        new_yaw_rate = (yaw_rate + dt * action[:, 1]).clamp(-most, most)
        way, turn = 0.5 * dt * (speed + new_speed), 0.5 * dt * (yaw_rate + new_yaw_rate)
        heading = yaw + 0.5 * turn
        return torch.stack(
            [x + way * heading.cos(), y + way * heading.sin(), yaw + turn, new_speed, new_yaw_rate],
            dim=1,
        )

    def _no_cost(self, state: Tensor, action: Tensor) -> Tensor:
        del state, action
        return self._zeros

    def _terminal(self, states: Tensor, actions: Tensor) -> Tensor:
        """All costs of all steps at once, shape (K,)."""
        s = self._settings
        x, y, yaw, speed, yaw_rate = states[0].unbind(dim=2)
        cos, sin = yaw.cos(), yaw.sin()
        cost = self._way_cost(x, y, cos, sin)
        clearance = self._footprint.clearance(self._distance, x, y, cos, sin)
        edge_speed = speed.abs() + self._body_radius_m * yaw_rate.abs()
        near = torch.exp(-clearance / s.obstacle_reach_m) * edge_speed
        contact = (clearance < s.contact_margin_m).float()
        cost = cost + (s.obstacle_weight * near + s.contact_weight * contact).sum(dim=1) * s.step_s
        cost = cost + self._people_cost(x, y) * s.step_s
        effort = s.accel_weight * actions[0, ..., 0] ** 2
        effort = effort + s.yaw_accel_weight * actions[0, ..., 1] ** 2
        effort = effort + s.turn_weight * yaw_rate**2 + s.reverse_weight * (-speed).clamp(min=0.0)
        away = torch.hypot(x - self._goal[0], y - self._goal[1])
        at_goal = torch.exp(-((away / s.rest_reach_m) ** 2))
        effort = effort + s.rest_weight * at_goal * (speed**2 + 0.3 * yaw_rate**2)
        return cost + effort.sum(dim=1) * s.step_s

    def _way_cost(self, x: Tensor, y: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Travel time left at the end and on the way, and whether the nose points along it."""
        s = self._settings
        away = torch.hypot(x - self._goal[0], y - self._goal[1])
        per_m = 1.0 / self._limits.speed_max_m_s
        left = (self._to_goal.at(x, y) - _NEAR_GOAL_M * per_m).clamp(min=0.0)
        left = left + away.clamp(max=_NEAR_GOAL_M) * per_m
        ahead = 0.3 * torch.ones_like(x[:, -1])
        before = self._to_goal.at(x[:, -1] + ahead * cos[:, -1], y[:, -1] + ahead * sin[:, -1])
        astray = (before - self._to_goal.at(x[:, -1], y[:, -1])) / (0.3 * per_m)
        far = (away[:, -1] / _NEAR_GOAL_M).clamp(max=1.0)
        heading = s.heading_weight * far * (1.0 + astray).clamp(0.0, 2.0)
        return s.goal_weight * left[:, -1] + s.run_weight * left.sum(dim=1) * s.step_s + heading

    def _people_cost(self, x: Tensor, y: Tensor) -> Tensor:
        s = self._settings
        total = torch.zeros(len(x))
        for place in self._people:
            gap = torch.hypot(x - place[:, 0], y - place[:, 1])
            gap = gap - _PERSON_RADIUS_M - self._body_radius_m
            inside = (1.0 - gap / s.person_reach_m).clamp(min=0.0)
            touching = (gap < 0.0).float()
            total = total + (s.person_weight * inside**2 + s.contact_weight * touching).sum(dim=1)
        return total


class _SeededMppi(MPPI):  # type: ignore[misc]  # the library has no types
    """With its noise from a generator of its own, so that runs repeat."""

    def __init__(self, generator, dynamics, running, terminal, settings, accel_max) -> None:  # type: ignore[no-untyped-def]
        self._generator = generator
        super().__init__(
            dynamics,
            running,
            nx=5,
            noise_sigma=torch.diag(torch.tensor([settings.accel_std, settings.yaw_accel_std]) ** 2),
            num_samples=settings.n_samples,
            horizon=settings.n_steps,
            terminal_state_cost=terminal,
            lambda_=settings.temperature,
            u_min=-accel_max,
            u_max=accel_max,
            U_init=torch.zeros(settings.n_steps, 2),
            sample_null_action=True,
        )

    def _sample_noise(self, shape: tuple[int, ...]) -> Tensor:
        noise = torch.randn(*shape, self.nu, generator=self._generator)
        scaled: Tensor = noise * self._noise_sigma_sqrt_diag
        return scaled
