"""Maps on disk: written as a whole, sealed, with a history, and never believed when damaged."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.maps.codec import decode, encode
from app.maps.record import MapRecord, Section
from app.stores.map_history import Version, versions_to_keep
from app.stores.map_keys import ENVIRONMENT_NAME, KeyRing, load_keys, new_key, write_keys
from app.stores.map_store import MapStore
from homebody.errors import ConfigError, InputError, StoreError
from homebody.grid import GridSpec
from navigation.mapping.occupancy import MapState

RING = KeyRing((new_key(),), "test")
SPEC = GridSpec(-1.0, -2.0, 0.05, 30, 40)


def record(seed: int = 0, name: str = "flat") -> MapRecord:
    rng = np.random.default_rng(seed)
    surfaces = np.zeros((3, 4, *SPEC.shape), np.float32)
    at = rng.random((4, *SPEC.shape)) < 0.05
    surfaces[:, at] = rng.uniform(0.5, 2.0, (3, int(at.sum())))
    return MapRecord(
        name,
        MapState(
            SPEC,
            rng.integers(-99, 99, SPEC.shape).astype(np.int16),
            rng.integers(0, 9, SPEC.shape).astype(np.int16),
            surfaces,
            seed,
        ),
        {
            "doors": Section({"kitchen": [1.5, 2, "open"]}),
            "rooms": Section({"names": {"1": "Küche"}}, {"labels": np.arange(6).reshape(2, 3)}),
        },
    )


def store(folder: Path, ring: KeyRing = RING) -> MapStore:
    times = iter(range(1_000_000, 10_000_000))
    return MapStore(folder, ring, lambda: float(next(times)))


def assert_same(one: MapRecord, other: MapRecord) -> None:
    assert one.name == other.name
    assert one.occupancy.spec == other.occupancy.spec
    assert one.occupancy.revision == other.occupancy.revision
    for name in ("evidence", "low_evidence", "surfaces"):
        a, b = getattr(one.occupancy, name), getattr(other.occupancy, name)
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    assert one.sections.keys() == other.sections.keys()
    for name, section in one.sections.items():
        assert section.facts == other.sections[name].facts
        for key, value in section.arrays.items():
            np.testing.assert_array_equal(value, other.sections[name].arrays[key])


def newest_file(folder: Path) -> Path:
    return max((folder / "maps").glob("*/*.map"))


# --- what is written is what is read ----------------------------------------------------------


def test_a_map_comes_back_as_it_was(tmp_path: Path) -> None:
    map_id = store(tmp_path).create(record(3))
    loaded = store(tmp_path).load(map_id)
    assert_same(loaded.record, record(3))
    assert loaded.notice == ""


def test_nothing_but_the_known_sections_can_be_kept() -> None:
    with pytest.raises(ValueError, match="'scan'"):
        MapRecord("flat", record().occupancy, {"scan": Section()})
    with pytest.raises(ValueError, match="'image'"):
        MapRecord("flat", record().occupancy, {"rooms": Section({}, {"image": np.zeros(3)})})


def test_names_of_rooms_cannot_be_read_from_the_file(tmp_path: Path) -> None:
    store(tmp_path).create(record(name="our secret home"))
    assert b"secret" not in newest_file(tmp_path).read_bytes()
    assert stat.S_IMODE(newest_file(tmp_path).stat().st_mode) == 0o600


def test_what_is_no_map_is_refused_with_a_reason() -> None:
    good = encode(record())
    rng = np.random.default_rng(0)
    for data in (b"", b"nonsense", good[:100], good[:-30], rng.bytes(1000)):
        with pytest.raises(StoreError, match="no map"):
            decode(data)


# --- damage -----------------------------------------------------------------------------------


def test_no_corruption_is_ever_believed(tmp_path: Path) -> None:
    maps = store(tmp_path)
    map_id = maps.create(record(1))
    maps.save(map_id, record(2))
    path = newest_file(tmp_path)
    good = path.read_bytes()
    rng = np.random.default_rng(7)
    for _ in range(1000):
        path.write_bytes(_corrupted(good, rng))
        with pytest.raises(StoreError, match="version 1 can be opened"):
            maps.load(map_id, 2)
    loaded = maps.load(map_id)
    assert_same(loaded.record, record(1))
    assert "version 2" in loaded.notice
    assert "version 1 serves instead" in loaded.notice


def _corrupted(good: bytes, rng: np.random.Generator) -> bytes:
    data = bytearray(good)
    kind = rng.integers(4)
    if kind == 0:
        return bytes(data[: rng.integers(len(data))])
    if kind == 1:
        return bytes(data + rng.bytes(int(rng.integers(1, 50))))
    at, length = int(rng.integers(len(data))), int(rng.integers(1, 20)) if kind == 2 else 1
    for i in range(at, min(at + length, len(data))):
        data[i] ^= int(rng.integers(1, 256))
    return bytes(data)


def test_an_old_version_cannot_pass_for_a_new_one(tmp_path: Path) -> None:
    maps = store(tmp_path)
    map_id = maps.create(record(1))
    maps.save(map_id, record(2))
    first, second = sorted((tmp_path / "maps" / map_id).glob("*.map"))
    second.write_bytes(first.read_bytes())
    with pytest.raises(StoreError, match="swapped"):
        maps.load(map_id, 2)


def test_a_wrong_key_is_named(tmp_path: Path) -> None:
    map_id = store(tmp_path).create(record())
    other = KeyRing((new_key(),), "the other file")
    with pytest.raises(StoreError, match=f"{RING.current.identity}.*the other file"):
        store(tmp_path, other).load(map_id)
    assert "needs the key" in store(tmp_path, other).entries()[0].problem


_SAVER = """
import sys, time
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from test_map_store import RING, record
from app.stores.map_keys import load_keys
from app.stores.map_store import MapStore
folder = Path(sys.argv[1])
maps = MapStore(folder, load_keys(folder, {}), time.time)
print("ready", flush=True)
for seed in range(1, 10_000):
    maps.save(sys.argv[2], record(seed))
"""


def test_power_cuts_leave_a_readable_map(tmp_path: Path) -> None:
    ring = load_keys(tmp_path, {})
    maps = MapStore(tmp_path, ring, time.time)
    map_id = maps.create(record(0))
    rng = np.random.default_rng(1)
    numbers = [1]
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[3])]
    for _ in range(4):
        command = [sys.executable, "-c", _SAVER, str(tmp_path), map_id, *paths]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as saver:
            assert saver.stdout is not None
            assert saver.stdout.readline() == b"ready\n"
            time.sleep(float(rng.uniform(0.01, 0.2)))
            os.kill(saver.pid, signal.SIGKILL)
        loaded = maps.load(map_id)
        assert loaded.notice == ""
        assert_same(loaded.record, record(loaded.record.occupancy.revision))
        numbers.append(loaded.version.number)
    assert all(a <= b for a, b in pairwise(numbers))
    assert numbers[-1] > 1


# --- history ----------------------------------------------------------------------------------


def test_old_versions_are_thinned_out_and_can_be_gone_back_to(tmp_path: Path) -> None:
    maps = store(tmp_path)
    map_id = maps.create(record(0))
    for seed in range(1, 10):
        maps.save(map_id, record(seed))
    (entry,) = maps.entries()
    numbers = [version.number for version in entry.versions]
    assert numbers == [8, 9, 10]
    assert maps.roll_back(map_id, 8).number == 11
    assert maps.load(map_id).record.occupancy.revision == 7


def test_the_history_reaches_back_by_hours_and_days() -> None:
    hour_s, day_s = 3600.0, 86400.0
    versions = [Version(i + 1, i * 300.0) for i in range(int(40 * day_s / 300.0))]
    keep = sorted(versions_to_keep(versions))
    assert keep[-3:] == [len(versions) - 2, len(versions) - 1, len(versions)]
    ages_s = [(len(versions) - number) * 300.0 for number in keep]
    assert 3 + 12 - 1 + 30 - 2 <= len(keep) <= 3 + 12 + 30
    assert max(np.diff([age for age in ages_s if age <= 11 * hour_s][::-1])) <= hour_s
    assert max(ages_s) > 28 * day_s


def test_a_clock_that_jumps_loses_no_newest_version() -> None:
    versions = [Version(1, 1e9), Version(2, 1e9 + 1), Version(3, 0.0), Version(4, 5.0)]
    assert {2, 3, 4} <= versions_to_keep(versions)
    assert versions_to_keep([]) == set()


def test_a_map_is_found_by_id_or_name(tmp_path: Path) -> None:
    maps = store(tmp_path)
    assert maps.entries() == ()
    first = maps.create(record(name="flat"))
    maps.create(record(name="cabin"))
    assert maps.find("flat").map_id == maps.find(first).map_id == first
    with pytest.raises(
        InputError, match=r"'barn'.*\(flat\).*\(cabin\)|'barn'.*\(cabin\).*\(flat\)"
    ):
        maps.find("barn")
    maps.create(record(name="flat"))
    with pytest.raises(InputError, match="the id of one of"):
        maps.find("flat")


def test_one_map_is_in_use(tmp_path: Path) -> None:
    maps = store(tmp_path)
    assert maps.active_id == ""
    map_id = maps.create(record())
    maps.set_active(map_id)
    assert store(tmp_path).active_id == map_id


# --- keys -------------------------------------------------------------------------------------


def test_a_key_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    ring = load_keys(tmp_path, {})
    path = tmp_path / "map.keys"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_keys(tmp_path, {}).keys == ring.keys
    path.chmod(0o640)
    with pytest.raises(StoreError, match=r"640.*600"):
        load_keys(tmp_path, {})


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    key = new_key()
    assert load_keys(tmp_path, {ENVIRONMENT_NAME: key.as_text()}).keys == (key,)
    assert not (tmp_path / "map.keys").exists()


@pytest.mark.parametrize("text", ["c2hvcnQ=", "not base64!", "\n"])
def test_what_is_no_key_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    (tmp_path / "map.keys").write_text(text)
    (tmp_path / "map.keys").chmod(0o600)
    with pytest.raises(ConfigError, match="32 bytes in base64") as caught:
        load_keys(tmp_path, {})
    assert not text.strip() or text.strip() not in str(caught.value)


def test_keys_do_not_show_when_printed() -> None:
    key = new_key()
    assert key.as_text() not in repr(KeyRing((key,), "test"))
    assert repr(key.value) not in repr(key)


def test_a_new_key_takes_over_even_if_interrupted(tmp_path: Path) -> None:
    old = load_keys(tmp_path, {})
    map_id = store(tmp_path, old).create(record(5))
    both = KeyRing((new_key(), *old.keys), old.source)
    write_keys(tmp_path, both)  # and the power is cut here
    assert_same(store(tmp_path, load_keys(tmp_path, {})).load(map_id).record, record(5))
    assert store(tmp_path, both).reseal(both) == 1
    assert store(tmp_path, both).reseal(both) == 0
    new = KeyRing(both.keys[:1], old.source)
    assert_same(store(tmp_path, new).load(map_id).record, record(5))
    with pytest.raises(StoreError, match="needs the key"):
        store(tmp_path, old).load(map_id)


def test_a_full_disk_is_told_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maps = store(tmp_path)
    map_id = maps.create(record(1))

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left"):
            maps.save(map_id, record(2))
    assert_same(maps.load(map_id).record, record(1))
    assert maps.save(map_id, record(3)).number == 2
