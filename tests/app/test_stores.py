"""What is special to each store; what they share is in contracts/test_store_contract.py."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from app.brain_state import BrainState
from app.config import load_config
from app.latch import Latch
from app.stores.folder import StateFolder, StorageConfig
from app.stores.latch_store import LatchStore, stored_latch
from app.stores.task_store import TaskStore
from behaviours.task_queue import QueueState
from homebody.errors import ConfigError, ResourceError, StoreError
from homebody.payloads import TaskPayload

STATE = BrainState(
    queue=QueueState(open=[TaskPayload(id="a", type="explore", state="running")]), stops_heard=3
)

# --- the folder -------------------------------------------------------------------------------


def test_each_robot_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert StorageConfig().folder_of("ada") == Path("/state/homebody/ada")
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", "/home/me")
    assert StorageConfig().folder_of("bob") == Path("/home/me/.local/state/homebody/bob")
    assert StorageConfig(folder=Path("~/there")).folder_of("bob") == Path("/home/me/there")


def test_the_environment_sets_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOMEBODY_STORAGE__FOLDER", str(tmp_path))
    assert load_config().storage.folder_of("robot") == tmp_path


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "homebody" / "robot")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert list(folder.path.iterdir()) == []
    folder.close()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for path in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/homebody")):
        with pytest.raises(ConfigError, match=r"storage\.folder") as caught:
            StateFolder(path)
        assert str(path) in str(caught.value)


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    first = StateFolder(tmp_path)
    with pytest.raises(ResourceError, match="another Homebody"):
        StateFolder(tmp_path)
    first.close()
    StateFolder(tmp_path).close()


# --- the tasks --------------------------------------------------------------------------------


@pytest.mark.parametrize("garbage", [b"no database at all", b"SQLite format 3\0" + bytes(4080)])
def test_a_file_that_is_no_store_is_set_aside_and_told(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / "tasks.sqlite3").write_bytes(garbage)
    store = TaskStore(tmp_path)
    assert store.load() is None
    assert "could not be read" in store.notice
    assert (tmp_path / "tasks.unreadable").read_bytes()[:16] == garbage[:16]
    store.save(STATE)
    store.close()
    assert_stored(tmp_path, STATE)


def test_a_damaged_page_is_noticed(tmp_path: Path) -> None:
    store = TaskStore(tmp_path)
    store.load()
    store.save(STATE)
    store.close()
    path = tmp_path / "tasks.sqlite3"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\x5a" * (len(data) - 4096)
    path.write_bytes(data)
    store = TaskStore(tmp_path)
    assert store.load() is None
    assert store.notice
    store.close()


def test_a_task_that_makes_no_sense_is_noticed(tmp_path: Path) -> None:
    store = TaskStore(tmp_path)
    store.load()
    store.save(STATE)
    store.close()
    with sqlite3.connect(tmp_path / "tasks.sqlite3") as db:
        db.execute("UPDATE task SET payload = '{\"id\": 7}'")
    db.close()
    store = TaskStore(tmp_path)
    assert store.load() is None
    assert "id is 7" in store.notice
    store.close()


def test_a_store_of_a_newer_homebody_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "tasks.sqlite3") as db:
        db.execute("PRAGMA user_version = 2")
    db.close()
    store = TaskStore(tmp_path)
    with pytest.raises(StoreError, match="version is 2; allowed: up to 1"):
        store.load()
    store.close()


def test_a_full_disk_is_an_error_and_what_was_there_stays(tmp_path: Path) -> None:
    store = TaskStore(tmp_path)
    store.load()
    store.save(STATE)
    store._db.execute("PRAGMA max_page_count = 1")
    waiting = [TaskPayload(id=f"t{k}", type="explore", state="queued") for k in range(500)]
    with pytest.raises(StoreError, match="full"):
        store.save(BrainState(queue=QueueState(open=waiting)))
    assert store.load() == STATE
    store.close()
    assert_stored(tmp_path, STATE)


def assert_stored(folder: Path, state: BrainState) -> None:
    store = TaskStore(folder)
    assert store.load() == state
    assert store.notice == ""
    store.close()


# --- the emergency stop -----------------------------------------------------------------------


@pytest.mark.parametrize("garbage", [b"", b"{", b'{"version": 2}', b'{"engaged": false}', b"\xff"])
def test_what_cannot_be_read_is_engaged_and_says_why(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / "estop.json").write_bytes(garbage)
    latch = stored_latch(LatchStore(tmp_path))
    assert latch.estop_reason.startswith("the emergency stop is engaged because its stored state")
    assert "estop.json" in latch.estop_reason


def test_a_file_that_is_a_folder_is_engaged_too(tmp_path: Path) -> None:
    (tmp_path / "estop.json").mkdir()
    assert stored_latch(LatchStore(tmp_path)).estop_reason


def test_a_new_robot_is_not_engaged(tmp_path: Path) -> None:
    assert stored_latch(LatchStore(tmp_path)) == Latch()


def test_an_engaged_stop_that_cannot_be_stored_reads_as_engaged(tmp_path: Path) -> None:
    """As on a full disk: the new file cannot be made."""
    store = LatchStore(tmp_path)
    store.save(Latch(stop_count=4))
    (tmp_path / "estop.json.new").mkdir()
    with pytest.raises(StoreError):
        store.save(Latch(estop_reason="the panel", stop_count=5))
    assert stored_latch(store).estop_reason


def test_a_release_that_cannot_be_stored_reads_as_engaged(tmp_path: Path) -> None:
    store = LatchStore(tmp_path)
    store.save(Latch(estop_reason="the panel", stop_count=4))
    (tmp_path / "estop.json.new").mkdir()
    with pytest.raises(StoreError):
        store.save(Latch(stop_count=4))
    assert stored_latch(store).estop_reason == "the panel"
