"""The body contract on the simulated body, in lock step and over a link."""

import pytest
from body_contract import BodyContract, drive

from drivers.simulation.body import SimulatedBody
from drivers.simulation.homes.home import Box, Home
from drivers.simulation.link import RemoteBody, WorldLink, WorldServer
from drivers.simulation.world import World
from homebody.geometry import SE2
from homebody.messages import BodyDescription, default_body, rectangle_footprint


def walled_room() -> Home:
    walls = (
        Box(3.0, -0.05, 3.1, 0.05),
        Box(3.0, 4.05, 3.1, 0.05),
        Box(-0.05, 2.0, 0.05, 2.1),
        Box(6.05, 2.0, 0.05, 2.1),
    )
    return Home("room", walls, (0.0, 0.0, 6.0, 4.0), SE2(2.0, 2.0, 0.0))


class LockStepHarness:
    def __init__(self, description):
        self.world = World(walled_room(), description, seed=3)
        self.body = SimulatedBody(self.world)

    def advance_to(self, now_s):
        """Reading the body does it."""


class LinkHarness:
    """World and body at both ends of a link; the same process will do."""

    def __init__(self, description):
        self.world = World(walled_room(), description, seed=3)
        self.link = WorldLink.create(description)
        self.server = WorldServer(self.world, self.link)
        self.body = RemoteBody(self.link, description)

    def advance_to(self, now_s):
        self.server.step(now_s)


class TestSimulatedBody(BodyContract):
    @pytest.fixture
    def harness(self):
        return LockStepHarness(default_body())

    def test_close_stops_the_wheels(self, harness, run):
        run.step(0.8, lambda t: drive(t, 0.3, 0.0, length_s=60.0))
        harness.body.close()
        run.step(0.25, lambda t: drive(t, 0.3, 0.0))
        assert abs(harness.world.truth.speed_m_s) < 0.02


class TestBareBody(BodyContract):
    """A body that lacks everything but wheels."""

    @pytest.fixture
    def harness(self):
        return LockStepHarness(BodyDescription(footprint_m=rectangle_footprint(0.3, 0.3)))


class TestRemoteBody(BodyContract):
    @pytest.fixture
    def harness(self):
        harness = LinkHarness(default_body())
        yield harness
        harness.link.close()

    def test_close_stops_the_wheels(self, harness, run):
        run.step(0.8, lambda t: drive(t, 0.3, 0.0, length_s=60.0))
        harness.body.close()
        run.step(0.25, lambda t: drive(t, 0.3, 0.0))
        assert abs(harness.world.truth.speed_m_s) < 0.02
