import pickle
from dataclasses import replace

import numpy as np
import pytest
from toy_world import ToyWorld, raster

from homebody.geometry import SE2
from navigation.exploration.explorer import next_viewpoint
from navigation.exploration.memory import ExplorationMemory
from navigation.exploration.request import ExplorationRequest
from navigation.types import FREE, OCCUPIED, UNKNOWN

TWO_ROOMS = raster(6.0, 4.0, [(3.0, 0.0, 3.05, 2.6), (3.0, 3.4, 3.05, 4.0)])
HERE = (1.0, 1.0)


@pytest.fixture
def world():
    world = ToyWorld(TWO_ROOMS)
    world.scan(HERE)
    return world


def request_of(world, xy=HERE, **more):
    return ExplorationRequest(world.snapshot(), SE2(*xy, 0.3), **more)


def all_known(world):
    world.cells[world.free] = FREE
    world.cells[~world.free] = OCCUPIED
    return world


def test_it_goes_to_look_into_the_other_room(world):
    decision = next_viewpoint(request_of(world))
    assert not decision.is_done
    assert decision.gain_m2 > 0.3
    assert 0.2 < decision.explored_share < 0.9
    assert decision.time_left_s > 0.0
    rc = world.spec.cell_rc(*decision.viewpoint_map_m)
    assert world.cells[rc] == FREE
    assert world.cells[world.spec.cell_rc(*decision.frontier_map_m)] == UNKNOWN
    assert "m2 to see there" in decision.reason


def test_a_known_home_is_done(world):
    decision = next_viewpoint(request_of(all_known(world)))
    assert decision.is_done
    assert decision.viewpoint_map_m is None
    assert decision.explored_share == 1.0
    assert decision.time_left_s == 0.0
    assert not decision.is_stuck


def test_single_unseen_cells_are_no_reason_to_go_on(world):
    all_known(world)
    rng = np.random.default_rng(1)
    free_rc = np.argwhere(world.free)
    specks = rng.choice(free_rc, 120, replace=False)
    specks = specks[::6]
    world.cells[specks[:, 0], specks[:, 1]] = UNKNOWN
    assert next_viewpoint(request_of(world)).is_done


def test_the_unseen_behind_a_wall_does_not_count(world):
    all_known(world)
    rows, cols = np.nonzero(world.free)
    world.cells[: rows.min()] = UNKNOWN
    world.cells[rows.max() + 1 :] = UNKNOWN
    world.cells[:, : cols.min()] = UNKNOWN
    world.cells[:, cols.max() + 1 :] = UNKNOWN
    world.cells[rows.min() - 1 : rows.max() + 2, cols.min() - 1] = OCCUPIED
    world.cells[rows.min() - 1 : rows.max() + 2, cols.max() + 1] = OCCUPIED
    world.cells[rows.min() - 1, cols.min() - 1 : cols.max() + 2] = OCCUPIED
    world.cells[rows.max() + 1, cols.min() - 1 : cols.max() + 2] = OCCUPIED
    assert next_viewpoint(request_of(world)).is_done


def test_two_missing_cells_in_a_wall_are_no_door(world):
    all_known(world)
    world.cells[: world.border] = UNKNOWN
    world.cells[world.border, world.border : -world.border] = OCCUPIED
    world.cells[world.border, 70:72] = FREE
    assert next_viewpoint(request_of(world)).is_done


def test_the_present_target_is_kept(world):
    first = next_viewpoint(request_of(world))
    step = 0.15 * (first.viewpoint_map_m - HERE) / np.linalg.norm(first.viewpoint_map_m - HERE)
    again = next_viewpoint(
        request_of(world, tuple(HERE + step), target_map_m=first.viewpoint_map_m)
    )
    np.testing.assert_allclose(again.viewpoint_map_m, first.viewpoint_map_m)
    assert again.travel_s < first.travel_s


def test_a_target_that_shows_nothing_more_is_left(world):
    done_with = np.array([2.825, 0.325])
    decision = next_viewpoint(request_of(world, target_map_m=done_with))
    assert np.linalg.norm(decision.viewpoint_map_m - done_with) > 0.3


@pytest.mark.parametrize("target", [(99.0, 99.0), (3.02, 1.0)])
def test_a_target_that_cannot_be_is_no_trouble(world, target):
    assert not next_viewpoint(request_of(world, target_map_m=np.array(target))).is_done


def test_places_tried_in_vain_are_left_alone(world):
    first = next_viewpoint(request_of(world))
    memory = ExplorationMemory().after_failure(first, world.snapshot())
    second = next_viewpoint(request_of(world, blacklist_map_m=memory.blacklist_map_m))
    if not second.is_done:
        off_m = np.linalg.norm(second.viewpoint_map_m - first.viewpoint_map_m)
        assert off_m > 0.35
    nowhere = np.stack(np.meshgrid(np.arange(-3, 9, 0.4), np.arange(-3, 7, 0.4)), -1).reshape(-1, 2)
    given_up = next_viewpoint(request_of(world, blacklist_map_m=nowhere))
    assert given_up.is_done
    assert "could not be seen" in given_up.reason


def test_a_robot_inside_something_is_stuck(world):
    world.cells[:] = OCCUPIED
    decision = next_viewpoint(request_of(world))
    assert decision.is_done
    assert decision.is_stuck
    assert "does not fit" in decision.reason


def test_it_is_pure_and_can_be_sent_to_another_process(world):
    request = request_of(world)
    before = request.snapshot.cells.copy()
    one = next_viewpoint(pickle.loads(pickle.dumps(request)))
    two = next_viewpoint(request)
    np.testing.assert_array_equal(request.snapshot.cells, before)
    np.testing.assert_array_equal(one.viewpoint_map_m, two.viewpoint_map_m)
    assert pickle.loads(pickle.dumps(two)).reason == one.reason


def test_memory_gives_up_a_frontier_after_three_looks_and_is_a_value(world):
    decision = next_viewpoint(request_of(world))
    empty = ExplorationMemory()
    twice = empty.after_look(decision).after_look(decision)
    assert len(twice.blacklist_map_m) == 0
    thrice = twice.after_look(decision)
    np.testing.assert_allclose(thrice.blacklist_map_m[0], decision.frontier_map_m)
    assert len(empty.looked_from_map_m) == 0
    done = next_viewpoint(request_of(all_known(world)))
    assert empty.after_look(done) is empty
    assert empty.after_failure(done, world.snapshot()) is empty


def test_what_could_not_be_reached_gets_another_chance_when_something_has_gone(world):
    world.cells[40:46, 40:46] = OCCUPIED
    first = next_viewpoint(request_of(world))
    failed = ExplorationMemory().after_failure(first, world.snapshot())
    assert failed.after_change(world.snapshot()) is failed
    world.cells[40:46, 40:46] = FREE
    assert len(failed.after_change(world.snapshot()).blacklist_map_m) == 0


def test_what_lies_behind_a_gap_that_could_not_be_passed_is_not_tried_place_by_place(world):
    """The only way right is the door at (3, 3); the robot has come to (2.8, 3) and no further."""
    world.scan((2.0, 3.0))
    request = request_of(world, (2.0, 3.0))
    first = next_viewpoint(request)
    assert first.viewpoint_map_m[0] > 2.5
    np.testing.assert_allclose(first.way_map_m[0], (2.0, 3.0), atol=0.06)
    np.testing.assert_allclose(first.way_map_m[-1], first.viewpoint_map_m)
    came_to = first.way_map_m[np.argmax(first.way_map_m[:, 0] > 2.7)]
    config = request.config
    memory = ExplorationMemory().after_failure(first, world.snapshot(), came_to)
    off_m = np.linalg.norm(memory.impasses_map_m[0] - came_to)
    is_end = np.allclose(memory.impasses_map_m[0], first.viewpoint_map_m)
    assert is_end or config.impasse_ahead_m <= off_m < config.impasse_ahead_m + 0.08
    # The door is 0.8 m wide: three such places, side by side, shut it.
    for y_m in (2.8, 3.0, 3.2):
        ahead = np.array([[came_to[0], y_m], [came_to[0] + 0.3, y_m]])
        shut = replace(first, way_map_m=ahead)
        memory = memory.after_failure(shut, world.snapshot(), ahead[0])
    again = next_viewpoint(request_of(world, (2.0, 3.0), impasses_map_m=memory.impasses_map_m))
    assert again.is_done or again.viewpoint_map_m[0] < 3.0
    assert len(memory.forgiving().impasses_map_m) == 0
