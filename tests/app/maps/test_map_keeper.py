"""A robot wakes up in the map that it made before, or says why it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.config import load_config
from app.jobs import LockStepJobs
from app.lockstep import LockStepRobot
from app.maps.keeper import MapKeeper
from app.setting import make_setting
from app.stores.folder import StorageConfig
from app.stores.map_keys import KeyRing, new_key
from app.stores.map_store import MapStore
from app.wiring import make_brain
from drivers.simulation.homes.home import Box, Home
from homebody.geometry import SE2
from homebody.payloads import TaskRequest
from navigation.types import UNKNOWN
from navigation.zones.zone import Zone, ZoneKind

RING = KeyRing((new_key(),), "test")
CONFIG = load_config()
START = "0.9,4.7,0.0"
RUG = Zone("rug", ZoneKind.KEEP_OUT, np.array([[8.0, 0.5], [9.0, 0.5], [9.0, 1.0], [8.0, 1.0]]))


def map_store(folder: Path) -> MapStore:
    return MapStore(folder, RING, lambda: 1e9)


def keeper(folder: Path, run_id: str) -> MapKeeper:
    return MapKeeper(folder, map_store(folder), run_id, StorageConfig(map_period_s=1.0))


def robot_at(start: str, *, home: Home | None = None, kept: MapKeeper | None = None):
    setting = make_setting(CONFIG, None, None, start, 3)
    setting = replace(setting, home=home) if home is not None else setting
    memories = kept.memories([setting.start]) if kept is not None else ()
    return LockStepRobot(setting, CONFIG, memories)


def run(robot: LockStepRobot, duration_s: float, kept: MapKeeper | None = None) -> None:
    until_s = robot.now_s + duration_s
    while robot.now_s < until_s:
        now_s = robot.now_s
        if kept is not None:
            kept.settle(robot.brain)
        output = robot.step()
        if output is not None and kept is not None:
            kept.note(robot.brain, output, now_s)


def known_m2(robot: LockStepRobot) -> float:
    snapshot = robot.snapshot
    assert snapshot is not None
    return float((snapshot.cells != UNKNOWN).sum()) * snapshot.spec.resolution_m**2


def off_m(robot: LockStepRobot) -> float:
    slam = robot.brain.parts.slam
    return float(slam.history.at(robot.now_s).distance_m(robot.truth.truth.T_home_robot))


def go(robot: LockStepRobot, x_m: float, y_m: float) -> None:
    args = {"x": x_m, "y": y_m}
    request = TaskRequest(v=1, id=f"go-{x_m}-{y_m}", type="go_to", args=args, ts=0.0, ttl_s=90.0)
    robot.brain.submit(request, False, robot.now_s)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory):
    """A folder after a robot has driven a little, and where it stood last."""
    folder = tmp_path_factory.mktemp("state")
    kept = keeper(folder, "run-1")
    robot = robot_at(START, kept=kept)
    robot.brain.parts.rules.zones.set(RUG)
    go(robot, 2.6, 4.4)
    run(robot, 9.0, kept)
    robot.brain.parts.rooms.rename("hall", "my place")
    kept.close(robot.brain)
    return folder, robot.truth.truth.T_home_robot, known_m2(robot)


def words(pose: SE2) -> str:
    return f"{pose.x_m},{pose.y_m},{pose.yaw_rad}"


def test_it_wakes_up_in_its_map_where_it_stood(lived, tmp_path: Path) -> None:
    folder, stood, area_m2 = lived
    moved = SE2(stood.x_m + 0.12, stood.y_m - 0.1, stood.yaw_rad + 0.15)
    kept = keeper(folder, "run-2")
    setting = make_setting(CONFIG, None, None, words(moved), 4)
    robot = LockStepRobot(setting, CONFIG, kept.memories([SE2(0.9, 4.7, 0.0)]))
    run(robot, 1.0, kept)
    kept.close(robot.brain)
    (entry,) = map_store(folder).entries()
    assert robot.brain.parts.slam.map_identity == entry.map_id
    assert kept.notice == ""
    assert off_m(robot) < 0.03
    assert known_m2(robot) > 0.97 * area_m2
    assert [zone.name for zone in robot.brain.parts.rules.zones.zones] == ["rug"]
    assert "my place" in [room.name for room in robot.brain.parts.rooms.rooms]


def test_a_brain_that_is_started_again_goes_on_where_it_was(lived, tmp_path: Path) -> None:
    first = keeper(tmp_path, "run-1")
    robot = robot_at(START, kept=first)
    go(robot, 2.6, 4.4)
    run(robot, 6.0, first)
    first.close(robot.brain)
    again = keeper(tmp_path, "run-1")
    jobs = LockStepJobs(np.random.default_rng(0))
    memories = again.memories([robot.setting.start])
    assert memories[0].T_map_odom is not None
    robot.brain = make_brain(
        CONFIG, robot.setting.home, robot.setting.start, jobs, 1, jobs.stopwatch, memories
    )
    run(robot, 1.0, again)
    again.close(robot.brain)
    assert off_m(robot) < 0.03


def test_in_another_home_it_makes_another_map(lived) -> None:
    folder = lived[0]
    before = map_store(folder).entries()
    walls = [
        Box(2.0, 0.0, 2.0, 0.05, 0.0, 0.0, 2.0, "wall"),
        Box(2.0, 3.0, 2.0, 0.05, 0.0, 0.0, 2.0, "wall"),
        Box(0.0, 1.5, 0.05, 1.5, 0.0, 0.0, 2.0, "wall"),
        Box(4.0, 1.5, 0.05, 1.5, 0.0, 0.0, 2.0, "wall"),
        Box(2.6, 1.2, 0.3, 0.4, 0.6, 0.0, 2.0, "chest"),
    ]
    cabin = Home("cabin", tuple(walls), (0.0, 0.0, 4.0, 3.0), SE2(1.0, 1.0, 0.0))
    kept = keeper(folder, "run-3")
    memories = kept.memories([SE2(0.9, 4.7, 0.0)])
    setting = make_setting(CONFIG, None, None, START, 5)
    start = SE2(1.0, 1.0, 0.3)
    setting = replace(
        setting, home=cabin, start=start, scenario=setting.scenario.starting_at(start)
    )
    robot = LockStepRobot(setting, CONFIG, memories)
    run(robot, 3.0, kept)
    kept.close(robot.brain)
    after = map_store(folder).entries()
    assert len(after) == len(before) + 1
    assert map_store(folder).active_id not in {entry.map_id for entry in before}
    assert {e.map_id: e.versions for e in after}.items() >= {
        e.map_id: e.versions for e in before
    }.items()
    assert "a new one is being made" in kept.notice


def test_a_map_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    first = keeper(tmp_path, "run-1")
    robot = robot_at(START, kept=first)
    run(robot, 2.0, first)
    first.close(robot.brain)
    paths = list((tmp_path / "maps").glob("*/*.map"))
    for path in paths:
        path.write_bytes(path.read_bytes()[:-5])
    again = keeper(tmp_path, "run-2")
    assert again.memories([SE2.identity()]) == ()
    assert "somebody has changed it" in again.notice
    again.close(robot.brain)
    assert paths
    assert all(path.exists() for path in paths), "nothing is thrown away"
