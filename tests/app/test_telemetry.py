"""What is published of a real run: right, at its rate, and never raw sensor data."""

from __future__ import annotations

import base64
from collections import Counter

import cv2
import numpy as np
import pytest

from app.config import load_config
from app.lockstep import LockStepRobot
from app.setting import make_setting
from app.telemetry import Telemetry
from homebody.payloads import (
    MapPayload,
    PlanPayload,
    RobotState,
    TaskRequest,
    Topics,
    TreePayload,
)
from homebody.room_payloads import RoomsPayload
from homebody.settings import Settings
from homebody.zone_payloads import DoorsPayload, ZonesPayload
from navigation.rooms.room import Room
from navigation.types import FREE, OCCUPIED

DURATION_S = 8.0


@pytest.fixture(scope="module")
def published() -> tuple[LockStepRobot, list[tuple[str, Settings, bool]]]:
    config = load_config()
    robot = LockStepRobot(make_setting(config, None, None, None, 2), config)
    telemetry = Telemetry(Topics("robot"), config.body_description())
    request = TaskRequest(v=1, id="t", type="go_to", args={"x": 3.0, "y": 4.7}, ts=0.0, ttl_s=60.0)
    robot.brain.submit(request, False, 0.0)
    messages: list[tuple[str, Settings, bool]] = []
    while robot.now_s < DURATION_S:
        now_s = robot.now_s
        output = robot.step()
        if output is not None:
            messages += telemetry.messages(robot.brain, output, now_s, 1e9 + now_s)
    return robot, messages


def test_each_topic_comes_at_its_own_rate(published) -> None:
    _, messages = published
    counts = Counter(topic.rsplit("/", 1)[-1] for topic, _, _ in messages)
    assert counts["state"] == pytest.approx(DURATION_S * 5, abs=2)
    assert counts["plan"] == pytest.approx(DURATION_S * 5, abs=2)
    assert counts["tree"] == pytest.approx(DURATION_S * 2, abs=2)
    assert 2 <= counts["map"] <= DURATION_S + 1


def test_the_state_tells_the_task_under_way_and_when_it_is_over(published) -> None:
    _, messages = published
    states = [m for _, m, _ in messages if isinstance(m, RobotState)]
    assert states[0].task is not None
    assert (states[0].task.id, states[0].task.state) == ("t", "running")
    assert states[-1].task is None
    assert (states[-1].recent[0].id, states[-1].recent[0].state) == ("t", "succeeded")


def test_the_state_says_where_the_robot_is_and_why(published) -> None:
    robot, messages = published
    state = next(m for _, m, _ in reversed(messages) if isinstance(m, RobotState))
    truth = robot.world.truth.T_home_robot
    assert state.pose.x_m == pytest.approx(truth.x_m, abs=0.05)
    assert state.room == "hall"
    assert state.activity
    assert set(state.rooms) >= {"kitchen", "hall"}


def test_the_rooms_are_told_at_once_and_whenever_they_change(published) -> None:
    robot, messages = published
    told = [m for _, m, is_retained in messages if isinstance(m, RoomsPayload) and is_retained]
    assert not any(room.is_found for room in told[0].rooms)
    assert [room.name for room in told[0].rooms] == [r.name for r in robot.setting.home.rooms]
    hall = next(room for room in told[-1].rooms if room.name == "hall")
    assert hall.is_found
    assert hall.kind == "corridor"
    assert Room("hall", np.array(hall.outline_m)).contains(
        np.array([[hall.label_x_m, hall.label_y_m]])
    )[0]
    assert any("hall" in doorway.rooms for doorway in told[-1].doorways)


def test_the_map_picture_is_the_map(published) -> None:
    robot, messages = published
    payload = next(m for _, m, _ in reversed(messages) if isinstance(m, MapPayload))
    png = np.frombuffer(base64.b64decode(payload.png_base64), dtype=np.uint8)
    picture = np.flipud(cv2.imdecode(png, cv2.IMREAD_GRAYSCALE))
    assert picture.shape == (payload.n_rows, payload.n_cols)
    assert set(np.unique(picture)) <= {0, 128, 255}
    assert robot.snapshot is not None
    if payload.revision == robot.snapshot.revision:
        np.testing.assert_array_equal(picture == 255, robot.snapshot.cells == FREE)
        np.testing.assert_array_equal(picture == 0, robot.snapshot.cells == OCCUPIED)


def test_the_best_candidate_ranks_first(published) -> None:
    _, messages = published
    plan = next(m for _, m, _ in messages if isinstance(m, PlanPayload) and m.candidates)
    ranks = [candidate.rank for candidate in plan.candidates]
    assert min(ranks) == 0.0
    assert max(ranks) == 1.0


def test_no_raw_sensor_data_is_published(published) -> None:
    _, messages = published
    allowed = (
        RobotState, RoomsPayload, MapPayload, PlanPayload, TreePayload, ZonesPayload, DoorsPayload,
    )  # fmt: skip
    for _, payload, _ in messages:
        assert isinstance(payload, allowed)
        names = _field_names(payload.model_dump())
        assert not names & {"ranges_m", "scan", "depth", "image", "descriptors", "capture_time_s"}


def _field_names(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {n for v in value.values() for n in _field_names(v)}
    if isinstance(value, list):
        return {n for v in value for n in _field_names(v)}
    return set()
