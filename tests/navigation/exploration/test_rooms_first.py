"""What is left in the room that the robot is in goes before the same elsewhere."""

import numpy as np
import pytest
from toy_world import ToyWorld, raster

from homebody.geometry import SE2
from navigation.exploration import explorer
from navigation.exploration.choice import is_in_this_room, most_per_time, scores
from navigation.exploration.config import ExplorationConfig
from navigation.exploration.request import ExplorationRequest
from navigation.types import FREE, OCCUPIED, UNKNOWN

# Two rooms of 3 x 4 m with a door of 0.6 m between them at (3, 2).
TWO_ROOMS = raster(6.0, 4.0, [(3.0, 0.0, 3.05, 1.7), (3.0, 2.3, 3.05, 4.0)])
# The same hole in the map on both sides of the wall, as far from the robot at (2.6, 2).
HOLES = ((0.4, 0.2, 1.4, 1.2), (4.6, 0.2, 5.6, 1.2))


@pytest.fixture
def prospect_at(monkeypatch):
    def at(xy, config):
        world = ToyWorld(TWO_ROOMS)
        world.cells[world.free] = FREE
        world.cells[~world.free] = OCCUPIED
        for x0, y0, x1, y1 in HOLES:
            (r0, c0), (r1, c1) = world.spec.cell_rc(x0, y0), world.spec.cell_rc(x1, y1)
            world.cells[r0:r1, c0:c1] = UNKNOWN
        found = []

        def choose(prospect):
            found.append(prospect)
            return most_per_time(prospect)

        request = ExplorationRequest(world.snapshot(), SE2(*xy, 0.0), config=config)
        decision = explorer.next_viewpoint(request, choose)
        return found[0], decision

    return at


def test_a_room_ends_at_its_doorway(prospect_at):
    prospect, _ = prospect_at((1.5, 2.0), ExplorationConfig())
    x_m = prospect.ground.spec.centres_m(prospect.viewpoints.cells_rc)[:, 0]
    inside = is_in_this_room(prospect)
    assert inside[x_m < 2.7].all()
    assert not inside[x_m > 3.3].any()
    assert (x_m < 2.7).any()
    assert (x_m > 3.3).any()


def test_the_room_is_finished_before_it_is_left(prospect_at):
    # In the doorway's mouth, on the left; what is right of it is a little nearer to look at.
    here = (2.7, 2.0)
    _, keen = prospect_at(here, ExplorationConfig(room_bonus=3.0))
    assert keen.viewpoint_map_m[0] < 3.0
    prospect, _ = prospect_at(here, ExplorationConfig(room_bonus=1.0))
    plain = scores(prospect)
    weighed = scores(prospect_at(here, ExplorationConfig(room_bonus=1.6))[0])
    inside = is_in_this_room(prospect)
    np.testing.assert_allclose(weighed[inside], 1.6 * plain[inside])
    np.testing.assert_allclose(weighed[~inside], plain[~inside])


def test_where_all_is_narrow_all_is_one_room(prospect_at):
    prospect, _ = prospect_at((1.5, 2.0), ExplorationConfig(room_clearance_m=2.0))
    assert is_in_this_room(prospect).all()
