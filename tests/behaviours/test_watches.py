"""Conditions that do not flicker at their thresholds."""

from __future__ import annotations

from robot_bench import RobotBench

from behaviours.config import BatteryConfig, LostConfig
from behaviours.watches import BatteryWatch, LostWatch
from homebody.geometry import SE2
from homebody.messages import Battery


def test_lost_takes_a_while_and_so_does_found() -> None:
    bench, watch = RobotBench(), LostWatch(LostConfig())
    told = {}
    for quality, until_s in ((0.1, 0.9), (0.9, 1.0), (0.1, 3.0), (0.3, 4.0), (0.4, 6.0)):
        bench.quality = quality
        while bench.now_s < until_s:
            told[round(bench.now_s, 1)] = bool(watch.step(bench.context()))
            bench.serve(None)
    assert [t for t, is_lost in told.items() if is_lost] == [
        round(2.0 + i / 10, 1) for i in range(25)
    ]


def test_low_battery_holds_until_full_and_needs_a_dock() -> None:
    bench, watch = RobotBench(), BatteryWatch(BatteryConfig())
    assert watch.step(bench.context()) == ""
    told = []
    for charge in (0.5, 0.15, 0.14, 0.3, 0.79, 0.8, 0.5):
        bench.battery = Battery(0.0, charge, False)
        bench.T_map_dock = SE2(3.0, 0.0, 0.0)
        told.append(watch.step(bench.context()))
    assert [bool(reason) for reason in told] == [False, False, True, True, True, False, False]
    assert told[2] == "the battery is low (14%)"
    bench.T_map_dock = None
    bench.battery = Battery(0.0, 0.05, False)
    assert watch.step(bench.context()) == ""


def test_docking_in_vain_is_given_up() -> None:
    bench, watch = RobotBench(), BatteryWatch(BatteryConfig(max_dock_failures=2))
    bench.battery, bench.T_map_dock = Battery(0.0, 0.1, False), SE2(3.0, 0.0, 0.0)
    assert watch.step(bench.context())
    watch.note_failure()
    assert watch.step(bench.context())
    watch.note_failure()
    assert watch.step(bench.context()) == ""
    bench.pose = bench.T_map_dock
    assert watch.step(bench.context())
