"""The simulated body in lock step: reading it lets the world go on to the present."""

from __future__ import annotations

from drivers.simulation.world import World
from homebody.messages import BodyDescription, Command, SensorFrame


class SimulatedBody:
    """A `homebody.ports.Body` over a world in the same process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._is_closed = False

    @property
    def description(self) -> BodyDescription:
        return self._world.description

    def read(self, now_s: float) -> SensorFrame:
        """Everything that has arrived since the last call; simulates up to `now_s`."""
        self._world.advance_to(now_s)
        return self._world.read(now_s)

    def apply(self, command: Command) -> None:
        """Follow this command; ignored once closed.

        Raises:
            ValueError: The command holds a number that is not finite; nothing is changed.
        """
        if not self._is_closed:
            self._world.apply(command)
        elif not command.is_finite():
            raise ValueError("command holds a number that is not finite; allowed: finite numbers")

    def close(self) -> None:
        """Stand still for good."""
        if not self._is_closed:
            self._world.apply(Command.stand(self._world.time_s, "closed"))
        self._is_closed = True
