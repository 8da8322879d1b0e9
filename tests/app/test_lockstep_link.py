"""A slow link between body and brain: everything arrives late, and the brain plans for it."""

import numpy as np
import pytest

from app.config import load_config
from app.lockstep import LinkDelay, LockStepRobot
from app.setting import make_setting
from benchmarks.errands import Errand, Variant, crossing_person, make_robot
from benchmarks.latency import variant
from drivers.simulation.homes.load import default_home_path
from drivers.simulation.truth import TrueCells
from homebody.geometry import SE2
from homebody.grid import GridSpec


def robot(link: LinkDelay | None) -> LockStepRobot:
    config = load_config()
    return LockStepRobot(make_setting(config, None, None, None, 3), config, link=link)


def outputs(made: LockStepRobot, n_ticks: int) -> list[tuple[float, object]]:
    results = []
    for _ in range(n_ticks):
        now_s = made.now_s
        output = made.step()
        if output is not None:
            results.append((now_s, output))
    return results


def test_both_ways_take_as_long_as_said() -> None:
    link = LinkDelay(to_brain_s=0.1, to_body_s=0.06, jitter_share=0.0)
    quick, slow = outputs(robot(None), 40), outputs(robot(link), 40)
    now_s, output = slow[-1]
    assert now_s - output.newest.report.time_s == pytest.approx(0.1, abs=0.021)
    now_s, output = quick[-1]
    assert now_s - output.newest.report.time_s == pytest.approx(0.0, abs=1e-9)
    # the brain has measured the way back and plans for it
    lead_s = [output.command.start_time_s - output.command.issued_time_s for _, output in slow]
    assert lead_s[-1] == pytest.approx(0.06 + 0.015, abs=0.01)


def test_no_link_is_the_same_run_as_none() -> None:
    plain, linked = outputs(robot(None), 30), outputs(robot(LinkDelay()), 30)
    for (_, a), (_, b) in zip(plain, linked, strict=True):
        assert a.command.start_time_s == b.command.start_time_s
        np.testing.assert_array_equal(a.plan.speed_m_s, b.plan.speed_m_s)


def test_a_delayed_variant_waits_longer_for_commands() -> None:
    assert variant(0.0, is_predicting=True).config.body_loop.command_age_max_s == 0.3
    slow = variant(0.4, is_predicting=False)
    assert slow.config.body_loop.command_age_max_s == pytest.approx(0.3 + 0.2 * 1.2)
    assert slow.link.to_brain_s + slow.link.to_body_s == pytest.approx(0.4)


def test_an_errand_begins_with_the_map_of_the_home() -> None:
    start = SE2(2.0, 4.7, 0.0)
    errand = Errand("there", default_home_path(), start, (6.0, 4.7), (), 1)
    made = make_robot(errand, Variant("ours"))
    last = outputs(made, 12)[-1][1]
    assert last.seen.estimate.quality > 0.8
    far_cell = last.seen.snapshot.spec.cell_rc(1.5, 1.5)  # in a room out of sight
    assert last.seen.snapshot.cells[far_cell] == 0
    assert len(made.log().xyt) == 12


def room(height_m: float) -> TrueCells:
    """A bare room of 8 m length."""
    spec = GridSpec(0.0, 0.0, 0.05, round(height_m / 0.05), 160)
    solid = np.zeros(spec.shape, bool)
    solid[[0, -1]] = solid[:, [0, -1]] = True
    return TrueCells(spec, solid, ~solid, np.zeros_like(solid))


def test_somebody_crosses_a_straight_way_before_the_robot_gets_there() -> None:
    x = np.arange(1.0, 7.0, 0.05)
    person = crossing_person(room(4.0), np.column_stack([x, np.full_like(x, 2.0)]))
    assert person is not None
    (x0, y0), (x1, y1) = person.waypoints_m
    assert abs(x0 - x1) < 0.01
    assert min(y0, y1) < 1.1
    assert max(y0, y1) > 2.9
    crossed_s = person.start_time_s + abs(y0 - 2.0) / person.speed_m_s
    robot_there_s = 1.0 + (x0 - 1.0) / 0.95
    assert crossed_s == pytest.approx(robot_there_s - 1.0, abs=0.1)


def test_nobody_crosses_a_way_without_room_or_a_bend() -> None:
    x = np.arange(1.0, 7.0, 0.05)
    assert crossing_person(room(1.2), np.column_stack([x, np.full_like(x, 0.6)])) is None
    turn = np.linspace(0.0, np.pi, 60)
    bend = np.column_stack([4.0 + np.cos(turn), 1.5 + np.sin(turn)])
    assert crossing_person(room(4.0), bend) is None
