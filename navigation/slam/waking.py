"""Finds out in which of the maps made before the robot wakes up, and where in it.

Nothing is believed that the first scans do not bear out: each place where the robot may stand is
looked around with a scan, and the one that clearly explains most of it wins. A robot that finds
itself in no map begins a new one. Cost: 10 ms a guess, in the first ticks only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from homebody.geometry import SE2
from navigation.mapping.occupancy import MapState, OccupancyMap
from navigation.slam.deskew import DeskewedScan
from navigation.slam.localizer import ScanMatchLocalizer

_TRIES_MAX = 10


@dataclass(frozen=True, slots=True)
class Memory:
    """A map made before and what is known of where the robot may be in it.

    Attributes:
        identity: The map's.
        guesses: Poses in its frame, the likeliest first.
        T_map_odom: Of dead reckoning that may have gone on since; None where it surely has not.
    """

    identity: str
    state: MapState
    guesses: tuple[SE2, ...]
    T_map_odom: SE2 | None = None


@dataclass(frozen=True, slots=True)
class Awakening:
    """Where the robot is. Without a map (identity None) it is where a new one begins."""

    identity: str | None
    occupancy: OccupancyMap | None = None
    T_map_robot: SE2 | None = None


class Waking:
    """Asks one scan after the other until it knows, or gives up.

    Args:
        memories: The likeliest map first.
        maps: The same, unpacked.
    """

    def __init__(self, memories: Sequence[Memory], maps: Sequence[OccupancyMap]) -> None:
        self._memories = list(zip(memories, maps, strict=True))
        self._tries = 0

    def step(self, scan: DeskewedScan, localizer: ScanMatchLocalizer) -> Awakening | None:
        """What the newest scan tells; None: not sure yet."""
        for memory, occupancy in self._memories:
            pose = localizer.locate(scan, _guesses(memory, scan), occupancy)
            if pose is not None:
                return Awakening(memory.identity, occupancy, pose)
        self._tries += 1
        return Awakening(None) if self._tries >= _TRIES_MAX else None

    def without_scans(self) -> Awakening:
        """What a robot without a lidar has to believe."""
        memory, occupancy = self._memories[0]
        return Awakening(memory.identity, occupancy, memory.guesses[0])


def _guesses(memory: Memory, scan: DeskewedScan) -> tuple[SE2, ...]:
    if memory.T_map_odom is None:
        return memory.guesses
    return memory.T_map_odom @ scan.T_odom_robot, *memory.guesses
