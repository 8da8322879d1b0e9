"""What the owner can do with the stored maps; each call says what it did in a line or a table."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.maps.importing import import_map
from app.maps.record import MapRecord
from app.maps.ros_map import write_ros_map
from app.maps.sections import named_outlines, stored_rooms, with_rooms
from app.picture import draw_map
from app.stores.map_keys import ENVIRONMENT_NAME, KeyRing, new_key, write_keys
from app.stores.map_store import MapStore
from homebody.errors import InputError, StoreError
from navigation.mapping.config import MappingConfig
from navigation.mapping.occupancy import OccupancyMap
from navigation.rooms.memory import RoomMemory
from navigation.types import UNKNOWN, MapSnapshot

NO_MAP = "none"


class MapDesk:
    """The stored maps of one robot.

    Args:
        folder: The robot's; locked by the caller for whatever changes something.
    """

    def __init__(
        self, folder: Path, ring: KeyRing, mapping: MappingConfig, console: Console
    ) -> None:
        self._folder = folder
        self._ring = ring
        self._mapping = mapping
        self._console = console
        self._store = MapStore(folder, ring, time.time)

    # --- looking --------------------------------------------------------------------------------

    def list(self) -> None:
        """A table of all maps."""
        entries = self._store.entries()
        if not entries:
            self._console.print("no map is stored yet: explore, or `homebody map import FILE`")
            return
        table = Table("map", "name", "saved", "versions", "in use", "problem")
        active = self._store.active_id
        for entry in entries:
            newest = entry.versions[-1] if entry.versions else None
            table.add_row(
                entry.map_id,
                entry.name,
                _when(newest.saved_s) if newest else "",
                str(len(entry.versions)),
                "yes" if entry.map_id == active else "",
                entry.problem,
            )
        self._console.print(table)

    def show(self, word: str, picture: Path | None) -> None:
        """The versions of a map, and a picture of the newest."""
        entry = self._store.find(word)
        table = Table("version", "saved", title=f"{entry.map_id} {entry.name}".strip())
        for version in entry.versions:
            table.add_row(str(version.number), _when(version.saved_s))
        self._console.print(table)
        loaded = self._store.load(entry.map_id)
        if loaded.notice:
            self._console.print(f"[yellow]{loaded.notice}[/yellow]")
        path = picture or Path(f"{entry.map_id}.png")
        snapshot, rooms = self._snapshot(loaded.record), _rooms(loaded.record)
        draw_map(snapshot, named_outlines(rooms), path)
        names = ", ".join(room.name for room in rooms.rooms) or "none"
        self._console.print(f"{_area(snapshot)}; rooms: {names}; drawn to {path}")

    def export(self, word: str, out: Path) -> None:
        """Write a map as a picture (.png) or for ROS (.yaml, with a .pgm beside it)."""
        record = self._store.load(self._store.find(word).map_id).record
        snapshot = self._snapshot(record)
        match out.suffix.lower():
            case ".png":
                draw_map(snapshot, named_outlines(_rooms(record)), out)
                written = str(out)
            case ".yaml" | ".yml":
                written = f"{out} and {write_ros_map(snapshot, out)}"
            case suffix:
                raise InputError("map export", "OUT", suffix or out.name, "a .png or .yaml file")
        self._console.print(f"written to {written}")

    # --- changing -------------------------------------------------------------------------------

    def bring_in(self, file: Path, name: str | None, *, is_used: bool) -> None:
        """Make a map of a home file, and let the robot go by it."""
        record = import_map(file, name or file.stem, self._mapping)
        map_id = self._store.create(record)
        if is_used:
            self._store.set_active(map_id)
        use = "; the robot goes by it from its next start on" if is_used else ""
        self._console.print(f"stored as {map_id} ({record.name}){use}")

    def use(self, word: str) -> None:
        """Choose the map that the robot goes by, or none."""
        if word == NO_MAP:
            self._store.set_active("")
            self._console.print("the robot makes a new map at its next start")
            return
        entry = self._store.find(word)
        self._store.load(entry.map_id)
        self._store.set_active(entry.map_id)
        self._console.print(f"the robot goes by {entry.map_id} ({entry.name}) from its next start")

    def rename(self, word: str, name: str) -> None:
        """Give a map another name."""
        entry = self._store.find(word)
        loaded = self._store.load(entry.map_id)
        self._store.save(entry.map_id, replace(loaded.record, name=name))
        self._console.print(f"{entry.map_id} is now called {name}")

    def rename_room(self, word: str, name: str, new_name: str) -> None:
        """Give a room of a map another name."""
        entry = self._store.find(word)
        record = self._store.load(entry.map_id).record
        rooms = _rooms(record).renamed(name, new_name)
        self._store.save(entry.map_id, replace(record, sections=with_rooms(record.sections, rooms)))
        self._console.print(f"{name} of {entry.map_id} ({entry.name}) is now called {new_name}")

    def roll_back(self, word: str, number: int | None) -> None:
        """Make an old version the newest one."""
        entry = self._store.find(word)
        if number is None:
            earlier = entry.versions[:-1]
            if not earlier:
                raise StoreError(f"map {entry.map_id}: there is no earlier version")
            number = earlier[-1].number
        version = self._store.roll_back(entry.map_id, number)
        self._console.print(f"version {number} of {entry.map_id} is now version {version.number}")

    def rotate_key(self, *, is_from_environment: bool) -> None:
        """Seal every map with a new key; a power cut in between costs nothing."""
        if is_from_environment:
            changed = self._store.reseal(self._ring)
            self._console.print(
                f"{changed} files sealed with the first key of {ENVIRONMENT_NAME};"
                " the others on it are no longer needed"
            )
            return
        ring = replace(self._ring, keys=(new_key(), *self._ring.keys))
        write_keys(self._folder, ring)
        changed = self._store.reseal(ring)
        write_keys(self._folder, replace(ring, keys=ring.keys[:1]))
        self._console.print(f"{changed} files sealed with the new key {ring.current.identity}")

    def _snapshot(self, record: MapRecord) -> MapSnapshot:
        return OccupancyMap.from_state(record.occupancy, self._mapping).snapshot()


def _rooms(record: MapRecord) -> RoomMemory:
    return stored_rooms(record.sections) or RoomMemory.blank()


def _when(saved_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(saved_s))


def _area(snapshot: MapSnapshot) -> str:
    known = int((snapshot.cells != UNKNOWN).sum()) * snapshot.spec.resolution_m**2
    return f"{known:.0f} m2 are known"
