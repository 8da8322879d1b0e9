"""The emergency stop in one small file, which needs neither brain nor broker nor database.

Whatever goes wrong leaves the robot standing: a file that cannot be read counts as engaged, and one
that cannot be replaced when the stop is engaged is emptied, which works on a full disk too.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from app.latch import Latch
from app.stores.atomic import sync
from app.stores.json_store import JsonStore
from homebody.errors import StoreError

FILE_NAME = "estop.json"


class LatchStore(JsonStore[Latch]):
    """A `Store[Latch]` in a folder that exists."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / FILE_NAME, Latch)

    def save(self, value: Latch) -> None:
        """Keep a value; it is on the disk when this returns.

        Raises:
            StoreError: It is not; what is there now reads as engaged if `value` is engaged.
        """
        try:
            super().save(value)
        except StoreError:
            if value.estop_reason:
                self._spoil()
            raise

    def _spoil(self) -> None:
        with contextlib.suppress(OSError):
            self.path.write_bytes(b"")
            sync(self.path)


def stored_latch(store: LatchStore) -> Latch:
    """The stored stops; engaged, with the reason, where nobody can know."""
    try:
        return store.load() or Latch()
    except StoreError as problem:
        why = f"its stored state cannot be read ({str(problem)[:300]})"
        return Latch(estop_reason=f"the emergency stop is engaged because {why}")
