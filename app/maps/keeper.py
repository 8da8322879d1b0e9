"""Keeps the robot's map and place beside the brain's loop, and gives them back after a restart.

A map that has changed is stored every few seconds, so a power cut costs little of it; the place
is stored as the robot moves. Neither waits for the disk in the loop.
Cost: a copy of the map, 1 to 5 ms of the tick, every `map_period_s` while the map changes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from app.brain import Brain
from app.brain_parts import BrainOutput
from app.maps.place import Place, place_store, pose_of
from app.maps.record import MapRecord
from app.maps.sections import restore, sections_of
from app.stores.folder import StorageConfig
from app.stores.json_store import JsonStore
from app.stores.map_store import LoadedMap, MapStore
from app.stores.saver import Saver, Then
from homebody.errors import StoreError
from homebody.geometry import SE2
from navigation.slam.waking import Memory

_DEFAULT_NAME = "home"
_MAPS_TRIED = 4
_SURE = 0.5  # of the quality of localization, for a place worth storing


class CurrentMap:
    """A `Store[MapRecord]` of the map in use: made and put in use when it is saved first.

    Attributes:
        map_id: Empty before that.
    """

    def __init__(self, store: MapStore, map_id: str = "") -> None:
        self._store = store
        self.map_id = map_id

    def load(self) -> MapRecord | None:
        """The newest version that can be opened; None where there is no map yet."""
        return self._store.load(self.map_id).record if self.map_id else None

    def save(self, value: MapRecord) -> None:
        """Store a new version.

        Raises:
            StoreError: It could not be stored.
        """
        if self.map_id:
            self._store.save(self.map_id, value)
            return
        map_id = self._store.create(value)
        self._store.set_active(map_id)
        self.map_id = map_id

    def close(self) -> None:
        """Nothing is held open."""


class MapKeeper:
    """What a robot remembers of its homes.

    Args:
        folder: The robot's.
        run_id: Of this run: dead reckoning goes on when the brain alone is started again.

    Attributes:
        notice: What could not be read, in plain words; empty when all could.
    """

    def __init__(self, folder: Path, store: MapStore, run_id: str, config: StorageConfig) -> None:
        self._config = config
        self._store = store
        self._run_id = run_id
        self._places: JsonStore[Place] = place_store(folder)
        self._last_place: Place | None = None
        self.is_settled = False
        self._loaded: dict[str, LoadedMap] = {}
        self._name = _DEFAULT_NAME
        self.notice = ""
        self._current = CurrentMap(store)
        self._map_saver = Saver(self._current, "the map")
        self._place_saver = Saver(self._places, "the place")
        self._revision: tuple[int, ...] = ()
        self._map_due_s = -math.inf
        self._place_due_s = -math.inf

    @property
    def fault(self) -> str:
        """Why the map is not stored, in plain words; empty when it is."""
        return self._map_saver.fault

    # --- waking up ------------------------------------------------------------------------------

    def memories(self, starts: Sequence[SE2]) -> tuple[Memory, ...]:
        """The maps that the robot may wake up in, the one in use first.

        Args:
            starts: Where it may stand in any of them, such as its dock.
        """
        place = self._stored_place()
        active = self._store.active_id
        ids = [entry.map_id for entry in self._store.entries()]
        ids.sort(key=lambda map_id: map_id != active)
        if not active:
            return ()
        memories = []
        for map_id in ids[:_MAPS_TRIED]:
            loaded = self._opened(map_id)
            if loaded is None:
                continue
            here = place if place is not None and place.map_id == map_id else None
            guesses = (here.T_map_robot, *starts) if here is not None else tuple(starts)
            goes_on = here is not None and here.run_id == self._run_id
            T_map_odom = here.T_map_odom if here is not None and goes_on else None
            memories.append(Memory(map_id, loaded.record.occupancy, guesses, T_map_odom))
        return tuple(memories)

    def _opened(self, map_id: str) -> LoadedMap | None:
        try:
            loaded = self._store.load(map_id)
        except StoreError as problem:
            self._warn(f"{problem}; see `homebody map`")
            return None
        if loaded.notice:
            self._warn(loaded.notice)
        self._loaded[map_id] = loaded
        return loaded

    def _stored_place(self) -> Place | None:
        try:
            return self._places.load()
        except StoreError as problem:
            self._warn(str(problem))
            return None

    def _warn(self, words: str) -> None:
        self.notice = f"{self.notice}; {words}" if self.notice else words

    def settle(self, brain: Brain) -> None:
        """Before each tick: as soon as the robot knows its map, give it what is stored with it."""
        parts = brain.parts
        if self.is_settled or not parts.slam.is_awake:
            return
        self.is_settled = True
        map_id = parts.slam.map_identity
        if map_id is not None:
            record = self._loaded[map_id].record
            self._current.map_id, self._name = map_id, record.name
            self._make_active(map_id)
            for problem in restore(record.sections, parts):
                self._warn(problem)
            parts.rooms.survey(parts.slam.snapshot(), brain.T_map_robot)
        elif self._loaded:
            self._warn("no stored map shows this place: a new one is being made")
        self._loaded.clear()

    def _make_active(self, map_id: str) -> None:
        if self._store.active_id != map_id:
            try:
                self._store.set_active(map_id)
            except StoreError as problem:
                self._warn(str(problem))

    # --- going on ------------------------------------------------------------------------------

    def keep(self, brain: Brain, then: Then | None = None) -> None:
        """Store the map now; `then` is told, on another thread, whether it is durable."""
        self._revision = _revision(brain)
        record = MapRecord(self._name, brain.parts.slam.state(), sections_of(brain.parts))
        self._map_saver.put(record, then)

    def note(self, brain: Brain, output: BrainOutput, now_s: float) -> None:
        """After each tick: keep what has changed."""
        if not self.is_settled:
            return
        if now_s >= self._map_due_s and _revision(brain) != self._revision:
            self._map_due_s = now_s + self._config.map_period_s
            self.keep(brain)
        if now_s >= self._place_due_s and output.seen.estimate.quality >= _SURE:
            self._place_due_s = now_s + self._config.place_period_s
            self._note_place(output)

    def _note_place(self, output: BrainOutput) -> None:
        odometry = output.newest.odometry
        if odometry is None:
            return
        T_map_robot = output.seen.estimate.T_map_odom @ odometry.T_odom_robot
        place = Place(
            map_id=self._current.map_id,
            run_id=self._run_id,
            map_robot=pose_of(T_map_robot),
            odom_robot=pose_of(odometry.T_odom_robot),
        )
        if self._last_place is None or not place.is_near(self._last_place):
            self._last_place = place
            self._place_saver.put(place)

    def close(self, brain: Brain) -> None:
        """Save what has changed, within half a second each."""
        if self.is_settled and _revision(brain) != self._revision:
            self.keep(brain)
        self._map_saver.close()
        self._place_saver.close()


def _revision(brain: Brain) -> tuple[int, ...]:
    """Changes with anything that is stored."""
    parts = brain.parts
    rules = parts.rules
    return (
        parts.slam.snapshot().revision,
        parts.rooms.revision,
        rules.doors.revision,
        rules.zones.revision,
    )
