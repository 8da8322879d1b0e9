"""Raw sensor data stays in memory: no scan and no depth frame is in what is published or stored.

Everything that the brain's process publishes and writes in a run is collected, unsealed and
unpacked, and searched for the frames themselves, by value: ranges or the points that they hit, as
numbers in text or as binary arrays of any usual type.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.config import load_config
from app.lockstep import LockStepRobot
from app.maps.keeper import MapKeeper
from app.setting import make_setting
from app.stores.folder import StorageConfig
from app.stores.map_keys import KeyRing, new_key
from app.stores.map_store import MapStore
from app.stores.task_store import TaskStore
from app.task_journal import TaskJournal
from app.telemetry import Telemetry
from homebody.payloads import TaskRequest, Topics

RING = KeyRing((new_key(),), "test")
RUN = 10  # values of a frame in a row are no accident
CLOSE = 0.002
DTYPES = (np.float64, np.float32, np.float16, np.uint16, np.int16)
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")

Frames = list[NDArray[np.float64]]


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory):
    """What a robot saw, what it published and the folder that it wrote to."""
    folder = tmp_path_factory.mktemp("state")
    config = load_config()
    robot = LockStepRobot(make_setting(config, None, None, "0.9,4.7,0.0", 3), config)
    telemetry = Telemetry(Topics(), config.body_description())
    keeper = MapKeeper(
        folder, MapStore(folder, RING, lambda: 1e9), "run-1", StorageConfig(map_period_s=1.0)
    )
    frames: Frames = []
    published: list[bytes] = []
    journal = TaskJournal(
        TaskStore(folder), lambda event: published.append(event.model_dump_json().encode())
    )
    args = {"x": 2.6, "y": 4.4}
    request = TaskRequest(v=1, id="go", type="go_to", args=args, ts=0.0, ttl_s=60.0)
    robot.brain.submit(request, False, 0.0)
    while robot.now_s < 6.0:
        now_s = robot.now_s
        keeper.settle(robot.brain)
        output = robot.step()
        if output is None:
            continue
        frames += _frames(output)
        journal.note(robot.brain, output.events)
        keeper.note(robot.brain, output, now_s)
        for _, payload, _ in telemetry.messages(robot.brain, output, now_s, now_s):
            published.append(payload.model_dump_json().encode())
    journal.close()
    keeper.close(robot.brain)
    return frames, published, folder


def _frames(output) -> Frames:
    """Ranges and points of the newest frames, as rows of numbers."""
    found: Frames = []
    scan, depth = output.newest.scan, output.newest.depth
    if scan is not None:
        found.append(scan.ranges_m)
    if depth is not None:
        found.append(depth.ranges_m.ravel())
    if len(output.seen.scan_points_map_m) >= RUN:
        found.append(output.seen.scan_points_map_m.ravel())
    return [np.asarray(frame, dtype=np.float64) for frame in found]


def holds_a_frame(numbers: NDArray[np.float64], frames: Frames) -> bool:
    """Whether RUN values of a frame stand in a row, in metres or millimetres."""
    values = numbers[np.isfinite(numbers)]
    if len(values) < RUN:
        return False
    order = np.argsort(values)
    for frame in frames:
        for start in range(0, len(frame) - RUN, 7 * RUN):
            piece = frame[start : start + RUN]
            if not np.isfinite(piece).all() or np.ptp(piece) < 0.05:
                continue  # dropouts, or a row of equal numbers that anything may hold
            for scale in (1.0, 1000.0):
                if _has(values, order, scale * piece, max(CLOSE * scale, 0.5 * (scale > 1.0))):
                    return True
    return False


def _has(values, order, piece, tolerance) -> bool:
    low, high = np.searchsorted(values, (piece[0] - tolerance, piece[0] + tolerance), sorter=order)
    at = order[low:high]
    at = at[at + RUN <= len(values)]
    rows = values[at[:, None] + np.arange(RUN)]
    return bool((np.abs(rows - piece) <= tolerance).all(axis=1).any())


def numbers_in(data: bytes) -> NDArray[np.float64]:
    return np.array([float(word) for word in _NUMBER.findall(data)], dtype=np.float64)


def stored(folder: Path) -> dict[str, list[bytes]]:
    """All that is in a folder, the maps unsealed."""
    maps = MapStore(folder, RING, lambda: 1e9)
    held = {str(path): [path.read_bytes()] for path in folder.rglob("*") if path.is_file()}
    for entry in maps.entries():
        record = maps.load(entry.map_id).record
        arrays = [record.occupancy.evidence, record.occupancy.low_evidence]
        arrays += [record.occupancy.surfaces[k] for k in range(3)]
        for section in record.sections.values():
            arrays += list(section.arrays.values())
            held.setdefault(entry.map_id, []).append(json.dumps(dict(section.facts)).encode())
        held.setdefault(entry.map_id, []).extend(np.asarray(a).tobytes() for a in arrays)
    return held


def test_the_search_would_find_a_frame(life) -> None:
    frames = life[0]
    ranges_m = frames[0]
    text = json.dumps({"ranges": [round(float(r), 3) for r in np.nan_to_num(ranges_m, posinf=9)]})
    assert holds_a_frame(numbers_in(text.encode()), frames[:1])
    as_millimetres = (1000 * np.nan_to_num(ranges_m, posinf=9)).astype(np.uint16)
    for data in (ranges_m.tobytes(), ranges_m.astype(np.float32).tobytes(), as_millimetres):
        assert any(
            holds_a_frame(np.frombuffer(data, dtype).astype(np.float64), frames[:1])
            for dtype in DTYPES
        )
    assert not holds_a_frame(np.random.default_rng(0).uniform(0, 8, 10_000), frames[:20])


def test_nothing_published_holds_a_frame(life) -> None:
    frames, published, _ = life
    assert len(published) > 50
    for data in published:
        assert not holds_a_frame(numbers_in(data), frames[::9]), data[:200]


@pytest.mark.filterwarnings("ignore:invalid value encountered")  # bytes read as floats
def test_nothing_stored_holds_a_frame(life) -> None:
    frames, _, folder = life
    held = stored(folder)
    assert any("place.json" in name for name in held)
    assert any(len(parts) > 1 for parts in held.values()), "a map was unsealed"
    for name, parts in held.items():
        for data in parts:
            assert not holds_a_frame(numbers_in(data), frames[::9]), name
            for dtype in DTYPES:
                whole = data[: len(data) // np.dtype(dtype).itemsize * np.dtype(dtype).itemsize]
                values = np.frombuffer(whole, dtype).astype(np.float64)
                assert not holds_a_frame(values, frames[::9]), (name, dtype)
