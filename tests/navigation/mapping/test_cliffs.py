"""Drops that were felt once stay in the map, and nothing that plans crosses them."""

from dataclasses import replace

import numpy as np

from homebody.geometry import SE2
from homebody.grid import GridSpec
from homebody.messages import Cliff, CliffDescription, default_body
from navigation.global_planner.config import GlobalPlannerConfig
from navigation.global_planner.planner import plan
from navigation.global_planner.request import GlobalPlanRequest
from navigation.mapping.beams import Beams
from navigation.mapping.cliffs import CliffMemory
from navigation.mapping.local_map import LocalMapper
from navigation.types import FREE, OCCUPIED, MapSnapshot

SPEC = GridSpec(0.0, 0.0, 0.05, 80, 80)
FLOOR = MapSnapshot(SPEC, np.full(SPEC.shape, FREE, dtype=np.uint8), 3)
SENSORS = CliffDescription(np.array([[0.2, 0.1], [0.2, -0.1], [-0.2, 0.0]]))
HERE = SE2(2.0, 2.0, 0.0)


def felt(time_s: float, *is_drop: bool) -> Cliff:
    return Cliff(time_s, np.array(is_drop))


def test_a_drop_is_in_the_map_from_then_on() -> None:
    memory = CliffMemory(SENSORS)
    assert memory.marked(FLOOR) is FLOOR
    memory.step(felt(1.0, True, False, False), HERE)
    marked = memory.marked(FLOOR)
    cell = SPEC.cell_rc(2.2, 2.1)
    assert marked.cells[cell] == OCCUPIED
    assert marked.is_low is not None
    assert marked.is_low[cell]
    assert marked.cells[SPEC.cell_rc(2.2, 1.9)] == FREE
    assert marked.revision > FLOOR.revision
    assert (FLOOR.cells == FREE).all(), "the map itself is not touched"
    for i in range(1000):
        memory.step(felt(2.0 + i, False, False, False), SE2(1.0, 1.0, 0.0))
    assert memory.marked(FLOOR).cells[cell] == OCCUPIED


def test_a_lifted_robot_and_a_wrong_message_mark_nothing() -> None:
    memory = CliffMemory(SENSORS)
    memory.step(felt(1.0, True, True, True), HERE)
    memory.step(felt(2.0, True), HERE)
    assert memory.marked(FLOOR) is FLOOR


def test_floor_felt_there_again_and_again_takes_a_mistake_back() -> None:
    memory = CliffMemory(SENSORS)
    memory.step(felt(1.0, True, False, False), HERE)
    for i in range(5):
        assert len(memory.points_map_m) == 1
        memory.step(felt(2.0 + i, False, False, False), HERE)
    assert memory.marked(FLOOR) is FLOOR


def test_the_lidar_does_not_look_a_drop_away() -> None:
    memory = CliffMemory(SENSORS)
    memory.step(felt(1.0, True, True, False), HERE)
    angles = np.linspace(-np.pi, np.pi, 360, endpoint=False)
    ends = HERE.translation() + 1.9 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    beams = Beams.from_ends(np.tile(HERE.translation(), (360, 1)), ends, np.ones(360, dtype=bool))
    mapper = LocalMapper()
    for i in range(20):
        local = mapper.step(memory.marked(FLOOR), HERE, 0.1 * i, beams_map=beams)
    assert local.occupied[local.spec.cell_rc(2.2, 2.1)]


def test_no_path_crosses_a_row_of_drops() -> None:
    memory = CliffMemory(SENSORS)
    for i, y in enumerate(np.arange(-0.2, 4.3, 0.05)):
        memory.step(felt(float(i), True, False, False), SE2(1.8, y, 0.0))
    body = default_body()
    request = GlobalPlanRequest(
        snapshot=memory.marked(FLOOR),
        T_map_robot=SE2(1.0, 2.0, 0.0),
        goal_map_m=np.array([3.0, 2.0]),
        goal_tolerance_m=0.15,
        inscribed_radius_m=body.inscribed_radius_m,
        circumscribed_radius_m=body.circumscribed_radius_m,
        speed_max_m_s=1.0,
        config=GlobalPlannerConfig(),
    )
    path = plan(request).path_map_m  # none, or around through what was never seen
    t = np.linspace(0.0, 1.0, 200)[:, None, None]
    along = (path[:-1] + t * (path[1:] - path[:-1])).reshape(-1, 2)
    across = np.abs(along[:, 0] - 2.0) < 0.1
    assert ((along[across, 1] < 0.0) | (along[across, 1] > 4.0)).all()
    straight = plan(replace(request, snapshot=FLOOR)).path_map_m
    assert np.abs(straight[:, 1] - 2.0).max() < 0.1
