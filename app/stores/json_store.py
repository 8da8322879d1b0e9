"""A small value in a file of its own, replaced as a whole: old or new, never half.

Cost: it waits for the disk, so it is not for a loop (see `Saver`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Generic, TypeVar

from app.stores.atomic import replace_file
from homebody.errors import InputError, StoreError
from homebody.settings import Settings, parse_json

T = TypeVar("T", bound=Settings)


class JsonStore(Generic[T]):
    """A `Store[T]` of one model in a folder that exists."""

    def __init__(self, path: Path, model: type[T]) -> None:
        self.path = path
        self._model = model

    def load(self) -> T | None:
        """What was saved last, or None before the first time.

        Raises:
            StoreError: There is something, but it cannot be read.
        """
        try:
            return parse_json(self._model, self.path.read_bytes(), self.path.name)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise StoreError(f"{self.path}: {problem.strerror}") from problem
        except InputError as problem:
            raise StoreError(str(problem)) from problem

    def save(self, value: T) -> None:
        """Keep a value; it is on the disk when this returns.

        Raises:
            StoreError: It is not; what was there before still is.
        """
        try:
            replace_file(self.path, value.model_dump_json().encode())
        except OSError as problem:
            raise StoreError(problem.strerror or str(problem)) from problem

    def close(self) -> None:
        """Nothing is held open."""
