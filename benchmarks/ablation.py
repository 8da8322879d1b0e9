"""What is each part of the local planner worth? Each is taken out in turn, on the same errands.

Room-to-room runs with 100 ms of added delay: the tightest ways among the homes found, and ways that
a person crosses. Taken out: the weighting by survival (a constant weighted sum in its place, with
the weight that it has where risk is small), the value of being unharmed at the end, the warm
start, the refining stages (as many candidates in one), the prediction over the delay, and the
consistency with the last plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from app.config import load_config
from app.lockstep import LinkDelay
from app.process import use_one_thread
from benchmarks.common import Options, Row, Target, choose, finish, main, run_cases, wilson_interval
from benchmarks.errands import Errand, Variant, errands_in, run_errand
from benchmarks.homes import find_cases
from benchmarks.latency import PresentPlanner, without_prediction
from homebody.errors import HomebodyError
from homebody.messages import BodyDescription
from navigation.local_planner.config import LocalPlannerConfig
from navigation.local_planner.guidance import Guidance
from navigation.local_planner.objective import Objective
from navigation.local_planner.optimizer import Found, Optimizer, Roll, Score
from navigation.local_planner.planner import LocalPlanner
from navigation.local_planner.request import PlanRequest
from navigation.local_planner.scene import Batch, Scene
from navigation.local_planner.trajectory_space import Manoeuvres
from navigation.types import Float32Array

_N_TIGHT, _N_CROSSED, _N_LOOKED_AT = 4, 4, 14
_DELAY_S = 0.1
_FAILED_S = 90.0
_SURVIVAL_MIN = 1e-30
_COLUMNS = (
    "errand", "variant", "success", "time_s", "jerk", "angular_jerk", "stops", "reversals",
    "collisions", "caused", "clearance_m", "person_m", "note",
)  # fmt: skip


# --- the planner with a part taken out -----------------------------------------------------------


class WeightedSum(Objective):
    """Progress less a constant times the chance of harm, whatever is still to be lost."""

    def __init__(self, config: LocalPlannerConfig) -> None:
        super().__init__(config)
        self._lost_s = np.float32(config.hazard.value_s)

    def survival(self, batch: Batch, scene: Scene) -> Float32Array:
        """Certain, so that nothing is weighted."""
        del scene
        return np.ones_like(batch.clearance_m)

    def expected_progress_s(self, batch: Batch, scene: Scene) -> Float32Array:
        """Progress and the value at the end, less the integral of the hazards."""
        alive = super().survival(batch, scene)[:, -1]
        harm = -np.log(np.maximum(alive, np.float32(_SURVIVAL_MIN)))
        total = super().expected_progress_s(batch, scene) - self._lost_s * harm
        return np.asarray(total, np.float32)


class NoTerminalValue(Objective):
    """Being unharmed at the end is worth nothing of itself; where to face still counts."""

    def __init__(self, config: LocalPlannerConfig) -> None:
        super().__init__(config)
        self._offered_s = np.float32(config.hazard.value_s)

    def expected_progress_s(self, batch: Batch, scene: Scene) -> Float32Array:
        """Without the constant part of the last term of equation (27)."""
        total = super().expected_progress_s(batch, scene)
        offered: Float32Array = self.survival(batch, scene)[:, -1] * self._offered_s
        return np.asarray(total - offered, np.float32)


class OneStage(Optimizer):
    """The best of a broad sample."""

    def search(self, broad: Manoeuvres, speed_limit_m_s: float, roll: Roll, score: Score) -> Found:
        """Score the broad candidates, and that is all."""
        return self._evaluate(self._space.clip(broad, speed_limit_m_s), roll, score)


class WithWeightedSum(LocalPlanner):
    def __init__(
        self, body: BodyDescription, config: LocalPlannerConfig, rng: np.random.Generator
    ) -> None:
        super().__init__(body, config, rng)
        self._objective = WeightedSum(config)


class WithoutTerminalValue(LocalPlanner):
    def __init__(
        self, body: BodyDescription, config: LocalPlannerConfig, rng: np.random.Generator
    ) -> None:
        super().__init__(body, config, rng)
        self._objective = NoTerminalValue(config)


class WithoutWarmStart(LocalPlanner):
    def _candidates(self, request: PlanRequest, guidance: Guidance) -> Manoeuvres:
        state = request.state
        return self._broad.make(guidance, state.T_map_robot.yaw_rad, state.yaw_rate_rad_s)


class WithOneStage(LocalPlanner):
    def __init__(
        self, body: BodyDescription, config: LocalPlannerConfig, rng: np.random.Generator
    ) -> None:
        usual = config.optimizer
        n_all = usual.n_broad + 2 * usual.n_refine
        optimizer = usual.model_copy(update={"n_broad": n_all})
        super().__init__(body, config.model_copy(update={"optimizer": optimizer}), rng)
        self._optimizer = OneStage(self._space, optimizer, rng)


def _without_consistency(
    body: BodyDescription, config: LocalPlannerConfig, rng: np.random.Generator
) -> LocalPlanner:
    costs = config.costs.model_copy(update={"consistency": 0.0})
    return LocalPlanner(body, config.model_copy(update={"costs": costs}), rng)


def variants() -> tuple[Variant, ...]:
    """The whole planner first."""
    link = LinkDelay(0.5 * _DELAY_S, 0.5 * _DELAY_S)
    made: dict[str, Callable[..., LocalPlanner]] = {
        "weighted sum": WithWeightedSum,
        "no terminal value": WithoutTerminalValue,
        "no warm start": WithoutWarmStart,
        "one stage": WithOneStage,
        "no consistency": _without_consistency,
    }
    whole = Variant("whole", config=load_config(), link=link)
    parts = [replace(whole, name=name, make_planner=make) for name, make in made.items()]
    unpredicted = replace(
        whole,
        name="no prediction",
        make_planner=PresentPlanner,
        reassemble=without_prediction,
    )
    return (whole, *parts, unpredicted)


# --- the benchmark -------------------------------------------------------------------------------


def find_errands(options: Options) -> list[Errand]:
    """The tightest ways, and ways that are crossed, in turn."""
    body = load_config().body_description()
    found: list[Errand] = []
    for case in find_cases(options)[:_N_LOOKED_AT]:
        try:
            found += errands_in(case.path, options.seed, 2, body)
        except HomebodyError:
            continue  # `benchmarks.homes` says what is wrong with it
    tight = sorted(found, key=lambda errand: errand.narrowest_m)[:_N_TIGHT]
    crossed = [errand for errand in found if errand.people and errand not in tight][:_N_CROSSED]
    longer, shorter = (tight, crossed) if len(tight) >= len(crossed) else (crossed, tight)
    pairs = [errand for pair in zip(longer, shorter, strict=False) for errand in pair]
    return pairs + longer[len(shorter) :]


def run_case(case: tuple[Errand, Variant]) -> Row:
    """One errand by one planner."""
    use_one_thread()
    return run_errand(*case)


def run(options: Options) -> int:
    """The whole benchmark; a quick form takes few errands."""
    errands = choose(find_errands(options), options.cases, lambda errand: errand.name)
    planners = variants()
    cases = [(errand, variant) for errand in errands for variant in planners]
    rows = run_cases(run_case, cases, options.jobs, "ablation")
    names = [variant.name for variant in planners]
    summary = summarize(rows, names)
    targets = [
        Target("success of the whole planner", 1.0, summary["whole success"]),
        Target("collisions caused by it", 0.0, summary["whole caused"], at_most=True),
    ]
    for name in names[1:]:
        worse = summary[f"{name} loss_s"] - summary["whole loss_s"]
        targets.append(Target(f"s lost per errand: {name}", 0.0, worse))
    return finish("ablation", options, rows, _COLUMNS, summary, targets)


def summarize(rows: Sequence[Row], names: Sequence[str]) -> dict[str, float]:
    """Means per planner; `loss_s` is time, with failures and collisions caused as 90 s each."""
    summary = {"errands": float(len({row["errand"] for row in rows}))}
    for name in names:
        some = [row for row in rows if row["variant"] == name]
        n_done = sum(row["success"] for row in some)
        low, high = wilson_interval(n_done, len(some))
        times_s = [row["time_s"] if row["success"] else _FAILED_S for row in some]
        caused = float(sum(row["caused"] for row in some))
        summary |= {
            f"{name} success": n_done / max(1, len(some)),
            f"{name} success_low": low,
            f"{name} success_high": high,
            f"{name} time_s": float(np.mean(times_s)),
            f"{name} collisions": float(sum(row["collisions"] for row in some)),
            f"{name} caused": caused,
            f"{name} loss_s": float(np.mean(times_s)) + _FAILED_S * caused / max(1, len(some)),
        }
        for key in ("jerk", "angular_jerk", "stops", "clearance_m"):
            summary[f"{name} {key}"] = float(np.mean([row[key] for row in some]))
    return summary


if __name__ == "__main__":
    main(run, __doc__ or "")
