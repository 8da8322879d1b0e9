"""The peers score the same samples alike: PyTorch within 1e-4, the plain loop but for rounding."""

import cv2
import numpy as np
import pytest

from benchmarks.peers.plain_loop import PlainLoop
from benchmarks.planner_case import make_case

SEEDS = [1, 7]
reads_exactly = pytest.mark.skipif(
    int(cv2.__version__.split(".")[0]) < 5, reason="OpenCV 4 reads at 1/32 of a cell only"
)


@reads_exactly
@pytest.mark.parametrize("seed", SEEDS)
def test_pytorch_costs_equal_ours(seed: int) -> None:
    torch = pytest.importorskip("torch")
    from benchmarks.peers.torch_costs import TorchCosts

    case = make_case(seed, 300)
    r = case.rollout()
    x, y, cos, sin, v, w = (
        torch.from_numpy(np.ascontiguousarray(a))
        for a in (r.x, r.y, r.cos, r.sin, r.speed, r.yaw_rate)
    )
    costs = TorchCosts(case).cost(x, y, (cos, sin), v, w).numpy()
    np.testing.assert_allclose(costs, -case.scores(), atol=1e-4, rtol=1e-4)
    assert np.ptp(costs) > 3.0  # the samples differ, so that agreeing means something


@reads_exactly
def test_a_whole_cycle_of_pytorch_mppi_comes_to_our_costs() -> None:
    pytest.importorskip("pytorch_mppi")
    from benchmarks.local_planner_speed import torch_error

    assert torch_error(make_case(1, 300)) < 1e-4


@reads_exactly
@pytest.mark.parametrize("seed", SEEDS)
def test_the_plain_loop_computes_the_same_costs(seed: int) -> None:
    case = make_case(seed, 300)
    np.testing.assert_allclose(PlainLoop(case).costs(), -case.scores(), atol=1e-3)


def test_a_case_repeats_and_asks_for_everything() -> None:
    case, again = make_case(3, 100), make_case(3, 100)
    assert (case.scores() == again.scores()).all()
    assert case.occupied.shape == (240, 240)
    assert case.scene.people is not None
    assert len(case.scene.people.x) == 5
    assert case.speed.shape == (100, 31)
    clearance = case.scene.footprint.clearance_m(case.rollout(), case.scene.distance)
    assert clearance.min() < 0.0 < clearance.max()  # some samples collide, some stay clear
