"""What the developer of the local planner finds after an internal error."""

import json
import math

import numpy as np

from app.stores.planner_faults import PlannerFaultLog
from homebody.geometry import SE2
from navigation.types import MotionState, PlannerFault

FAULT = PlannerFault(
    "internal error: no candidate has a finite score",
    ((1.0, MotionState(SE2(1.0, 2.0, 0.5), 0.3)), (1.1, MotionState(SE2(1.1, 2.0, math.nan)))),
)


def test_a_fault_is_written_once_when_it_begins(tmp_path) -> None:
    log = PlannerFaultLog(tmp_path)
    path = log.note(FAULT, 1e9)
    assert path is not None
    assert log.note(FAULT, 1e9) is None
    told = json.loads(path.read_text())
    assert told["reason"] == FAULT.reason
    assert [s["start_time_s"] for s in told["states"]] == [1.0, 1.1]
    assert told["states"][0]["x_m"] == 1.0
    assert told["states"][0]["speed_m_s"] == 0.3
    assert told["states"][1]["yaw_rad"] == "nan"
    assert path.stat().st_mode & 0o077 == 0


def test_the_next_one_has_its_own_file_and_few_are_kept(tmp_path) -> None:
    for _ in range(2):  # as after a restart
        log = PlannerFaultLog(tmp_path)
        for _ in range(4):
            log.note(FAULT, 1e9)
            log.note(None, 1e9)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"planner-fault-{n}.json" for n in range(4, 9)]


def test_a_folder_that_is_gone_is_no_trouble(tmp_path) -> None:
    assert PlannerFaultLog(tmp_path / "gone").note(FAULT, 1e9) is None


def test_nothing_but_reason_time_and_motion_is_told(tmp_path) -> None:
    path = PlannerFaultLog(tmp_path).note(FAULT, 1e9)
    assert path is not None
    told = json.loads(path.read_text())
    assert set(told) == {"reason", "wall_time_s", "states"}
    for state in told["states"]:
        assert all(np.ndim(value) == 0 for value in state.values())
