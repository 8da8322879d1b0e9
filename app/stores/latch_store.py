"""The emergency stop in one small file, replaced as a whole: old or new, never half.

It needs neither brain nor broker nor database. Whatever goes wrong leaves the robot standing: a
file that cannot be read counts as engaged, and one that cannot be replaced when the stop is engaged
is emptied, which works on a full disk too. Cost: it waits for the disk, so it is not for the loop.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from app.latch import Latch
from app.stores.atomic import replace_file, sync
from homebody.errors import InputError, StoreError
from homebody.settings import parse_json

FILE_NAME = "estop.json"


class LatchStore:
    """A `Store[Latch]` in a folder that exists."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def load(self) -> Latch | None:
        """What was saved last, or None before the first time.

        Raises:
            StoreError: There is something, but it cannot be read.
        """
        try:
            return parse_json(Latch, self._path.read_bytes(), FILE_NAME)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise StoreError(f"{self._path}: {problem.strerror}") from problem
        except InputError as problem:
            raise StoreError(str(problem)) from problem

    def save(self, value: Latch) -> None:
        """Keep a value; it is on the disk when this returns.

        Raises:
            StoreError: It is not; what is there now reads as engaged if `value` is engaged.
        """
        try:
            replace_file(self._path, value.model_dump_json().encode())
        except OSError as problem:
            if value.estop_reason:
                self._spoil()
            raise StoreError(problem.strerror or str(problem)) from problem

    def close(self) -> None:
        """Nothing is held open."""

    def _spoil(self) -> None:
        with contextlib.suppress(OSError):
            self._path.write_bytes(b"")
            sync(self._path)


def stored_latch(store: LatchStore) -> Latch:
    """The stored stops; engaged, with the reason, where nobody can know."""
    try:
        return store.load() or Latch()
    except StoreError as problem:
        why = f"its stored state cannot be read ({str(problem)[:300]})"
        return Latch(estop_reason=f"the emergency stop is engaged because {why}")
