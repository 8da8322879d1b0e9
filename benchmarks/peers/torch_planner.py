"""A planning cycle on `pytorch_mppi`: its sampling and rollout, our cost terms in PyTorch.

Controls are speed and yaw rate at the next step; the costs of all steps are computed at once in
the terminal cost, which is faster than step by step. Its samples are given to it, so that it need
draw none.
"""

from __future__ import annotations

import torch
from pytorch_mppi import MPPI
from torch import Tensor

from benchmarks.peers.torch_costs import TorchCosts, TorchField
from benchmarks.planner_case import PlanningCase, distance_m
from navigation.local_planner.fields import Field
from navigation.types import Float32Array

_LAMBDA = 0.3


class GivenSamples(MPPI):  # type: ignore[misc]  # the library has no types
    """MPPI that perturbs with given noise (K, T, 2) instead of drawn."""

    given: Tensor

    def _sample_noise(self, shape: tuple[int, ...]) -> Tensor:
        return self.given if len(shape) == 2 else torch.zeros(*shape, self.nu)


class TorchPlanner:
    """One cycle per `step` over a case's samples and map."""

    def __init__(self, case: PlanningCase) -> None:
        self._case = case
        self._costs = TorchCosts(case)
        n_samples, n_times = case.speed.shape
        state = case.request.state
        yaw = state.T_map_robot.yaw_rad
        self._start = torch.tensor(
            [0.0, 0.0, yaw, float(case.speed[0, 0]), float(case.yaw_rate[0, 0])]
        )
        self._nothing = torch.zeros(n_samples)
        self._mppi = GivenSamples(
            self._dynamics,
            self._no_cost,
            nx=5,
            noise_sigma=torch.eye(2),
            num_samples=n_samples,
            horizon=n_times - 1,
            terminal_state_cost=self._terminal,
            lambda_=_LAMBDA,
            U_init=torch.zeros(n_times - 1, 2),
        )
        samples = torch.stack([torch.from_numpy(case.speed), torch.from_numpy(case.yaw_rate)], -1)
        self._mppi.given = samples[:, 1:].contiguous()

    def step(self) -> Tensor:
        """A cycle with the distance field in it; the weighted mean of the controls, (T, 2)."""
        field = self._case.scene.distance
        fresh = Field(distance_m(self._case.occupied), field.per_m, field.offset_x, field.offset_y)
        self._costs.distance = TorchField(fresh)
        with torch.inference_mode():
            self._mppi.U = torch.zeros_like(self._mppi.U)
            self._mppi.command(self._start, shift_nominal_trajectory=False)
        weighted: Tensor = self._mppi.U
        return weighted

    def costs(self) -> Float32Array:
        """What it thinks of each sample (K,), rollout included."""
        with torch.inference_mode():
            self._mppi.U = torch.zeros_like(self._mppi.U)
            self._mppi.command(self._start, shift_nominal_trajectory=False)
        costs: Float32Array = self._mppi.cost_total.numpy()
        return costs

    def _dynamics(self, state: Tensor, action: Tensor) -> Tensor:
        """Chords of arcs at the mean of the twists at both ends. Equation (6)."""
        x, y, yaw, speed, yaw_rate = state.unbind(dim=1)
        half_s = 0.5 * self._costs.step_s
        way, turn = half_s * (speed + action[:, 0]), half_s * (yaw_rate + action[:, 1])
        chord, heading = way * (1.0 - turn * turn / 24.0), yaw + 0.5 * turn
        return torch.stack(
            [x + chord * heading.cos(), y + chord * heading.sin(), yaw + turn, *action.unbind(1)],
            dim=1,
        )

    def _no_cost(self, state: Tensor, action: Tensor) -> Tensor:
        del state, action
        return self._nothing

    def _terminal(self, states: Tensor, actions: Tensor) -> Tensor:
        del actions
        start = self._start.expand(states.shape[1], 1, -1)
        x, y, yaw, speed, yaw_rate = torch.cat([start, states[0]], dim=1).unbind(dim=2)
        return self._costs.cost(x, y, (yaw.cos(), yaw.sin()), speed, yaw_rate)
