"""The robot in lock step: a door found shut, gone round, remembered, tried again; and zones."""

import numpy as np

from app.config import BrainConfig, HomebodyConfig
from app.lockstep import LockStepRobot
from app.setting import make_setting
from app.simulate import Simulation
from app.task_words import TaskWords
from navigation.doors.config import DoorConfig
from navigation.rooms.doorway_identity import KnownDoorway
from navigation.zones.zone import Side, Zone, ZoneKind

HOME = """
name = "two rooms, two doors"
[start]
x_m = 1.2
y_m = 1.5
[[walls]]
name = "outer wall"
points_m = [[0.0, 0.0], [9.0, 0.0], [9.0, 5.0], [0.0, 5.0]]
is_closed = true
[[walls]]
points_m = [[6.5, 0.0], [6.5, 5.0]]
[[doors]]
name = "south door"
hinge_m = [6.42, 1.0]
latch_m = [6.42, 1.9]
open_deg = 175.0
[[doors]]
name = "north door"
hinge_m = [6.42, 4.3]
latch_m = [6.42, 3.4]
open_deg = -175.0
"""
SCENARIO = """
[[doors]]
name = "south door"
action = "shut"
at_s = 0.0
[[doors]]
name = "south door"
action = "open"
at_s = 45.0
"""
SOUTH, NORTH = 11, 12
DOORWAYS = (
    KnownDoorway(SOUTH, ("study", "den"), np.array([6.5, 1.0]), np.array([6.5, 1.9])),
    KnownDoorway(NORTH, ("study", "den"), np.array([6.5, 3.4]), np.array([6.5, 4.3])),
)
WEST, EAST = TaskWords("go_to", {"x": 1.2, "y": 1.5}), TaskWords("go_to", {"x": 7.8, "y": 1.5})


class Run:
    """A robot that knows its doors, and what it said and where it crossed the wall."""

    def __init__(self, tmp_path, scenario):
        (tmp_path / "home.toml").write_text(HOME)
        (tmp_path / "events.toml").write_text(scenario)
        # forgets in half a minute what was seen, and never much of what doors are like
        doors = DoorConfig(shortest_s=5.0, longest_s=30.0, prior_weight=20.0, hour_weight=20.0)
        config = HomebodyConfig(brain=BrainConfig(doors=doors))
        setting = make_setting(
            config, tmp_path / "home.toml", tmp_path / "events.toml", None, seed=1
        )
        self.robot = LockStepRobot(setting, config)
        self.rules = self.robot.brain.parts.rules
        self.robot.brain.parts.rooms.step = lambda *_: None  # the doorways are given here
        self.rules.doors.know(DOORWAYS)
        self.simulation = Simulation(self.robot, 90.0)
        self.said = set()
        step = self.robot.step

        def listening_step():
            output = step()
            if output is not None:
                self.said.add(output.decision.activity)
            return output

        self.robot.step = listening_step

    def go(self, task):
        n = len(self.robot.driven_m)
        result = self.simulation.run_task("go", task)
        return result, np.array(self.robot.driven_m[n:])


def crossing_y_m(driven_m):
    beyond = driven_m[:, 0] > 6.5
    (at,) = np.flatnonzero(beyond[1:] != beyond[:-1])
    return driven_m[at, 1]


def test_a_shut_door_is_gone_round_remembered_and_tried_again(tmp_path):
    run = Run(tmp_path, SCENARIO)
    out, driven_m = run.go(EAST)
    assert out.success, out.reason
    assert crossing_y_m(driven_m) > 3.0, "round through the north door"
    assert any("the door between study and den is shut, going round" in text for text in run.said)
    assert driven_m[:, 0][driven_m[:, 1] < 2.5].max() > 2.0, "it set out for the near door"
    assert run.rules.doors.is_open(SOUTH) is False
    assert run.rules.doors.is_open(NORTH) is True
    back, driven_m = run.go(WEST)
    assert back.success, back.reason
    assert crossing_y_m(driven_m) > 3.0, "it is not tried again at once"
    run.simulation.idle(max(0.0, 75.0 - run.robot.now_s))
    here = run.robot.world.truth.T_home_robot
    south, _ = run.rules.doors.outlook(here, run.robot.now_s)
    assert not south.is_shut
    again, driven_m = run.go(EAST)
    assert again.success, again.reason
    assert crossing_y_m(driven_m) < 2.0, "it has forgotten, tried, and found it open"
    assert run.rules.doors.is_open(SOUTH) is True
    assert run.simulation.report().collisions == 0


def test_with_every_door_shut_it_waits_a_moment_and_says_which(tmp_path):
    both = SCENARIO.split("[[doors]]")[1]
    run = Run(tmp_path, f"[[doors]]{both}[[doors]]{both.replace('south', 'north')}")
    out, _ = run.go(EAST)
    assert not out.success
    assert "the door between study and den is shut" in out.reason
    assert any("waiting a moment for the door between study and den" in t for t in run.said)


def test_zones_are_obeyed_by_the_driven_way(tmp_path):
    run = Run(tmp_path, "")
    box = np.array([[2.5, 0.6], [4.0, 0.6], [4.0, 2.4], [2.5, 2.4]])
    run.rules.zones.set(Zone("rug", ZoneKind.KEEP_OUT, box))
    run.rules.zones.set(Zone("tape", ZoneKind.WALL, np.array([[6.5, 0.9], [6.5, 2.0]])))
    slow = np.array([[7.0, 2.2], [8.9, 2.2], [8.9, 4.9], [7.0, 4.9]])
    run.rules.zones.set(Zone("cat", ZoneKind.SLOW, slow, speed_max_m_s=0.2))
    out, driven_m = run.go(TaskWords("go_to", {"x": 7.8, "y": 3.0}))
    assert out.success, out.reason
    off = np.maximum(np.abs(driven_m - (3.25, 1.5)) - (0.75, 0.9), 0.0)
    assert np.hypot(*off.T).min() > 0.1, "the footprint stays out of it"
    assert crossing_y_m(driven_m) > 3.0, "the virtual wall bars the open south door"
    steps_m = np.linalg.norm(np.diff(driven_m, axis=0), axis=1)
    within = (driven_m[1:] > (7.1, 2.3)).all(axis=1) & (driven_m[:-1] > (7.1, 2.3)).all(axis=1)
    assert within.any()
    assert steps_m[within].max() / 0.1 < 0.26, "slow within the slow zone"
    refused, _ = run.go(TaskWords("go_to", {"x": 3.2, "y": 1.5}))
    assert "keep-out zone 'rug' covers the goal" in refused.reason
    cells = run.robot.snapshot.spec.cells_rc(np.array([[3.2, 1.5], [6.5, 1.4]]))
    assert (run.robot.snapshot.cells[cells[:, 0], cells[:, 1]] == 0).all(), "no zone is on the map"


def test_somebody_in_the_doorway_is_waited_for_and_then_gone_round(tmp_path):
    run = Run(tmp_path, '[[people]]\nname = "ann"\nwaypoints_m = [[6.45, 1.45]]\n')
    out, driven_m = run.go(EAST)
    assert out.success, out.reason
    assert driven_m[:, 0][driven_m[:, 1] < 2.2].max() > 3.0, "it set out for the near door"
    assert any("waiting a moment for somebody to pass" in text for text in run.said)
    assert crossing_y_m(driven_m) > 3.0, "round through the north door"
    assert run.simulation.report().collisions == 0


def test_one_way_passages_and_sides_of_corridors_are_kept_by_the_driven_way(tmp_path):
    run = Run(tmp_path, "")
    lane = np.array([[2.0, 0.5], [6.0, 0.5], [6.0, 2.4], [2.0, 2.4]])
    run.rules.zones.set(Zone("lane", ZoneKind.KEEP_SIDE, lane, side=Side.RIGHT))
    arrow = np.array([[6.0, 1.45], [7.0, 1.45]])
    run.rules.zones.set(Zone("in only", ZoneKind.ONE_WAY, arrow))
    out, driven_m = run.go(EAST)
    assert out.success, out.reason
    assert crossing_y_m(driven_m) < 2.0, "the way that the arrow shows"
    within = (driven_m[:, 0] > 3.0) & (driven_m[:, 0] < 5.0)
    assert driven_m[within, 1].mean() < 1.35, "on the right, not along the middle at 1.45"
    back, driven_m = run.go(WEST)
    assert back.success, back.reason
    assert crossing_y_m(driven_m) > 3.0, "not against the arrow"
    assert run.simulation.report().collisions == 0
