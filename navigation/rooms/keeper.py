"""Keeps the rooms up to date while the robot lives: surveys the map beside the loop, hears edits.

When the map has changed enough a job surveys it, on what is known then; its result is taken when it
arrives, unless the user has said something meanwhile, after which the map is surveyed again.
Cost: 0.1 ms a tick that looks at a new map, 2 us any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from homebody.errors import HomebodyError
from homebody.geometry import SE2
from homebody.grid import GridSpec
from homebody.ports import Job, JobRunner
from navigation.global_planner.ground import BoolArray
from navigation.rooms.book import RoomBook
from navigation.rooms.config import RoomsConfig
from navigation.rooms.doorway_identity import KnownDoorway
from navigation.rooms.edits import Point
from navigation.rooms.identity import KnownRoom
from navigation.rooms.memory import RoomMemory, Survey
from navigation.rooms.room import Room
from navigation.rooms.state import memory_from_state, state_of
from navigation.types import FREE, MapSnapshot

JOB_KIND = "rooms"


class RoomKeeper:
    """Holds what is known of the rooms.

    Attributes:
        revision: Grows whenever the rooms, their names or doorways may have changed.
        book: The rooms by name, for whoever wants to go there.
        doorways: Those that are there, open or shut.
    """

    def __init__(
        self,
        jobs: JobRunner,
        inscribed_radius_m: float,
        told: Iterable[Room] = (),
        config: RoomsConfig | None = None,
    ) -> None:
        """Start with what a household tells beforehand: some rooms' names and outlines."""
        self._jobs = jobs
        self._inscribed_radius_m = inscribed_radius_m
        self._config = config or RoomsConfig()
        self._job: Job[RoomMemory] | None = None
        self._is_overtaken = False
        self._surveyed: tuple[GridSpec, BoolArray] | None = None
        self._surveyed_s = -np.inf
        self._looked_at = -1
        self._changed_m2 = 0.0
        self.revision = 0
        self._set(RoomMemory.blank(tuple(told)))

    @property
    def rooms(self) -> tuple[KnownRoom, ...]:
        """Those that were found on the map."""
        return self._memory.rooms

    def step(self, snapshot: MapSnapshot, T_map_robot: SE2, now_s: float) -> None:
        """Take what a survey has found, and begin one if it is time."""
        if self._job is not None and self._job.poll(now_s):
            self._take(self._job)
        if self._job is None and self._is_due(snapshot, now_s):
            survey = self._note_survey(snapshot, T_map_robot, now_s)
            self._job = self._jobs.submit(JOB_KIND, self._memory.surveyed, survey, now_s=now_s)

    def survey(self, snapshot: MapSnapshot, T_map_robot: SE2) -> None:
        """Look for the rooms at once, as after `resume`; 40 ms at 240 x 240 cells."""
        self._hear(
            self._memory.surveyed(self._note_survey(snapshot, T_map_robot, self._surveyed_s))
        )

    def rename(self, name: str, new_name: str) -> None:
        """Call a room otherwise, for good.

        Raises:
            InputError: No such room was found, or another has that name.
        """
        self._hear(self._memory.renamed(name, new_name))

    def merge(self, name: str, other: str, new_name: str | None = None) -> str:
        """Make one room of two that touch, and give its name.

        Raises:
            InputError: They are not there, do not touch, or the new name is taken.
        """
        memory, merged_name = self._memory.merged(name, other, new_name)
        self._hear(memory)
        return merged_name

    def split(self, name: str, line_m: tuple[Point, Point], new_name: str | None = None) -> str:
        """Part a room by a line, drawn on to its walls, and give the name of the new room.

        Raises:
            InputError: The room is not there, the line does not part it, or the new name is taken.
        """
        memory, part_name = self._memory.split(name, line_m, new_name)
        self._hear(memory)
        return part_name

    def state(self) -> dict[str, Any]:
        """All that must survive a restart: facts as JSON has them, and the array `labels`."""
        return state_of(self._memory)

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave, on the map that it was found on, or one like it.

        Raises:
            InputError: It is nothing that `state` gave.
        """
        self._hear(memory_from_state(state, self._memory.told))
        self._surveyed = None

    def _note_survey(self, snapshot: MapSnapshot, T_map_robot: SE2, now_s: float) -> Survey:
        """What is about to be looked at, from which changes count from now on."""
        self._surveyed = (snapshot.spec, snapshot.cells == FREE)
        self._surveyed_s, self._changed_m2 = now_s, 0.0
        self._looked_at = snapshot.revision
        return Survey(
            snapshot,
            T_map_robot.translation(),
            self._inscribed_radius_m,
            self._config.segmentation,
        )

    def _hear(self, memory: RoomMemory) -> None:
        """What comes from outside counts at once; a survey that did not know of it is of no use."""
        self._set(memory)
        self._is_overtaken = self._job is not None

    def _take(self, job: Job[RoomMemory]) -> None:
        self._job = None
        is_overtaken, self._is_overtaken = self._is_overtaken, False
        try:
            memory = job.result()
        except HomebodyError:
            is_overtaken = True  # the worker died; the next one does it
        if is_overtaken:
            self._surveyed = None
        else:
            self._set(memory)

    def _set(self, memory: RoomMemory) -> None:
        self._memory = memory
        self.revision += 1
        self.doorways: tuple[KnownDoorway, ...] = memory.known_doorways()
        self.book = RoomBook(memory.rooms_by_name(), self._inscribed_radius_m, self.doorways)

    def _is_due(self, snapshot: MapSnapshot, now_s: float) -> bool:
        """Whether there is news, and the last survey is some time ago."""
        waited_s = now_s - self._surveyed_s
        if waited_s < self._config.period_s:
            return False
        if self._surveyed is None:
            return bool((snapshot.cells == FREE).any())
        if snapshot.revision != self._looked_at:
            self._looked_at = snapshot.revision
            self._changed_m2 = _changed_m2(snapshot, *self._surveyed)
        is_much = self._changed_m2 >= self._config.changed_area_m2
        return is_much or (waited_s >= self._config.settle_s and self._changed_m2 > 0.0)


def _changed_m2(snapshot: MapSnapshot, spec: GridSpec, was_free: BoolArray) -> float:
    """Area of floor that came or went; all of it where the grid is another."""
    is_free = snapshot.cells == FREE
    changed = is_free != was_free if snapshot.spec == spec else is_free
    return float(np.count_nonzero(changed)) * snapshot.spec.resolution_m**2
