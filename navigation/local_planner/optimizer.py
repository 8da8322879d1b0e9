"""Three stages: the shifted last optimum and a broad sample, then twice narrower around the best.

Each refinement draws normal steps about several elites, not about one mean, because the landscape
has a peak per side of each obstacle (cross-entropy with a mixture). The winner is the best of all
that were scored, so it is never worse than the shifted last plan or full braking.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from homebody.geometry import FloatArray
from navigation.local_planner.config import OptimizerConfig
from navigation.local_planner.trajectory_space import (
    N_NUMBERS,
    Kind,
    Manoeuvres,
    Rollout,
    TrajectorySpace,
)
from navigation.types import Float32Array

# standard deviations of the steps: speeds [m/s], yaw rates [rad/s], switch times [s]
_STEPS = (
    np.array([0.15, 0.15, 0.35, 0.35, 0.30, 0.30]),
    np.array([0.05, 0.05, 0.10, 0.10, 0.12, 0.12]),
)
_N_NOISE_SETS = 8
_LEADERS = 3  # elites of the last stage

Score = Callable[[Rollout], Float32Array]
Roll = Callable[[Manoeuvres], Rollout]


@dataclass(frozen=True, slots=True)
class Found:
    """All candidates of a cycle, their scores (K,) and where they lead, (K, T') each."""

    manoeuvres: Manoeuvres
    score: Float32Array
    x: Float32Array
    y: Float32Array

    @property
    def best(self) -> int:
        return int(np.argmax(self.score))


class Optimizer:
    """Searches the trajectory space."""

    def __init__(
        self, space: TrajectorySpace, config: OptimizerConfig, rng: np.random.Generator
    ) -> None:
        self._space = space
        self._config = config
        shape = (_N_NOISE_SETS, len(_STEPS), config.n_refine, N_NUMBERS)
        self._noise = rng.standard_normal(shape)
        spread = np.linspace(0.0, 1.0, config.n_refine, endpoint=False) ** 1.5
        self._parents = tuple((spread * n).astype(np.intp) for n in (config.n_elites, _LEADERS))
        self._cycle = 0

    def search(self, broad: Manoeuvres, speed_limit_m_s: float, roll: Roll, score: Score) -> Found:
        """Score the broad candidates, refine twice, and return all of them."""
        found = self._evaluate(self._space.clip(broad, speed_limit_m_s), roll, score)
        noise = self._noise[self._cycle % _N_NOISE_SETS]
        self._cycle += 1
        for stage, step in enumerate(_STEPS):
            parents = self._parents[stage]
            ranked = np.argsort(-found.score, kind="stable")[: int(parents[-1]) + 1]
            chosen = found.manoeuvres.take(ranked[np.minimum(parents, len(ranked) - 1)])
            nearby = self._space.clip(_moved(chosen, step * noise[stage]), speed_limit_m_s)
            found = _joined(found, self._evaluate(nearby, roll, score))
        return found

    def _evaluate(self, manoeuvres: Manoeuvres, roll: Roll, score: Score) -> Found:
        rollout = roll(manoeuvres)
        haste = np.float32(self._config.emergency_cost_s) * (manoeuvres.kind == Kind.EMERGENCY)
        return Found(manoeuvres, score(rollout) - haste, rollout.x[:, ::2], rollout.y[:, ::2])


def _moved(manoeuvres: Manoeuvres, steps: FloatArray) -> Manoeuvres:
    """Neighbours of the candidates; what was an emergency stop becomes an ordinary one."""
    kind = np.where(manoeuvres.kind == Kind.EMERGENCY, int(Kind.COMFORT), manoeuvres.kind)
    return Manoeuvres(manoeuvres.numbers + steps, kind.astype(np.intp))


def _joined(a: Found, b: Found) -> Found:
    return Found(
        Manoeuvres.joined([a.manoeuvres, b.manoeuvres]),
        np.concatenate([a.score, b.score]),
        np.concatenate([a.x, b.x]),
        np.concatenate([a.y, b.y]),
    )
