"""The tasks in SQLite: those open, the latest ended, and the last event of every known id.

Only what changed is written, in one transaction. Of SQLite's safe modes this is the one with the
fewest waits for the disk: a write-ahead log, synchronous=FULL (one fsync per commit, durable when
`save` returns), and exclusive, which needs no shared-memory file and refuses a second process.
Cost: see docs/decisions/0005; a file that cannot be read is set aside, never overwritten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from app.brain_state import BrainState
from behaviours.task_queue import QueueState
from homebody.errors import InputError, StoreError
from homebody.payloads import TaskEvent, TaskPayload
from homebody.settings import parse_json

FILE_NAME = "tasks.sqlite3"
_VERSION = 1
_SCHEMA = """
CREATE TABLE task (
    place INTEGER PRIMARY KEY, is_open INTEGER NOT NULL, payload TEXT NOT NULL);
CREATE TABLE ended (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, payload TEXT NOT NULL);
CREATE TABLE stops (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), heard INTEGER NOT NULL);
"""
_BUSY_S = 2.0  # a run that was killed may take a moment to let go
_CHECKPOINT_PAGES = 250  # keeps the log under 1 MB


class TaskStore:
    """A `Store[BrainState]` in a folder that exists; for one thread at a time.

    Attributes:
        notice: What `load` had to set aside, in plain words; empty when nothing.

    Raises:
        StoreError: The file cannot be opened, or another process has it.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._known: dict[str, TaskEvent] = {}
        self.notice = ""
        self._db = self._opened()

    def load(self) -> BrainState | None:
        """What was saved last, or None where nothing is, or nothing that can be read.

        Raises:
            StoreError: The disk fails, or a newer Homebody wrote the file.
        """
        try:
            state = self._read()
        except sqlite3.OperationalError as problem:
            raise StoreError(f"{self._path}: {problem}") from problem
        except (sqlite3.DatabaseError, InputError) as problem:
            self._db = self._fresh(self._db, problem)
            return None
        self._known = {event.id: event for event in state.queue.ended} if state else {}
        return state

    def save(self, value: BrainState) -> None:
        """Keep a value; it is on the disk when this returns.

        Raises:
            StoreError: It is not; what was there before still is.
        """
        queue = value.queue
        known = {event.id: event for event in queue.ended}
        new = [event for event in queue.ended if self._known.get(event.id) is not event]
        gone = [(task_id,) for task_id in self._known.keys() - known.keys()]
        try:
            with self._db as db:
                db.execute("BEGIN IMMEDIATE")
                db.execute("DELETE FROM task")
                db.executemany("INSERT INTO task VALUES (NULL, 1, ?)", _rows(queue.open))
                db.executemany("INSERT INTO task VALUES (NULL, 0, ?)", _rows(queue.recent))
                db.executemany(
                    "INSERT OR REPLACE INTO ended (id, payload) VALUES (?, ?)",
                    ((event.id, event.model_dump_json()) for event in new),
                )
                db.executemany("DELETE FROM ended WHERE id = ?", gone)
                db.execute("INSERT OR REPLACE INTO stops VALUES (1, ?)", (value.stops_heard,))
        except sqlite3.Error as problem:
            raise StoreError(str(problem)) from problem
        self._known = known

    def close(self) -> None:
        """Give the file back; may be called twice."""
        self._db.close()

    def _read(self) -> BrainState | None:
        """What is in the file; None before the first save."""
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise StoreError(f"{self._path}: version is {version}; allowed: up to {_VERSION}")
        damage = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if damage != "ok":
            raise sqlite3.DatabaseError(damage)
        stops = self._db.execute("SELECT heard FROM stops").fetchone()
        if stops is None:
            return None
        ended = self._db.execute("SELECT payload FROM ended ORDER BY number")
        queue = QueueState(
            open=self._tasks(is_open=1),
            recent=self._tasks(is_open=0),
            ended=[parse_json(TaskEvent, text, FILE_NAME) for (text,) in ended],
        )
        return BrainState(queue=queue, stops_heard=stops[0])

    def _tasks(self, is_open: int) -> list[TaskPayload]:
        sql = "SELECT payload FROM task WHERE is_open = ? ORDER BY place"
        return [
            parse_json(TaskPayload, text, FILE_NAME)
            for (text,) in self._db.execute(sql, (is_open,))
        ]

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
        except sqlite3.OperationalError as problem:
            db.close()
            raise StoreError(f"{self._path}: {problem}") from problem
        except sqlite3.DatabaseError as problem:
            return self._fresh(db, problem)
        return db

    def _fresh(self, broken: sqlite3.Connection, problem: Exception) -> sqlite3.Connection:
        """A new file in the place of one that cannot be read, which is kept for whoever can."""
        broken.close()
        aside = self._path.with_suffix(".unreadable")
        for end in ("", "-wal"):
            part = Path(f"{self._path}{end}")
            if part.exists():
                part.replace(f"{aside}{end}")
        self.notice = (
            f"the stored tasks could not be read ({str(problem)[:200]}) and are lost;"
            f" the file is kept as {aside.name}"
        )
        return self._opened()


def _rows(tasks: Iterable[TaskPayload]) -> list[tuple[str]]:
    return [(task.model_dump_json(),) for task in tasks]
