"""The maps on disk: `maps/ID/VERSION.map`, each sealed and written as a whole, with a history.

A version that cannot be opened is never overwritten and never believed; the one before it serves.
Cost: a save takes 30 ms and waits for the disk, so it is not for a loop (see `Saver`).
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.maps.codec import decode, encode
from app.maps.record import MapRecord
from app.stores.atomic import replace_file, sync
from app.stores.map_history import Version, versions_to_keep
from app.stores.map_keys import KeyRing
from app.stores.sealing import read_label, seal, unseal
from homebody.errors import InputError, StoreError

FOLDER_NAME = "maps"
_ACTIVE = "active"
_SUFFIX = ".map"
_NONE = ""
_LABEL_READ = 8192  # bytes of a file that hold its label


@dataclass(frozen=True, slots=True)
class MapEntry:
    """A stored map.

    Attributes:
        name: Empty where no version of it can be opened.
        versions: Oldest first; all files that are there, whether or not they can be opened.
        problem: Why the newest version cannot be opened, empty if it can.
    """

    map_id: str
    name: str
    versions: tuple[Version, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LoadedMap:
    """A map that could be opened.

    Attributes:
        notice: Why it is not the newest version, in plain words; empty if it is.
    """

    map_id: str
    version: Version
    record: MapRecord
    notice: str = ""


class MapStore:
    """All maps of one robot, in a folder that exists; for one thread at a time.

    Args:
        clock: Seconds of the wall clock.
    """

    def __init__(self, folder: Path, ring: KeyRing, clock: Callable[[], float]) -> None:
        self._root = folder / FOLDER_NAME
        self._ring = ring
        self._clock = clock

    # --- which there are -----------------------------------------------------------------------

    def entries(self) -> tuple[MapEntry, ...]:
        """All maps, by id."""
        return tuple(self._entry(map_id) for map_id in self._ids())

    def find(self, word: str) -> MapEntry:
        """The map with this id or name.

        Raises:
            InputError: There is none, or there are several of that name.
        """
        entries = self.entries()
        found = [e for e in entries if word in (e.map_id, e.name)]
        if len(found) != 1:
            known = ", ".join(f"{e.map_id} ({e.name})" if e.name else e.map_id for e in entries)
            what = "the id of one of" if found else "one of"
            raise InputError("maps", "map", word, f"{what}: {known or 'none is stored yet'}")
        return found[0]

    @property
    def active_id(self) -> str:
        """The map that the robot goes by; empty where there is none."""
        try:
            return (self._root / _ACTIVE).read_text("ascii", errors="replace").strip()
        except OSError:
            return _NONE

    def set_active(self, map_id: str) -> None:
        """The map that the robot goes by from its next start on; empty: it makes a new one.

        Raises:
            StoreError: It cannot be written.
        """
        self._replace(self._root / _ACTIVE, f"{map_id}\n".encode())

    # --- reading --------------------------------------------------------------------------------

    def load(self, map_id: str, number: int | None = None) -> LoadedMap:
        """A version of a map; without a number the newest that can be opened.

        Raises:
            StoreError: It cannot be opened, or none can; says why, and which could.
        """
        versions = self._versions(map_id)
        if number is not None:
            return self._exactly(map_id, number, versions)
        problems = []
        for version in reversed(versions):
            try:
                record = self._record(map_id, version)
            except StoreError as problem:
                problems.append(f"version {version.number}: {problem}")
                continue
            notice = ""
            if problems:
                notice = f"{_of(map_id)} {problems[0]}; version {version.number} serves instead"
            return LoadedMap(map_id, version, record, notice)
        raise StoreError(f"{_of(map_id)} {problems[0] if problems else 'there is none'}")

    def _exactly(self, map_id: str, number: int, versions: tuple[Version, ...]) -> LoadedMap:
        wanted = [version for version in versions if version.number == number]
        if not wanted:
            known = ", ".join(str(version.number) for version in versions)
            raise StoreError(f"{_of(map_id)} version is {number}; allowed: {known or 'none'}")
        try:
            return LoadedMap(map_id, wanted[0], self._record(map_id, wanted[0]))
        except StoreError as problem:
            good = [
                v.number for v in reversed(versions) if v != wanted[0] and self._opens(map_id, v)
            ]
            offer = f"; version {good[0]} can be opened" if good else "; no other can be opened"
            raise StoreError(f"{_of(map_id)} version {number}: {problem}; {offer}") from problem

    # --- writing --------------------------------------------------------------------------------

    def create(self, record: MapRecord) -> str:
        """Store a new map; its id.

        Raises:
            StoreError: It could not be stored.
        """
        taken = set(self._ids())
        map_id = secrets.token_hex(4)
        while map_id in taken:
            map_id = secrets.token_hex(4)
        self.save(map_id, record)
        return map_id

    def save(self, map_id: str, record: MapRecord) -> Version:
        """Store a new version; it is on the disk when this returns. Old ones are thinned out.

        Raises:
            StoreError: It could not be stored; what was there still is.
        """
        versions = self._versions(map_id)
        version = Version(versions[-1].number + 1 if versions else 1, max(0.0, self._clock()))
        self._write(map_id, version, encode(record))
        self._thin(map_id, (*versions, version))
        return version

    def roll_back(self, map_id: str, number: int) -> Version:
        """Make an old version the newest one; nothing is lost.

        Raises:
            StoreError: There is no such version, or it cannot be opened or stored.
        """
        return self.save(map_id, self.load(map_id, number).record)

    def reseal(self, ring: KeyRing) -> int:
        """Seal everything that can be opened with the ring's first key; how many files changed.

        Raises:
            StoreError: A file could not be written; those before it are sealed anew.
        """
        changed = 0
        for map_id in self._ids():
            for version in self._versions(map_id):
                path = self._path(map_id, version.number)
                try:
                    sealed = read_label(path.read_bytes())
                    if sealed.label.key == ring.current.identity:
                        continue
                    content = unseal(sealed, map_id, version.number, ring)
                except (OSError, StoreError):
                    continue  # left as it is: who finds its key again can still open it
                self._write(map_id, version, content, ring)
                changed += 1
        return changed

    # --- files ----------------------------------------------------------------------------------

    def _ids(self) -> list[str]:
        try:
            return sorted(path.name for path in self._root.iterdir() if path.is_dir())
        except FileNotFoundError:
            return []

    def _entry(self, map_id: str) -> MapEntry:
        versions = self._versions(map_id)
        try:
            loaded = self.load(map_id)
        except StoreError as problem:
            return MapEntry(map_id, "", versions, str(problem))
        return MapEntry(map_id, loaded.record.name, versions, loaded.notice)

    def _versions(self, map_id: str) -> tuple[Version, ...]:
        """Oldest first; the time is what the file says, 0 where it says none."""
        folder = self._root / map_id
        try:
            paths = sorted(p for p in folder.iterdir() if p.suffix == _SUFFIX and p.stem.isdigit())
        except FileNotFoundError:
            return ()
        return tuple(Version(int(path.stem), _saved_s(path)) for path in paths)

    def _record(self, map_id: str, version: Version) -> MapRecord:
        path = self._path(map_id, version.number)
        try:
            data = path.read_bytes()
        except OSError as problem:
            raise StoreError(problem.strerror or str(problem)) from problem
        return decode(unseal(read_label(data), map_id, version.number, self._ring))

    def _opens(self, map_id: str, version: Version) -> bool:
        try:
            self._record(map_id, version)
        except StoreError:
            return False
        return True

    def _write(
        self, map_id: str, version: Version, content: bytes, ring: KeyRing | None = None
    ) -> None:
        data = seal(content, map_id, version.number, version.saved_s, ring or self._ring)
        self._replace(self._path(map_id, version.number), data)

    def _replace(self, path: Path, data: bytes) -> None:
        try:
            for folder in (self._root, path.parent):
                if not folder.is_dir():
                    folder.mkdir(mode=0o700)
                    sync(folder.parent)
            replace_file(path, data)
        except OSError as problem:
            raise StoreError(problem.strerror or str(problem)) from problem

    def _thin(self, map_id: str, versions: tuple[Version, ...]) -> None:
        """Forget what is not worth keeping; what cannot be deleted now goes another time."""
        keep = versions_to_keep(versions)
        for version in versions:
            if version.number not in keep:
                with contextlib.suppress(OSError):
                    self._path(map_id, version.number).unlink()

    def _path(self, map_id: str, number: int) -> Path:
        return self._root / map_id / f"{number:08d}{_SUFFIX}"


def _saved_s(path: Path) -> float:
    try:
        with path.open("rb") as file:
            return read_label(file.read(_LABEL_READ)).label.saved_s
    except (OSError, StoreError):
        return 0.0


def _of(map_id: str) -> str:
    return f"map {map_id}:"
